"""Pages are made once for each state of what they show, and a browser that has that state is told so in one line.

The state is the generation of the listing, the checklist, this program and the day (findings age by days); the address and
the language come with it. Compressing happens once as well.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any, Generic, TypeVar

import brotli
from flask import Flask, Response, make_response, request
from sqlalchemy import Engine

from store.settings import Settings
from webapp.language import language
from webapp.site import get_site

KEPT_BYTES = 32 * 1024 * 1024
SMALL = 1000  # bytes: below that compressing saves no packet

T = TypeVar("T")


@cache
def program() -> str:
    """A digest of the site's own files: a new program makes new pages."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*")):
        if file.is_file() and file.suffix in {".py", ".html", ".css", ".js", ".po", ".xml"}:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def state() -> str:
    """What every cached page depends on."""
    site = get_site()
    parts = (site.catalogue.generation, site.checklist.version, program(), datetime.now(UTC).date(), site.address)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


class Recent(Generic[T]):
    """The most recent things, up to a size in all; keys are tuples of what makes the difference."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._things: OrderedDict[tuple[Any, ...], tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...]) -> T | None:
        """What is kept under the key, if it is there still."""
        with self._lock:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def put(self, key: tuple[Any, ...], thing: T, size: int) -> None:
        """Keep it; what was not asked for the longest makes room."""
        with self._lock:
            before = self._things.pop(key, None)
            self._size += size - (before[1] if before else 0)
            self._things[key] = (thing, size)
            while self._size > self._limit and self._things:
                self._size -= self._things.popitem(last=False)[1][1]


def cached(view: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the view's good answers for as long as `state` holds; give them an ETag and compress them."""

    @wraps(view)
    def answer(**values: Any) -> Response:
        kept: Recent[tuple[bytes, str, str]] = get_site().__dict__.setdefault("_kept", Recent(KEPT_BYTES))
        encoding = request.accept_encodings.best_match(["br", "gzip"]) or ""
        key = (state(), language(), encoding, request.full_path)
        found = kept.get(key)
        if found is None:
            response = make_response(view(**values))
            if response.status_code != 200 or response.is_streamed:
                return response
            body = response.get_data()
            packed = encoding if len(body) > SMALL else ""
            body = _brotli(body) if packed == "br" else _gzip(body) if packed == "gzip" else body
            found = (body, response.content_type or "text/html", packed)
            kept.put(key, found, len(body))
        body, kind, packed = found
        response = Response(body, content_type=kind)
        if packed:
            response.content_encoding = packed
        response.vary.update(("Accept-Encoding", "Accept-Language"))
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        response.set_etag(hashlib.sha256("\n".join(key).encode()).hexdigest()[:24])
        response.make_conditional(request)
        return response

    return answer


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=5))


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)


def init_app(app: Flask, _settings: Settings, _engine: Engine) -> None:
    """Whatever sets no rule of its own is not to be kept by anybody."""

    @app.after_request
    def not_kept(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        return response
