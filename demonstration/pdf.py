"""A price list as PDF, made from its text when it is asked for: one font, lines from top to bottom (ISO 32000-1)."""

LINES = 48  # on a page of US letter size
LEADING = 15  # points


def make_pdf(text: str) -> bytes:
    """The same bytes for the same text. Characters outside Windows-1252 become question marks."""
    lines = text.splitlines() or [""]
    sheets = [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
    numbers = [4 + 2 * index for index in range(len(sheets))]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(sheets), b" ".join(b"%d 0 R" % number for number in numbers)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, sheet in zip(numbers, sheets, strict=True):
        stream = _shown(sheet)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (number + 1)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _file(objects)


def _shown(lines: list[str]) -> bytes:
    parts = [b"BT /F1 11 Tf %d TL 54 738 Td" % LEADING]
    for line in lines:
        text = line.encode("cp1252", "replace")
        for character in (b"\\", b"(", b")"):
            text = text.replace(character, b"\\" + character)
        parts.append(b"(" + text + b") Tj T*")
    return b"\n".join([*parts, b"ET"])


def _file(objects: list[bytes]) -> bytes:
    body = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(body)
