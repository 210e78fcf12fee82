"""What is read together: sentences in order, under how their page opens."""

from scorer.markdown import read_markdown
from scorer.passages import MAX_TOKENS, passages

ROOMS = "\n\n".join(f"Room {n} has a window that looks at the river and a chair by the door." for n in range(60))


class Words:
    """A tokenizer of words, each its own number, that can be read back."""

    def __init__(self) -> None:
        self.known: list[str] = []

    def ids(self, text: str) -> list[int]:
        self.known += [word for word in text.split() if word not in self.known]
        return [self.known.index(word) for word in text.split()]


def read(text: str) -> list[str]:
    """The passages of a page as text."""
    words = Words()
    _, parts = passages(read_markdown(text, title="Magnet care", address="/care"), words)
    assert all(len(part.tokens) <= MAX_TOKENS for part in parts)
    return [" ".join(words.known[token] for token in part.tokens) for part in parts]


def test_a_later_passage_is_read_under_how_the_page_opens() -> None:
    first, *later = read(f"Our coil is for depression.\n\n{ROOMS}")
    assert first.count("Our coil is for depression.") == 1
    assert later and all("Our coil is for depression." in part for part in later)


def test_headings_and_menus_are_no_opening() -> None:
    _, *later = read(f"Home | Coil | Fees | Book\n\n# Welcome in\n\nOur coil is for depression.\n\n{ROOMS}")
    assert not any("Fees" in part for part in later)


def test_what_was_said_just_before_is_read_again() -> None:
    first, second, *_ = read(ROOMS)
    assert first.rpartition("Room")[2] in second
