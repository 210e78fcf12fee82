"""Servers that speak HTTP badly: what is kept of their answers, and by which name a failure goes."""

import gzip
import time
import zlib
from collections.abc import Iterator

import brotli
import pytest
import zstandard
from awkward_web import NOTHING, WORDS, Answer, Ask, Site, Web, page, site
from crawl_fixtures import Crawled

NAMES: list[str] = []


def raw(name: str, head: bytes, body: bytes | None = None) -> None:
    """A site whose start page is sent as these bytes and whose other addresses are not there."""
    sent = head + (page(f"Home of {name}", "/team").body if body is None else body)
    put(name, lambda ask: Answer(raw=sent) if ask.path == "/" else page("Team") if ask.path == "/team" else NOTHING)


def put(name: str, function: Site) -> None:
    function.__name__ = name
    site(function)
    NAMES.append(name)


def packed(name: str, encoding: str, body: bytes) -> None:
    """A site whose start page comes in this encoding."""
    headers = {"Content-Encoding": encoding} if encoding else {}
    put(name, lambda ask: Answer(body, headers=dict(headers)) if ask.path == "/" else NOTHING)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
raw("name_not_ascii", OK + b"X-Caf\xe9: caf\xe9\r\n\xff\xfe: 1\r\n\r\n")
raw("header_of_100_kb", OK + b"Content-Security-Policy: " + b"x" * 100_000 + b"\r\n\r\n")
raw("headers_by_the_hundred", OK + b"".join(b"X-%d: y\r\n" % n for n in range(400)) + b"\r\n")
raw("folded_header", OK + b"X-Folded: one\r\n  two\r\n\r\n")
raw("space_before_colon", b"HTTP/1.1 200 OK\r\nContent-Type : text/html\r\n\r\n")
raw("nul_in_header", OK + b"X-Nul: a\x00b\r\n\r\n")
raw("two_kinds", OK + b"Content-Type: text/html; charset=utf-8\r\nX-Robots-Tag: all\r\nX-Robots-Tag: all\r\n\r\n")
raw("hints_first", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"\r\n")
raw("no_header_at_all", b"HTTP/1.0 200 OK\r\n\r\n")
raw("no_reason", b"HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n")
raw("cookie_not_ascii", OK + b"Set-Cookie: caf\xe9=\xff; Path=/\r\nSet-Cookie: =\r\nSet-Cookie: a\r\n\r\n")
raw("length_and_chunks", OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"%x\r\n%s\r\n0\r\n\r\n" % (len(page("Both", "/team").body), page("Both", "/team").body))  # fmt: skip
raw("identity", OK + b"Transfer-Encoding: identity\r\n\r\n")
raw("length_too_small", OK + b"Content-Length: 60\r\n\r\n")
raw("length_no_number", OK + b"Content-Length: many\r\n\r\n")
raw("two_lengths", OK + b"Content-Length: 40\r\nContent-Length: 50\r\n\r\n")
raw("chunks_without_end", OK + b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n" % 4000 + page("Chunk", "/team").body)
raw("chunks_of_nonsense", OK + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n<p>no</p>\r\n")
raw("part_only", b"HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\nContent-Range: bytes 0-99/9999\r\n\r\n")
raw("no_content", b"HTTP/1.1 204 No Content\r\n\r\n", b"")
raw("not_modified", b"HTTP/1.1 304 Not Modified\r\n\r\n", b"")
raw("moved_nowhere", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", b"")
raw("kind_of_its_own", b"HTTP/1.1 200 OK\r\nContent-Type: application/x-httpd-php\r\n\r\n")
raw("says_picture", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
raw("switches", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"")

LONG = page("Packed", text=" ".join(f"word{n}" for n in range(6000))).body
packed("torn_gzip", "gzip", gzip.compress(LONG)[:-900])
packed("torn_brotli", "br", brotli.compress(LONG, quality=2)[:-900])
packed("torn_zstd", "zstd", zstandard.ZstdCompressor().compress(LONG * 9)[:-20])
packed("gzip_twice_said_once", "gzip", gzip.compress(gzip.compress(LONG)))
packed("gzip_unsaid", "", gzip.compress(LONG))
packed("says_br_is_gzip", "br", gzip.compress(LONG))
packed("says_gzip_is_br", "gzip", brotli.compress(LONG))
packed("says_gzip_is_zlib", "gzip", zlib.compress(LONG))


@site
def location_not_ascii(ask: Ask) -> Answer:
    if ask.path == "/":
        return Answer(raw="HTTP/1.1 302 Found\r\nLocation: /café\r\nContent-Length: 0\r\n\r\n".encode())
    return page("Café") if ask.path == "/caf%C3%A9" else NOTHING


@site
def refresh_header(ask: Ask) -> Answer:
    if ask.path == "/":
        return Answer(b"<p>One moment.</p>", headers={"Refresh": "0; url=/welcome"})
    return page("Welcome") if ask.path == "/welcome" else NOTHING


@site
def stalls(ask: Ask) -> Answer:
    def half() -> Iterator[bytes]:
        yield page("Half").body
        time.sleep(6)

    return Answer(chunks=half()) if ask.path == "/" else NOTHING


@site
def endless_headers(ask: Ask) -> Answer:
    return Answer(raw=OK + b"X-Again: and again\r\n" * 100_000) if ask.path == "/" else NOTHING


@site
def pdf_of_odd_kind(ask: Ask) -> Answer:
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
    kinds = {"/a": "application/x-pdf", "/b": "application/force-download", "/c": "text/html"}
    return page("Home", *kinds) if ask.path == "/" else Answer(pdf + ask.path.encode(), kind=kinds[ask.path]) if ask.path in kinds else NOTHING  # fmt: skip


PACKED = b"PK\x03\x04" + bytes(range(256)) * 40
NO_PAGES = {
    "/brochure": ("application/octet-stream", PACKED),
    "/packed": ("text/html", PACKED),
    "/data": ("application/json", b'{"a": 1}'),
    "/data-as-text": ("text/plain", b'{"a": 1}'),
    "/news": ("application/rss+xml", b"<rss><channel><title>x</title></channel></rss>"),
    "/news-as-html": ("text/html", b"<?xml version='1.0'?><rss><channel><title>x</title></channel></rss>"),
    "/style": ("text/css", b"body { color: red }"),
    "/code": ("text/javascript", b"start(1)"),
    "/dates": ("text/calendar", b"BEGIN:VCALENDAR"),
}


@site
def things_that_are_no_page(ask: Ask) -> Answer:
    if ask.path == "/":
        return page("Home", *NO_PAGES, "/hours", "/xhtml")
    if ask.path == "/hours":
        return Answer(b"Open from nine to five. " * 9, kind="text/plain")
    if ask.path == "/xhtml":
        return Answer(b"<?xml version='1.0'?>" + page("Strict").body, kind="application/xhtml+xml")
    return Answer(NO_PAGES[ask.path][1], kind=NO_PAGES[ask.path][0]) if ask.path in NO_PAGES else NOTHING


@site
def picture_only(ask: Ask) -> Answer:
    body = b"<html><title></title><body><a href=/team><img src=/a.png></a></body></html>"
    return Answer(body) if ask.path == "/" else NOTHING


@site
def data_only(ask: Ask) -> Answer:
    return Answer(b'{"a": 1}', kind="application/json") if ask.path == "/" else NOTHING


@site
def two_broken_pages(ask: Ask) -> Answer:
    good = {"/faq", "/pricing", "/about"}
    if ask.path == "/":
        return page("Home", "/safety", "/team", *good)
    if ask.path == "/team":
        time.sleep(5)
    return Answer(b"oops", 500) if ask.path in ("/safety", "/team") else page(ask.path) if ask.path in good else NOTHING


@site
def slow_to_parse(ask: Ask) -> Answer:
    bodies = {
        "/attributes": b"<div " + b" ".join(b"a%d=1" % n for n in range(40_000)) + b">",
        "/open-bold": b"<b></x>" * 40_000,
        "/open-scripts": b"<div>" * 9000 + b"<script </style>" * 20_000 + b"</script>",
    }
    if ask.path == "/sitemap.xml":
        return Answer(b"<urlset><loc>a" + b" " * 100_000, kind="application/xml")
    if ask.path == "/":
        return page("Home", *bodies, "/team")
    return Answer(bodies[ask.path] + f"<p>{ask.path} {WORDS}".encode()) if ask.path in bodies else page("Team") if ask.path == "/team" else NOTHING  # fmt: skip


@site
def broken_addresses(ask: Ask) -> Answer:
    bad = "http://[bad"
    head = f'<base href="{bad}"><link rel=canonical href="{bad}"><link rel=alternate hreflang=en href="{bad}">'
    head += f'<meta http-equiv=refresh content="0;url={bad}">'
    return page("Home", "/team", bad, "http://x:99999999/", head=head) if ask.path == "/" else page("Team") if ask.path == "/team" else NOTHING  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    own = [
        location_not_ascii,
        refresh_header,
        stalls,
        endless_headers,
        pdf_of_odd_kind,
        slow_to_parse,
        broken_addresses,
        things_that_are_no_page,
        picture_only,
        data_only,
        two_broken_pages,
    ]
    web = Web([*NAMES, *(function.__name__ for function in own)], third_octet=90)
    yield Crawled.of(web, tmp_path_factory.mktemp("wire"), crawl_timeout=4.0, crawl_body_bytes=1_000_000)
    web.close()


def test_the_archive_of_bad_http_verifies(crawled: Crawled) -> None:
    assert crawled.archive.verify().problems == []


@pytest.mark.parametrize(
    "name",
    [
        "name_not_ascii", "header_of_100_kb", "headers_by_the_hundred", "folded_header", "space_before_colon",
        "nul_in_header", "two_kinds", "hints_first", "no_header_at_all", "no_reason", "cookie_not_ascii",
        "length_and_chunks", "identity", "kind_of_its_own", "broken_addresses",
    ],
)  # fmt: skip
def test_a_page_is_read_in_spite_of_its_server(crawled: Crawled, name: str) -> None:
    assert (crawled.outcome(name), crawled.pages(name)) == ("complete", ["/", "/team"])


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("length_no_number", "error"), ("two_lengths", "error"), ("chunks_of_nonsense", "empty"), ("no_content", "empty"),
        ("not_modified", "error"), ("moved_nowhere", "error"), ("says_picture", "empty"), ("stalls", "timeout"),
        ("chunks_without_end", "partial"), ("torn_gzip", "partial"), ("torn_brotli", "partial"), ("torn_zstd", "partial"),
        ("switches", "refused"), ("endless_headers", "error"), ("part_only", "partial"),
        ("picture_only", "empty"), ("data_only", "empty"), ("two_broken_pages", "partial"),
    ],
)  # fmt: skip
def test_the_outcome_names_what_the_server_did(crawled: Crawled, name: str, outcome: str) -> None:
    assert crawled.outcome(name) == outcome


@pytest.mark.parametrize("name", ["torn_gzip", "torn_brotli", "torn_zstd", "part_only", "chunks_without_end"])
def test_what_came_of_a_torn_body_is_kept_and_marked(crawled: Crawled, name: str) -> None:
    kept = crawled.snapshot(name)
    assert "truncated" in kept.marks and b"<title>" in crawled.archive.read(kept).body


@pytest.mark.parametrize(
    "name", ["gzip_twice_said_once", "gzip_unsaid", "says_br_is_gzip", "says_gzip_is_br", "says_gzip_is_zlib"]
)
def test_a_body_is_unpacked_whatever_the_header_says(crawled: Crawled, name: str) -> None:
    assert crawled.archive.read(crawled.snapshot(name)).body == LONG


def test_a_redirect_in_bare_utf_8_is_followed(crawled: Crawled) -> None:
    assert crawled.pages("location_not_ascii") == ["/caf%C3%A9"]


def test_a_refresh_in_the_header_is_followed(crawled: Crawled) -> None:
    assert crawled.pages("refresh_header") == ["/welcome"]


def test_a_pdf_is_known_by_its_bytes(crawled: Crawled) -> None:
    assert crawled.pages("pdf_of_odd_kind") == ["/", "/a", "/b", "/c"]


def test_only_html_plain_text_and_pdf_are_pages(crawled: Crawled) -> None:
    assert crawled.pages("things_that_are_no_page") == ["/", "/hours", "/xhtml"]
    assert crawled.visit("things_that_are_no_page").counts["no-page"] == len(NO_PAGES)


def test_the_links_of_a_page_without_words_are_followed(crawled: Crawled) -> None:
    assert "/team" in crawled.web.asked("picture_only")


def test_two_broken_pages_do_not_end_a_visit(crawled: Crawled) -> None:
    assert crawled.pages("two_broken_pages") == ["/", "/about", "/faq", "/pricing"]


def test_markup_that_would_take_minutes_to_parse_does_not_hold_up_the_crawl(crawled: Crawled) -> None:
    assert crawled.pages("slow_to_parse") == ["/", "/attributes", "/open-bold", "/open-scripts", "/team"]
    assert crawled.summary.seconds < 60


def test_every_exchange_is_archived_bodies_of_no_use_too(crawled: Crawled) -> None:
    assert any(
        line.url.startswith(crawled.web.url("says_picture")) and line.status == "200"
        for line in crawled.archive.index()
    )
