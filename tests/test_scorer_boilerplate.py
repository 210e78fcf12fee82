"""What a site repeats on page after page is one statement."""

from scorer.boilerplate import repeated_blocks
from scorer.page import Page
from scorer.text import read_html


def site(number: int) -> list[Page]:
    return [
        read_html(
            f"<h1>Page</h1><p>Only page {'abcdefghij'[n]} says this.</p><p>All care is overseen by Dr. Moore. 20{n}0</p>"
        )
        for n in range(number)
    ]


def test_a_repeated_statement_stands_once_where_it_was_first_met() -> None:
    pages = site(5)
    assert repeated_blocks(pages) == [frozenset(), *[frozenset({2})] * 4]


def test_few_pages_repeat_nothing() -> None:
    assert repeated_blocks(site(3)) == [frozenset()] * 3


def test_what_stands_on_some_pages_only_is_not_boilerplate() -> None:
    others = [read_html(f"<p>{'klmnopqrst'[n] * 5}</p>") for n in range(8)]
    assert not any(repeated_blocks([*site(4), *others]))


def test_no_pages_have_no_blocks() -> None:
    assert repeated_blocks([]) == []
