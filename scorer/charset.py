"""The text of a response, in whatever charset it came and whatever header and page claim of it."""

from w3lib.encoding import html_to_unicode


def decoded(body: bytes, content_type: str = "text/html") -> str:
    """The text of a response. Bytes that are UTF-8 throughout are UTF-8, whatever header and meta claim; else the charset is
    found as the WHATWG Encoding Standard does it (BOM, header, meta), and Windows-1252 where that leads nowhere."""
    if body[:2] not in (b"\xfe\xff", b"\xff\xfe") and b"\x1b" not in body and body[:64].count(0) < 8:
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    if not body.startswith((b"\xfe\xff", b"\xff\xfe")) and (wide := _wide(body)):
        return body.decode(wide, "replace")
    try:
        charset, text = html_to_unicode(content_type, body, default_encoding="cp1252", auto_detect_fun=_guess)
    except (LookupError, ValueError):  # Python knows codecs that are no charsets, such as "hex"
        return body.decode(_guess(body), "replace")
    if charset.startswith("utf-16") and body[:2] not in (b"\xfe\xff", b"\xff\xfe"):
        return body.decode(_guess(body), "replace")  # a claim that could not have been read, were it true
    return body.decode("cp1252", "replace") if charset == "utf-8" and _garbled(text) else text


def _wide(body: bytes) -> str:
    """UTF-16 without a byte order mark, told by where its zeros stand; "" for anything else."""
    start = body[:512]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 < len(start):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(body: bytes) -> str:
    """The charset of bytes that declare none and are not UTF-8: UTF-8 with a few faults, else what browsers take for the West."""
    return "cp1252" if _garbled(body.decode("utf-8", "replace")) else "utf-8"


def _garbled(text: str) -> bool:
    """Whether most letters beyond ASCII could not be decoded."""
    bad = text.count("\ufffd")
    return bad > 0 and 2 * bad >= sum(1 for letter in text if letter > "\x7f")
