"""The small web: every site on a loopback address of its own, over real HTTP."""

import csv
import errno
import io
import socket
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from demonstration.site import Site, WebError

HERE = Path(__file__).parent
SITES = HERE / "web"
LIST = HERE / "clinics.csv"
NETWORK = "127.0.77."
PORT = 8790
NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EINVAL)


class SmallWeb:
    """Serves the sites while its block runs. A site's address is 127.0.77.NUMBER at `port`, NUMBER from its folder's name.

    Where the machine has no loopback address but 127.0.0.1 (macOS), a site is served there at `port` + NUMBER.
    """

    def __init__(self, folder: Path = SITES, port: int = PORT) -> None:
        """Raises WebError for a folder that is no web."""
        self.port = port
        self.sites = [Site(place) for place in sorted(folder.iterdir()) if place.is_dir()]
        self._one_address = not _has_address(f"{NETWORK}1")
        self._running: list[_Server] = []

    def __enter__(self) -> Self:
        """Serve. Raises WebError when a port is in use; nothing is left running then."""
        try:
            for site in self.sites:
                server = self._listen(site)
                Thread(target=server.serve_forever, daemon=True, name=f"web-{site.name}").start()
                self._running.append(server)
        except WebError:
            self._stop()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop all sites and free their ports."""
        self._stop()

    def _stop(self) -> None:
        """All at once: each takes up to half a second to notice."""
        if self._running:
            with ThreadPoolExecutor(len(self._running)) as pool:
                list(pool.map(_Server.stop, self._running))
            self._running.clear()

    def place(self, number: int) -> tuple[str, int]:
        """Host and port of the site with this number, whether or not anybody answers there."""
        return ("127.0.0.1", self.port + number) if self._one_address else (f"{NETWORK}{number}", self.port)

    def write_list(self, to: Path, source: Path = LIST) -> None:
        """The list of clinics with the addresses at which this web serves them."""
        lines = io.StringIO(newline="")
        with source.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            writer = csv.DictWriter(lines, fieldnames=rows.fieldnames or [], lineterminator="\n")
            writer.writeheader()
            for row in rows:
                parts = urlsplit(row["url"])
                host, port = self.place(int((parts.hostname or "").removeprefix(NETWORK)))
                writer.writerow(row | {"url": urlunsplit(parts._replace(netloc=f"{host}:{port}"))})
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(lines.getvalue(), encoding="utf-8")

    def _listen(self, site: Site) -> "_Server":
        host, port = self.place(site.number)
        site.origin = f"http://{host}:{port}"
        try:
            return _Server((host, port), site)
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise WebError(
                f"{host}:{port} {why}; stop what runs there (another demonstration?) or give --web-port another number"
            ) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, place: tuple[str, int], site: Site) -> None:
        self.site = site
        super().__init__(place, _Handler)

    def stop(self) -> None:
        """Answer nobody any more and free the port."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "small-web"
    sys_version = ""
    timeout = 30  # seconds that a silent connection is kept

    def do_GET(self) -> None:
        """Answer from the site's folder."""
        server = self.server
        assert isinstance(server, _Server)
        answer = server.site.answer(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815  http.server calls it

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  http.server names it so
        """Nothing: the crawl tells what it asks for."""


def _has_address(host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            if error.errno in NO_ADDRESS:
                return False
            raise
    return True
