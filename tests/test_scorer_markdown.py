"""Light Markdown, plain text and what exports leave in them."""

from hypothesis import given
from hypothesis import strategies as st

from scorer.markdown import read_markdown
from scorer.page import BlockKind, Page, PageKind, Role


def shown(page: Page) -> list[tuple[str, str]]:
    return [(block.kind.value, page.block_text(block)) for block in page.blocks]


def path_of(page: Page, words: str) -> tuple[str, ...]:
    return next(block.heading_path for block in page.blocks if words in page.block_text(block))


def test_headings_rule_what_follows_until_one_of_their_level() -> None:
    page = read_markdown("# Care\n\n## Before\n\nWe screen.\n\n## After\n\nYou rest.\n\n# Fees\n\n$400\n")
    assert path_of(page, "We screen") == ("Care", "Before")
    assert path_of(page, "You rest") == ("Care", "After")
    assert path_of(page, "$400") == ("Fees",)


def test_every_offset_counts_in_the_text_as_it_was_given() -> None:
    text = "#  Ögé ##\n\n> “Quote”\n\n - item\n\n1) step\n"
    page = read_markdown(text)
    assert page.text == text
    assert shown(page) == [("heading", "Ögé"), ("quote", "“Quote”"), ("list-item", "item"), ("list-item", "step")]


def test_a_line_bold_from_end_to_end_is_the_heading_or_question_of_what_follows() -> None:
    page = read_markdown("# FAQ\n\n**Is it safe?**\n\nWith care.\n\n**Fees**\n\n$400\n")
    assert path_of(page, "With care") == ("FAQ", "Is it safe?")
    assert path_of(page, "$400") == ("FAQ", "Fees")
    assert page.blocks[1].kind is BlockKind.QUESTION


def test_a_bold_question_and_its_answer_stay_one_block() -> None:
    assert shown(read_markdown("**Is it safe?** With care.")) == [("paragraph", "**Is it safe?** With care.")]


def test_a_table_row_keeps_its_column_headers_and_is_no_menu() -> None:
    page = read_markdown("## Compare\n\n| | Us | Box |\n|---|:-:|--:|\n| Nurse | always | none |\n\nAfter.\n")
    row = page.blocks[2]
    assert (row.kind, row.role, row.heading_path) == (BlockKind.TABLE_ROW, Role.MAIN, ("Compare", "Us | Box"))
    assert path_of(page, "After") == ("Compare",)
    assert len(page.blocks) == 4


def test_lines_that_only_draw_are_no_blocks() -> None:
    assert shown(read_markdown("One.\n\n---\n\n* * *\n\n_____\n\n=====\n\nTwo.")) == [
        ("paragraph", "One."),
        ("paragraph", "Two."),
    ]


def test_check_marks_and_bullets_are_list_items() -> None:
    page = read_markdown("✔ Nurse in the room\n• Oxygen\n● EKG\n")
    assert shown(page) == [("list-item", "Nurse in the room"), ("list-item", "Oxygen"), ("list-item", "EKG")]


def test_a_line_wrapped_by_hand_goes_on_in_the_next() -> None:
    long = "A registered nurse stays in the room with you for the whole of the"
    assert shown(read_markdown(f"{long}\ninfusion.\nNext.")) == [
        ("paragraph", f"{long}\ninfusion."),
        ("paragraph", "Next."),
    ]


def test_a_long_heading_does_not_swallow_the_line_below() -> None:
    heading = "A very long heading that has more than sixty characters in it, and then some"
    assert shown(read_markdown(f"## {heading}\nsmall letters")) == [
        ("heading", heading),
        ("paragraph", "small letters"),
    ]


def test_a_menu_and_a_footer_are_marked() -> None:
    page = read_markdown("Home | Process | Fees | Book\n\nWe screen.\n\n© Alder Street. Not an emergency service.\n")
    assert [block.role for block in page.blocks] == [Role.MENU, Role.MAIN, Role.FOOTER]


def test_a_price_list_between_bars_is_no_menu() -> None:
    assert read_markdown("Infusion | $450 | per visit").blocks[0].role is Role.MAIN


def test_a_heading_of_nothing_is_nothing() -> None:
    assert shown(read_markdown("# #\n\n##\n\nText.")) == [("paragraph", "##"), ("paragraph", "Text.")]


def test_the_kind_comes_from_address_title_and_headings() -> None:
    assert read_markdown("# Fees\n\n$400", address="/x9").kind is PageKind.PRICING


@given(st.text(alphabet=st.sampled_from("ab .?!#*-|>_\n\r\t\u2028©\x85é"), max_size=200))
def test_blocks_stand_in_order_inside_the_text(text: str) -> None:
    page, last = read_markdown(text), 0
    for block in page.blocks:
        assert last <= block.start < block.end <= len(text)
        assert page.block_text(block).strip()
        last = block.end
