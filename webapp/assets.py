"""Static files under addresses that name their content, so that a browser keeps them for ever; compressed once."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, request, url_for
from sqlalchemy import Engine

from store.settings import Settings

FOLDER = Path(__file__).parent / "static"
COMPRESSIBLE = {"text/css", "text/javascript", "image/svg+xml", "application/manifest+json"}
assets = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One static file: its bytes, compressed where that helps, and the digest in its address."""

    digest: str
    kind: str
    plain: bytes
    packed: dict[str, bytes]


@cache
def asset(name: str) -> Asset:
    """A static file by its name. Raises KeyError where there is none."""
    path = FOLDER / name
    if "/" in name or not path.is_file():
        raise KeyError(name)
    body = path.read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = {"br": brotli.compress(body), "gzip": gzip.compress(body, mtime=0)} if kind in COMPRESSIBLE else {}
    return Asset(hashlib.sha256(body).hexdigest()[:12], kind, body, packed)


def asset_url(name: str) -> str:
    """The address of a static file, with the digest of its content."""
    return url_for("assets.serve", digest=asset(name).digest, name=name)


@assets.get("/static/<digest>/<name>")
def serve(digest: str, name: str) -> Response:
    """A static file. An old digest is answered with the newest content, kept only shortly."""
    try:
        found = asset(name)
    except KeyError:
        abort(404)
    encoding = request.accept_encodings.best_match(list(found.packed)) if found.packed else None
    response = Response(found.packed[encoding] if encoding else found.plain, mimetype=found.kind)
    if encoding:
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    current = digest == found.digest
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "public, max-age=60"
    response.set_etag(found.digest)
    response.make_conditional(request)
    return response


def init_app(app: Flask, _settings: Settings, _engine: Engine) -> None:
    """Serve the files and give templates `asset_url`."""
    app.register_blueprint(assets)
    app.jinja_env.globals["asset_url"] = asset_url
