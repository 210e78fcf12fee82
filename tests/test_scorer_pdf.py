"""PDFs to pages."""

import pytest

from scorer.page import BlockKind, Page
from scorer.pdf import PdfError, as_markdown, read_pdf
from scorer.sentences import sentences


def pdf(*sheets: list[str], title: str = "") -> bytes:
    """A PDF with these lines on each sheet, written by hand."""
    count = len(sheets)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for n, lines in enumerate(sheets):
        shown = "".join(f"({line.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}) Tj T* " for line in lines)
        stream = f"BT /F1 12 Tf 14 TL 50 750 Td {shown}ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * n} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream.encode('cp1252'))} >>\nstream\n{stream}\nendstream")
    objects.append(f"<< /Title ({title}) >>")
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF".encode()


FORM = [
    "Consent to Ketamine Treatment",
    "We check your blood pressure before and during each infusion, and a regis-",
    "tered nurse stays with you in the room until the doctor has seen you once",
    "more. You need a driver.",
    "Risks and Side Effects",
    "- Nausea",
    "- Dizziness",
    "Will I be alone?",
    "No. A nurse stays with you.",
]


def read(*sheets: list[str]) -> Page:
    return read_pdf(pdf(*sheets, title="Consent form"), address="https://calm.example/consent.pdf")


def test_lines_are_joined_to_sentences_and_cut_words_to_words() -> None:
    page = read(FORM)
    found = [page.text[s.start : s.end] for s in sentences(page)]
    assert found[1].endswith(
        "and a registered nurse stays with you in the room until the doctor has seen you once more."
    )
    assert found[2] == "You need a driver."


def test_headings_are_told_by_their_shape() -> None:
    page = read(FORM)
    headings = [page.block_text(block) for block in page.blocks if block.kind is BlockKind.HEADING]
    assert headings == ["Consent to Ketamine Treatment", "Risks and Side Effects", "Will I be alone?"]
    assert [page.block_text(block) for block in page.blocks if block.kind is BlockKind.LIST_ITEM] == [
        "Nausea",
        "Dizziness",
    ]


def test_a_sentence_goes_on_over_the_end_of_a_sheet() -> None:
    assert (
        "until you are well again."
        in read(["A nurse stays with you in the room for two hours and then until"], ["you are well again."]).text
    )


def test_what_heads_every_sheet_stands_once_and_sheet_numbers_never() -> None:
    page = read(
        *[
            ["Calm Clinic, Consent", f"This is sentence {'abcd'[n]} of the form.", f"Page {n + 1} of 4"]
            for n in range(4)
        ]
    )
    assert page.text.count("Calm Clinic, Consent") == 1
    assert "Page 2" not in page.text


def test_prices_are_no_headings() -> None:
    assert as_markdown(["Ketamine Infusion $450\nName ________"]) == "Ketamine Infusion $450\n\nName ________"


def test_title_and_address_are_kept() -> None:
    page = read(FORM)
    assert (page.title, page.address) == ("Consent form", "https://calm.example/consent.pdf")


@pytest.mark.parametrize("body", [b"", b"%PDF-1.4", b"<html>", b"%PDF-1.7\n" + b"\xff" * 500, pdf(FORM)[:300]])
def test_a_damaged_pdf_says_so(body: bytes) -> None:
    with pytest.raises(PdfError, match=r"x\.pdf"):
        read_pdf(body, address="x.pdf")


def test_a_pdf_of_pictures_says_so() -> None:
    with pytest.raises(PdfError, match="no text"):
        read_pdf(pdf([]))
