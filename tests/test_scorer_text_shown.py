"""What a page shows and what it does not: hidden and struck out words stand apart, raised cents and drawn icons are read as seen."""

import pytest

from scorer.page import BlockKind, Page, Role
from scorer.text import read_html


def said(page: Page) -> list[tuple[str, Role]]:
    return [(page.block_text(block), block.role) for block in page.blocks]


def test_a_hidden_word_is_no_part_of_the_sentence_around_it() -> None:
    for hiding in (
        'style="display:none"',
        'style="visibility: hidden"',
        "hidden",
        'class="sr-only"',
        'class="visually-hidden"',
        'class="screen-reader-text"',
        'class="elementor-screen-only"',
    ):
        page = read_html(f"<p>We do <span {hiding}>not</span> mail ketamine to your home.</p>")
        assert said(page) == [("We do mail ketamine to your home.", Role.MAIN), ("not", Role.HIDDEN)], hiding


def test_what_only_some_screens_or_no_readers_aloud_are_spared_stays_in_the_sentence() -> None:
    for shown in ('class="d-none d-md-inline"', 'class="overflow-hidden"', 'class="hidden-xs"', "aria-hidden=true"):
        assert read_html(f"<p>We do <span {shown}>not</span> mail it.</p>").text == "We do not mail it.", shown


def test_a_hidden_word_in_a_row_is_no_cell_and_leaves_the_header_one() -> None:
    page = read_html(
        '<table><tr><th>Service<span class="sr-only">sort</span><th>Price</tr><tr><td>Infusion<td>$450</table>'
    )
    assert said(page) == [
        ("Service | Price", Role.MAIN), ("sort", Role.HIDDEN), ("Infusion | $450", Role.MAIN),
    ]  # fmt: skip
    assert page.blocks[2].heading_path == ("Service | Price",)


def test_a_hidden_word_in_a_question_leaves_it_the_answer() -> None:
    page = read_html(
        '<div><div><button aria-expanded=false>Is it safe?<span class="sr-only">Open</span></button></div><p>Yes.</p></div>'
    )
    assert said(page)[-2:] == [("Is it safe?", Role.MAIN), ("Yes.", Role.MAIN)]
    assert page.blocks[-1].heading_path == ("Is it safe?",)


def test_a_heading_for_screen_readers_alone_is_one() -> None:
    page = read_html('<h2><span class="sr-only">Our fees</span></h2><p>We charge once.</p>')
    assert page.blocks[0].kind is BlockKind.HEADING
    assert page.blocks[0].role is Role.HIDDEN
    assert page.blocks[1].heading_path == ("Our fees",)


def test_hidden_inline_markup_around_blocks_keeps_their_headings() -> None:
    page = read_html("<div><span hidden><h2>Fees</h2><p>We charge once.</p></span></div><p>Call us.</p>")
    assert said(page) == [("Fees", Role.HIDDEN), ("We charge once.", Role.HIDDEN), ("Call us.", Role.MAIN)]
    assert page.blocks[1].heading_path == ("Fees",)


def test_what_is_struck_out_is_no_part_of_the_sentence() -> None:
    for opening, closing in (
        ("<del>", "</del>"),
        ("<s>", "</s>"),
        ("<strike>", "</strike>"),
        ('<span style="text-decoration: line-through">', "</span>"),
    ):
        page = read_html(f"<p>{opening}$600{closing} $450 per infusion</p>")
        assert said(page) == [("$450 per infusion", Role.MAIN), ("$600", Role.HIDDEN)], opening


def test_paragraphs_that_are_struck_out_are_hidden() -> None:
    page = read_html("<del><p>We mail ketamine.</p></del><p>We monitor.</p>")
    assert said(page) == [("We mail ketamine.", Role.HIDDEN), ("We monitor.", Role.MAIN)]


@pytest.mark.parametrize("tag", ["sup", "sub"])
def test_two_raised_figures_after_a_sum_are_its_cents(tag: str) -> None:
    page = read_html(f"<p>Each infusion is <b>$1,450</b><{tag}>00</{tag}>, paid that day.</p>")
    assert page.text == "Each infusion is $1,450.00, paid that day."


def test_the_number_of_a_note_is_no_figure_of_the_sum() -> None:
    assert (
        read_html("<p>It is $450<sup>1</sup> or $90.50<sup>12</sup> each.</p>").text
        == "It is $450 1 or $90.50 12 each."
    )


def test_raised_figures_elsewhere_stay_as_they_are() -> None:
    assert read_html("<p>At 10<sup>12</sup> or CO<sub>2</sub></p>").text == "At 1012 or CO2"


def test_the_name_of_an_icon_is_no_word() -> None:
    for names in ("material-icons", "icon material-icons-outlined", "material-symbols-rounded"):
        page = read_html(f'<p><i class="{names}">check_circle</i>We monitor<i class="{names}">done</i>you</p>')
        assert page.text == "We monitor you", names


def test_prose_in_a_box_named_like_an_icon_font_is_kept() -> None:
    assert read_html('<div class="material-icons"><p>We monitor you.</p></div>').text == "We monitor you."


def test_marks_for_the_direction_of_writing_are_no_letters() -> None:
    marks = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert read_html(f"<p>We {marks}mon{marks}itor you{marks}</p>").text == "We monitor you"
