"""Twisted's reader of HTTP answers, made to bear what servers send: bad header names, long headers, odd transfer codings.

Twisted drops a whole answer for one header that it does not like. There is no setting for it, so its class is told here; this
file is the only one that knows the inside of Twisted.
"""

import re
from typing import Any

from twisted.web._newclient import HTTPClientParser, HTTPParser, ParseError

LINE = 256 * 1024  # bytes of one header, as much as browsers take; Twisted's own is 16 KB
HEADERS = 1024 * 1024  # bytes of all headers of one answer
_BAD = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")


def bear_bad_headers() -> None:
    """From now on, in this process."""
    parser: Any = HTTPClientParser
    parser.MAX_LENGTH = LINE
    parser.headerReceived = _header_received


def _header_received(parser: Any, name: bytes, value: bytes) -> None:
    parser.header_bytes = getattr(parser, "header_bytes", 0) + len(name) + len(value)
    if parser.header_bytes > HEADERS:
        raise ParseError("the headers do not end", name[:100])  # type: ignore[no-untyped-call]
    # RFC 9112 section 5.1 has the space before the colon removed; the rest is kept in a spelling that is allowed.
    name = _BAD.sub(lambda match: b"%%%02X" % match[0][0], name.strip()) or b"%"
    if name.lower() == b"transfer-encoding":
        # "identity" means none; what lies under "chunked" shows in the bytes (decompress.py).
        value = b"chunked" if b"chunked" in value.lower() else b""
    if value or name.lower() != b"transfer-encoding":
        HTTPParser.headerReceived(parser, name, value)  # type: ignore[no-untyped-call]
