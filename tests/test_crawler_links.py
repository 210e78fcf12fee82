"""What a link says to the reader, which is how the crawler chooses among links."""

import pytest

from crawler.reading import read_html


def texts(html: str) -> list[str]:
    return [link.text for link in read_html(html.encode(), "text/html", "http://a.example/").links]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a href=/x> Our\n <b>te</b>am<br> of nurses </a>", "Our team of nurses"),
        ("<a href=/x><svg><path/><title>Pricing</title></svg></a>", "Pricing"),
        ("<a href=/x><style>.a{}</style><script>go()</script>Safety</a>", "Safety"),
        ("<a href=/x>" + "<i> </i>" * 300 + "Safety</a>", "Safety"),
        ("<a href=/x>" + "long words " * 50 + "</a>", ("long words " * 50)[:120]),
        ("<a href=/x>Our team<img src=/a.png alt='A nurse with a cup'></a>", "Our team"),
    ],
)
def test_a_link_says_its_first_words(html: str, text: str) -> None:
    assert texts(html) == [text.strip()]


@pytest.mark.parametrize(
    "html",
    [
        "<a href=/x><img src=/a.png alt='Our team'></a>",
        "<a href=/x><span><img src=/a.png alt=''><img src=/b.png alt=' Our  team '></span></a>",
        "<a href=/x aria-label='Our team'><i class=icon></i></a>",
        "<a href=/x><span aria-label='Our team'></span></a>",
        "<map><area href=/x alt='Our team'></map>",
    ],
)
def test_a_link_without_words_says_what_its_picture_or_label_says(html: str) -> None:
    assert texts(html) == ["Our team"]


def test_words_belong_to_the_innermost_link() -> None:
    assert texts("<a href=/x>Outer<object><a href=/y>Inner</a></object></a>") == ["Outer", "Inner"]
