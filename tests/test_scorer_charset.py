"""Bytes to text in whatever charset they come, declared or not."""

import pytest

from scorer.charset import decoded
from scorer.text import read_body

WORDS = "Wir überwachen Sie – “always”, für 450 €, im Café."
ENGLISH = "We don’t send it home — ever. It’s £300, in the café. " * 4


def page(words: str, meta: str = "") -> str:
    return f"<html><head>{meta}<title>x</title></head><body><p>{words}</p></body></html>"


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "text/html; charset=utf-8", "text/html; charset=iso-8859-1", "text/html; charset=utf-16", "", "x"],
)
def test_utf_8_is_utf_8_whatever_is_declared(content_type: str) -> None:
    assert WORDS in read_body(page(WORDS, '<meta charset="windows-1252">').encode(), content_type=content_type).text


@pytest.mark.parametrize(
    "declared", ["", "; charset=windows-1252", "; charset=iso-8859-1", "; charset=utf-8", "; charset=nonsense"]
)
def test_windows_1252_is_found_undeclared_declared_and_wrongly_declared(declared: str) -> None:
    assert WORDS in decoded(page(WORDS).encode("cp1252"), f"text/html{declared}")
    assert ENGLISH.strip() in decoded(page(ENGLISH).encode("cp1252"), f"text/html{declared}")


def test_a_meta_that_claims_utf_16_in_plain_bytes_is_not_believed() -> None:
    assert WORDS in decoded(page(WORDS, '<meta charset="utf-16">').encode("cp1252"))


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["", "; charset=utf-16le", "; charset=utf-8"])
def test_utf_16_is_known_by_its_mark_or_its_zeros(charset: str, declared: str) -> None:
    assert WORDS in decoded(page(WORDS).encode(charset), f"text/html{declared}")


@pytest.mark.parametrize("charset", ["shift_jis", "euc-jp", "iso-2022-jp"])
def test_japanese_charsets_are_read_as_declared_in_header_or_meta(charset: str) -> None:
    words = "ケタミン療法のご案内、血圧を測ります。"
    assert words in decoded(page(words).encode(charset), f"text/html; charset={charset}")
    assert words in decoded(page(words, f'<meta charset="{charset}">').encode(charset))


def test_the_header_stands_over_the_meta() -> None:
    body = page("Привет, клиника", '<meta charset="windows-1252">').encode("koi8-r")
    assert "Привет, клиника" in decoded(body, "text/html; charset=koi8-r")


def test_a_byte_order_mark_is_no_text() -> None:
    assert decoded(b"\xef\xbb\xbf<p>x") == "<p>x"


def test_a_few_faults_leave_utf_8_what_it_is() -> None:
    assert "Café für alle" in decoded("<p>Café für alle, naïve".encode() + b"\xc3")
    assert "Café für alle" in decoded("<p>Café für alle, naïve".encode() + b"\xc3", "text/html; charset=utf-8")


def test_any_bytes_give_some_page() -> None:
    for body in (b"", b"\x00", b"\xff\xfe", b"\xfe\xff\x00", bytes(range(256)) * 8, b"\x1b$B", b"\xff" * 600):
        read_body(body)
        read_body(body, content_type="text/html; charset=utf-16")


@pytest.mark.parametrize("name", ["hex", "base64", "idna", "punycode", "undefined", "rot13"])
def test_a_codec_that_is_no_charset_is_not_believed(name: str) -> None:
    assert decoded(b"Caf\xe9 care", f"text/html; charset={name}") == "Café care"
