"""What reading makes of bytes: a page of blocks, each with its place in the text and its headings."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class BlockKind(StrEnum):
    """What a block is on the page."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list-item"
    TABLE_ROW = "table-row"
    QUESTION = "question"
    QUOTE = "quote"


class Role(StrEnum):
    """Which part of the page a block belongs to; only `main`, `hidden` and `footer` text can tell of a practice."""

    MAIN = "main"
    MENU = "menu"
    FOOTER = "footer"
    BANNER = "banner"
    TESTIMONIAL = "testimonial"
    HIDDEN = "hidden"


class PageKind(StrEnum):
    """What a page is for, told from its address, title and headings."""

    HOME = "home"
    SERVICE = "service"
    PROCESS = "process"
    FAQ = "faq"
    TEAM = "team"
    PRICING = "pricing"
    SAFETY = "safety"
    CONTACT = "contact"
    BLOG = "blog"
    TESTIMONIALS = "testimonials"
    LEGAL = "legal"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page: `text[start:end]`, below `heading_path` (outermost first, without the block itself)."""

    kind: BlockKind
    start: int
    end: int
    heading_path: tuple[str, ...] = ()
    role: Role = Role.MAIN
    level: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A snapshot read as text. `address` is its URL or path; offsets of blocks and evidence count characters of `text`."""

    address: str
    title: str
    kind: PageKind
    text: str
    blocks: tuple[Block, ...]
    clinic: str = ""
    language: str = ""

    def block_text(self, block: Block) -> str:
        """The text of one of this page's blocks."""
        return self.text[block.start : block.end]


class Sentence(NamedTuple):
    """One sentence of a page: `page.text[start:end]`, in `page.blocks[block]`."""

    start: int
    end: int
    block: int
