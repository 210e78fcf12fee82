"""A web of awkward invented sites on loopback, one small function a site, each on its own 127.x address.

A site is a function from what was asked to an Answer. Requests are logged with the time of their arrival.
"""

import datetime
import gzip
import http.server
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import brotli
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

WORDS = "We measure blood pressure before every infusion and a nurse stays in the room until you leave. " * 3


@dataclass
class Ask:
    """One request: path with query, headers in lower case, how many times this path was asked, the site's own address."""

    path: str
    headers: dict[str, str]
    times: int
    origin: str


@dataclass
class Answer:
    """What to send. `chunks` instead of a body is sent piece by piece without a length; `raw` is everything, as it is."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None
    raw: bytes = b""


Site = Callable[[Ask], Answer]
SITES: dict[str, Site] = {}
NOTHING = Answer(b"<title>Nothing</title>", 404)


def site(function: Site) -> Site:
    """Put a function into the web under its name."""
    SITES[function.__name__] = function
    return function


def page(title: str, *links: str, text: str = "", head: str = "") -> Answer:
    """A small page with its own words."""
    anchors = " ".join(f'<a href="{link}">to {link}</a>' for link in links)
    words = text or f"{title}. {WORDS}"
    return Answer(
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>{words}</p>{anchors}</body></html>".encode()
    )


def robots(text: str, **headers: str) -> Answer:
    """A robots.txt."""
    return Answer(text.encode(), kind="text/plain", headers=headers)


def to(location: str, status: int = 302, **headers: str) -> Answer:
    """A redirect."""
    return Answer(b"", status, headers={"Location": location, **headers})


@site
def plain(ask: Ask) -> Answer:
    pages = {"/": page("Home", "/team", "/faq"), "/team": page("Team"), "/faq": page("Questions")}
    return pages.get(ask.path, NOTHING)


@site
def four_hundred(ask: Ask) -> Answer:
    worthy = ["/our-team", "/safety", "/what-to-expect", "/faq", "/candidates", "/pricing", "/consent", "/about"]
    if ask.path == "/":
        return page("Home", *[f"/blog/post-number-{'x' * (n % 7)}-{chr(97 + n % 26)}{n}" for n in range(392)], *worthy)
    return page(f"Page {ask.path}") if ask.path in worthy or ask.path.startswith("/blog/") else NOTHING


@site
def calendar(ask: Ask) -> Answer:
    if ask.path.startswith("/calendar"):
        number = int(ask.path.rpartition("/")[2] or 0)
        return page(f"Events of month {number}", f"/calendar/2031/{number + 1}", f"/calendar/2030/{number}")
    return (
        page("Home", "/calendar/2031/1", "/team")
        if ask.path == "/"
        else page("Team")
        if ask.path == "/team"
        else NOTHING
    )


@site
def session_ids(ask: Ask) -> Answer:
    path = ask.path.partition("?")[0].partition(";")[0]
    if path not in ("/", "/team", "/faq"):
        return NOTHING
    tag = f"{ask.times}{len(ask.path)}{time.monotonic_ns()}"
    return page(f"Page {path}", f"/team?PHPSESSID={tag}", f"/faq;jsessionid={tag}", f"/?sid={tag}")


@site
def facets(ask: Ask) -> Answer:
    path, _, query = ask.path.partition("?")
    if path == "/team":
        return page("Team")
    if path not in ("/", "/shop"):
        return NOTHING
    links = [f"/shop?colour={a}&size={b}&sort={c}" for a in "abcde" for b in "fghij" for c in "klm"]
    return page(f"Shop {query}", *links, "/team")


@site
def endless_path(ask: Ask) -> Answer:
    return (
        NOTHING
        if ask.path in ("/robots.txt", "/sitemap.xml")
        else page(f"Deeper {ask.path}", "more/", "again/", "/team")
    )


@site
def random_paths(ask: Ask) -> Answer:
    if ask.path in ("/robots.txt", "/sitemap.xml"):
        return NOTHING
    return page(f"Maze {ask.path}", *[f"/maze/{zlib.crc32(f'{ask.path}{n}'.encode()):x}" for n in range(5)])


@site
def soft_404(ask: Ask) -> Answer:
    pages = {
        "/": page("Home", "/team", "/missing-one", "/missing-two"),
        "/team": page("Team"),
        "/robots.txt": robots(""),
    }
    return pages.get(ask.path, page("Page not found", text="Sorry, the page you wanted is not here."))


@site
def forty_spellings(ask: Ask) -> Answer:
    path = ask.path.partition("?")[0].lower().rstrip("/").replace("/index.html", "")
    if path == "/team":
        return page("Team")
    if path:
        return NOTHING
    many = [
        f"/{a}{b}{c}"
        for a in ("team", "Team", "TEAM", "//team")
        for b in ("", "/", "/index.html")
        for c in ("", "#x", "?utm_source=y", "?fbclid=z")
    ]
    return page("Home", *many)


@site
def canonical(ask: Ask) -> Answer:
    path = ask.path.partition("?")[0]
    head = '<link rel="canonical" href="/faq">'
    if path == "/print-faq":
        return page("Questions", head=head)
    return {"/": page("Home", "/print-faq"), "/faq": page("Questions", head=head)}.get(path, NOTHING)


@site
def robots_all(ask: Ask) -> Answer:
    return robots("User-agent: *\nDisallow: /") if ask.path == "/robots.txt" else page("Home")


@site
def robots_503(ask: Ask) -> Answer:
    return Answer(b"busy", 503) if ask.path == "/robots.txt" else page("Home")


@site
def robots_429(ask: Ask) -> Answer:
    return Answer(b"slow down", 429) if ask.path == "/robots.txt" else page("Home")


@site
def robots_silent(ask: Ask) -> Answer:
    if ask.path == "/robots.txt":
        time.sleep(7)
    return page("Home")


@site
def robots_dropped(ask: Ask) -> Answer:
    return Answer(raw=b"\x00") if ask.path == "/robots.txt" else page("Home")


@site
def robots_elsewhere(ask: Ask) -> Answer:
    if ask.path == "/robots.txt":
        return to(ask.origin.replace("127.0.", "127.1.") + "/rules.txt")
    if ask.path == "/rules.txt":
        return robots("User-agent: *\nDisallow: /secret")
    return page("Home", "/secret", "/team") if ask.path == "/" else page(f"Page {ask.path}")


@site
def robots_circle(ask: Ask) -> Answer:
    return to("/robots.txt") if ask.path == "/robots.txt" else page("Home")


@site
def robots_bom(ask: Ask) -> Answer:
    text = "\ufeffUser-Agent: *\r\nDisallow: /secret # no\r\n\r\nUser-agent: other\r\nDisallow: /\r\n"
    return robots(text) if ask.path == "/robots.txt" else page(f"Page {ask.path}", "/secret", "/team")


@site
def robots_named(ask: Ask) -> Answer:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Vetting/2.0\nDisallow: /secret\n\nUser-agent: vetting\nDisallow: /hidden\nAllow: /hidden/team$\n"
    return (
        robots(text)
        if ask.path == "/robots.txt"
        else page(f"Page {ask.path}", "/secret", "/hidden/team", "/hidden/x", "/faq")
    )


@site
def robots_long(ask: Ask) -> Answer:
    text = "User-agent: *\n" + "Disallow: /nothing-here\n" * 20_000 + "Disallow: /secret\n"
    return robots(text) if ask.path == "/robots.txt" else page(f"Page {ask.path}", "/secret", "/team")


@site
def crawl_delay(ask: Ask) -> Answer:
    return (
        robots("User-agent: *\nCrawl-delay: 0.4")
        if ask.path == "/robots.txt"
        else page(f"Page {ask.path}", "/team", "/faq")
    )


@site
def too_many(ask: Ask) -> Answer:
    if ask.path == "/team" and ask.times == 1:
        return Answer(b"slow down", 429, headers={"Retry-After": "1"})
    return {"/": page("Home", "/team"), "/team": page("Team")}.get(ask.path, NOTHING)


@site
def busy_until(ask: Ask) -> Answer:
    if ask.path == "/" and ask.times == 1:
        return Answer(b"later", 503, headers={"Retry-After": formatdate(time.time() + 2, usegmt=True)})
    return page("Home") if ask.path == "/" else NOTHING


@site
def busy_for_days(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else Answer(b"later", 503, headers={"Retry-After": "90000"})


@site
def sitemaps(ask: Ask) -> Answer:
    xml = '<?xml version="1.0"?><{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{1}</{0}>'
    entry = "<{0}><loc>{1}</loc></{0}>".format
    own = ask.origin
    if ask.path == "/robots.txt":
        return robots(f"Sitemap: {own}/index.xml\nSitemap: http://127.200.0.1:1/foreign.xml")
    if ask.path == "/index.xml":
        both = entry("sitemap", f"{own}/index.xml") + entry("sitemap", f"{own}/pages.xml.gz")
        return Answer(xml.format("sitemapindex", both).encode(), kind="application/xml")
    if ask.path == "/pages.xml.gz":
        pages = entry("url", f"{own}/hidden-team") + entry("url", "http://elsewhere.example/x")
        return Answer(gzip.compress(xml.format("urlset", pages).encode()), kind="application/x-gzip")
    return {"/": page("Home"), "/hidden-team": page("Team")}.get(ask.path, NOTHING)


@site
def meta_refresh(ask: Ask) -> Answer:
    head = '<meta http-equiv="refresh" content="0; url=/welcome">'
    return {"/": page("Go on", text="One moment.", head=head), "/welcome": page("Welcome")}.get(ask.path, NOTHING)


@site
def cookie_wall(ask: Ask) -> Answer:
    if "robots" in ask.path or "sitemap" in ask.path:
        return NOTHING
    if "seen=yes" not in ask.headers.get("cookie", ""):
        return to(ask.path, **{"Set-Cookie": "seen=yes; Path=/"})
    return page("Behind the cookie")


@site
def circle(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else to("/b" if ask.path == "/a" else "/a")


@site
def long_chain(ask: Ask) -> Answer:
    number = int(ask.path.strip("/n") or 0) if ask.path.strip("/n").isdigit() or ask.path == "/" else -1
    return NOTHING if number < 0 else to(f"/n{number + 1}")


@site
def moved_away(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else to("https://new-clinic.example/", 301)


@site
def to_metadata(ask: Ask) -> Answer:
    links = [
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433:1/",
        "http://[::ffff:10.0.0.1]/",
        "http://u:p@127.0.0.1/",
        "file:///etc/passwd",
    ]
    return page("Home", *links) if ask.path == "/" else NOTHING


@site
def www_twin(ask: Ask) -> Answer:
    return (
        page("Home", "//" + ask.headers["host"] + "/team")
        if ask.path == "/"
        else page("Team")
        if ask.path == "/team"
        else NOTHING
    )


@site
def drip(ask: Ask) -> Answer:
    def slowly() -> Iterator[bytes]:
        yield page("Slow").body
        for _ in range(200):
            time.sleep(0.1)
            yield b"<p>drop</p>"

    return Answer(chunks=slowly()) if ask.path == "/" else NOTHING


@site
def endless(ask: Ask) -> Answer:
    def forever() -> Iterator[bytes]:
        yield page("Endless").body
        while True:
            yield b"<p>" + b"more and more " * 4000 + b"</p>"

    return Answer(chunks=forever()) if ask.path == "/" else NOTHING


@site
def bomb(ask: Ask) -> Answer:
    if ask.path == "/team":
        return page("Team")
    if ask.path != "/":
        return NOTHING
    return Answer(
        gzip.compress(page("Bomb", "/team").body + b" " * 60_000_000, 9), headers={"Content-Encoding": "gzip"}
    )


@site
def not_gzip(ask: Ask) -> Answer:
    answer = page("Says gzip and is not")
    answer.headers["Content-Encoding"] = "gzip"
    return answer if ask.path == "/" else NOTHING


@site
def packings(ask: Ask) -> Answer:
    body = page(f"Packed {ask.path}", "/br", "/zstd", "/deflate", "/raw-deflate", "/twice", "/strange").body
    raw = zlib.compressobj(wbits=-15)
    made = {
        "/": ("gzip", gzip.compress(body)),
        "/br": ("br", brotli.compress(body)),
        "/zstd": ("zstd", zstandard.ZstdCompressor().compress(body)),
        "/deflate": ("deflate", zlib.compress(body)),
        "/raw-deflate": ("deflate", raw.compress(body) + raw.flush()),
        "/twice": ("gzip, br", brotli.compress(gzip.compress(body))),
        "/strange": ("rot13", body),
    }
    if ask.path not in made:
        return NOTHING
    return Answer(made[ask.path][1], headers={"Content-Encoding": made[ask.path][0]})


@site
def utf_16(ask: Ask) -> Answer:
    html = page("Tränen", "/team").body.decode()
    return (
        Answer(html.encode("utf-16"), kind="text/html")
        if ask.path == "/"
        else page("Team")
        if ask.path == "/team"
        else NOTHING
    )


@site
def shift_jis(ask: Ask) -> Answer:
    html = '<html><head><meta charset="Shift_JIS"><title>診療所</title></head><body><p>ケタミン療法</p><a href="/チーム">チーム</a></body></html>'
    return (
        Answer(html.encode("shift_jis"), kind="text/html")
        if ask.path == "/"
        else page("Team")
        if "%" in ask.path
        else NOTHING
    )


@site
def windows_1252(ask: Ask) -> Answer:
    html = page("Caf\u00e9 \u201cquoted\u201d", "/team", head='<meta charset="utf-8">').body.decode()
    return Answer(html.encode("cp1252"), kind="text/html; charset=iso-8859-1") if ask.path == "/" else NOTHING


@site
def malformed(ask: Ask) -> Answer:
    body = (
        b"<html><title>Broken\x00</title><p>We \x00 watch <b>you<i></p></div></div><a href='/team'>team<table><a href=\"/faq>x</a>"
        + WORDS.encode()
    )
    return Answer(body) if ask.path == "/" else page("Team") if ask.path == "/team" else NOTHING


@site
def nested(ask: Ask) -> Answer:
    return (
        Answer(b"<div>" * 60_000 + WORDS.encode() + b"<a href=/team>t</a>")
        if ask.path == "/"
        else page("Team")
        if ask.path == "/team"
        else NOTHING
    )


@site
def pdf(ask: Ask) -> Answer:
    body = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
    return {"/": page("Home", "/consent-form.pdf"), "/consent-form.pdf": Answer(body, kind="application/pdf")}.get(
        ask.path, NOTHING
    )


@site
def pictures(ask: Ask) -> Answer:
    if ask.path == "/download":
        return Answer(b"\x89PNG" * 100_000, kind="image/png")
    return page("Home", "/photo.jpg", "/download") if ask.path == "/" else NOTHING


@site
def javascript_only(ask: Ask) -> Answer:
    body = b"<html><head><title>Clinic</title><script src=/app.js></script></head><body><div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript></body></html>"
    return Answer(body) if ask.path == "/" else NOTHING


@site
def login(ask: Ask) -> Answer:
    form = "<form method=post action=/login><input name=u><input type=password name=p><button>Sign in</button></form>"
    return NOTHING if ask.path == "/robots.txt" else Answer(f"<title>Sign in</title><body>{form}</body>".encode())


@site
def bot_wall(ask: Ask) -> Answer:
    if ask.path == "/robots.txt":
        return NOTHING
    return Answer(
        b"<title>Just a moment...</title><div class=cf-browser-verification></div>",
        403,
        headers={"Server": "cloudflare"},
    )


@site
def polite_wall(ask: Ask) -> Answer:
    return (
        NOTHING
        if ask.path == "/robots.txt"
        else Answer(b"<title>Robot check</title><p>Please verify you are a human to go on.</p>")
    )


@site
def forbidden(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else Answer(b"<h1>Forbidden</h1>", 403)


@site
def noindex(ask: Ask) -> Answer:
    head = '<meta name="robots" content="noindex">'
    header = {"X-Robots-Tag": "noindex"}
    team = Answer(page("Team").body, headers=header)
    other = Answer(page("Prices").body, headers={"X-Robots-Tag": "googlebot: noindex"})
    return {
        "/": page("Home", "/private", "/team", "/pricing"),
        "/private": page("Private", "/faq", head=head),
        "/team": team,
        "/pricing": other,
        "/faq": page("Questions"),
    }.get(ask.path, NOTHING)


@site
def nofollow(ask: Ask) -> Answer:
    head = '<meta name="robots" content="nofollow">'
    return {"/": page("Home", "/team", head=head), "/team": page("Team")}.get(ask.path, NOTHING)


@site
def hreflang(ask: Ask) -> Answer:
    head = '<link rel="alternate" hreflang="en" href="/en/"><link rel="alternate" hreflang="es" href="/es/">'
    return {
        "/": page("Inicio", "/es/", "/en/", head=head),
        "/es/": page("Hola", head=head),
        "/en/": page("Hello", "/en/team", head=head),
        "/en/team": page("Team"),
    }.get(ask.path, NOTHING)


@site
def foreign_base(ask: Ask) -> Answer:
    return page("Home", "team", head='<base href="http://169.254.169.254/">') if ask.path == "/" else NOTHING


@site
def gone(ask: Ask) -> Answer:
    return Answer(b"gone", 410)


@site
def broken_server(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else Answer(b"oops", 500)


@site
def empty(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else Answer(b"")


@site
def hangs(ask: Ask) -> Answer:
    if ask.path != "/robots.txt":
        time.sleep(8)
    return NOTHING


@site
def garbage(ask: Ask) -> Answer:
    return NOTHING if ask.path == "/robots.txt" else Answer(raw=b"\x16\x03\x01 this is no HTTP\r\n\r\n")


@site
def acting(ask: Ask) -> Answer:
    links = [
        "/logout",
        "/cart?add-to-cart=5",
        "/book/slot/2031-01-05",
        "/wp-login.php",
        "/unsubscribe?u=1",
        "/book-a-visit",
        "/delete/4",
    ]
    return (
        page("Home", *links) if ask.path == "/" else page(f"Page {ask.path}") if ask.path != "/robots.txt" else NOTHING
    )


@site
def short_of_length(ask: Ask) -> Answer:
    body = page("Cut off").body
    return (
        Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999\r\n\r\n" + body)
        if ask.path == "/"
        else NOTHING
    )


@site
def old_server(ask: Ask) -> Answer:
    body = page("From the last century", "/team").body
    return (
        Answer(raw=b"HTTP/1.0 200 OK\nContent-Type: text/html\nbad header line\n\n" + body)
        if ask.path == "/"
        else NOTHING
    )


@site
def strange_headers(ask: Ask) -> Answer:
    body = page("Strange").body
    head = (
        b"HTTP/1.1 200 Caf\xe9\r\nContent-Type: text/html\r\nX-Name: \xff\x01 caf\xe9\r\nX-Empty:\r\nX-Long: "
        + b"y" * 9000
        + b"\r\n\r\n"
    )
    return Answer(raw=head + body) if ask.path == "/" else NOTHING


@site
def status_of_its_own(ask: Ask) -> Answer:
    return (
        Answer(page("Odd").body, 299)
        if ask.path == "/"
        else Answer(b"no", 799)
        if ask.path == "/sitemap.xml"
        else NOTHING
    )


ALL = tuple(SITES)  # sites that other modules add are theirs


def self_signed(folder: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clinic.example")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(start).not_valid_after(start.replace(year=2036)).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


class Server(http.server.ThreadingHTTPServer):
    """A server that keeps quiet about clients that hang up."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Web:
    """The running sites: `url(name)` is where one answers, `asked(name)` the paths it was asked for with their times."""

    def __init__(self, names: Iterable[str] = (), second_octet: int = 0, third_octet: int = 77) -> None:
        self._servers: dict[str, Server] = {}
        self._log: dict[str, list[tuple[float, str, dict[str, str]]]] = {}
        for number, name in enumerate(names or ALL, start=1):
            self.start(name, name, f"127.{second_octet}.{third_octet}.{number}", 0)
        elsewhere = self._servers.get("robots_elsewhere")
        if elsewhere is not None:
            host, port = elsewhere.server_address[:2]
            self.start("robots_elsewhere.other", "robots_elsewhere", str(host).replace("127.0.", "127.1."), int(port))

    def start(self, name: str, function: str, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """One more place where a site answers, under a name of its own."""
        server = Server((host, port), _handler(SITES[function], self._log.setdefault(name, [])))
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._servers[name] = server

    def url(self, name: str) -> str:
        """Where a site answers."""
        host, port = self._servers[name].server_address[:2]
        return f"http://{host}:{port}/"

    def asked(self, name: str) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for _at, path, _headers in self._log[name]]

    def log(self, name: str) -> list[tuple[float, str, dict[str, str]]]:
        """Every request with its time of arrival (monotonic seconds), path and headers."""
        return self._log[name]

    def names(self) -> list[str]:
        """All sites."""
        return list(self._servers)

    def csv(self) -> str:
        """The sites as a list to import."""
        names = [name for name in self._servers if "." not in name]
        return "name,url\n" + "".join(f"{name},{self.url(name)}\n" for name in names)

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


def _handler(function: Site, log: list[tuple[float, str, dict[str, str]]]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names it so
            pass

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            log.append((time.monotonic(), self.path, headers))
            host, port = self.server.server_address[:2]
            times = sum(1 for _at, path, _headers in log if path == self.path)
            try:
                self._send(function(Ask(self.path, headers, times, f"http://{host}:{port}")))
            except (BrokenPipeError, ConnectionResetError, ValueError):
                self.close_connection = True

        def _send(self, answer: Answer) -> None:
            if answer.raw:
                self.close_connection = True
                self.wfile.write(answer.raw)
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.chunks is None:
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                return
            self.close_connection = True
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in answer.chunks:
                self.wfile.write(chunk)
                self.wfile.flush()

    return Handler
