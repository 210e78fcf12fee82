"""Invented clinic pages as site builders make them, for measuring: wrappers in wrappers, menus, scripts, accordions, tables.

Sizes follow what was met on real pages: some 100 KB of markup, of which a few thousand characters are words.
"""

import random
from collections.abc import Callable

_SUBJECTS = (
    "A registered nurse|Our anesthesiologist|The psychiatrist|A member of staff|Your doctor|The medical team".split("|")
)
_ACTS = (
    "checks your blood pressure and oxygen every ten minutes|stays in the room from beginning to end|goes through your history with you|"
    "explains the risks and the other roads open to you|calls you the next day to ask how you are|decides with you whether to go on|"
    "keeps oxygen and a crash cart within reach|writes to your own prescriber before the first visit"
).split("|")
_ENDS = "|, without exception|, as long as it takes|, and you can ask for more time|; the visit takes about two hours".split(
    "|"
)
_TOPICS = "Safety|Before your visit|During the infusion|Afterwards|Fees|Who we treat|Our team|Conditions|Getting here|Aftercare".split(
    "|"
)
_LINKS = "Home|Ketamine|Spravato|Conditions|What to expect|Fees|Team|FAQ|Blog|Contact|Book online|Patient portal".split(
    "|"
)


class _Page:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def sentence(self) -> str:
        pick = self.random.choice
        words = f"{pick(_SUBJECTS)} {pick(_ACTS)}{pick(_ENDS)}."
        if self.random.random() < 0.25:
            first, second, rest = words.split(" ", 2)
            words = f'{first} <strong>{second}</strong> {rest} <a href="/safety#s{self.count}">More</a>'
        return words

    def prose(self, sentences: int) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def wrapped(self, inner: str, names: str, deep: int) -> str:
        self.count += 1
        opening = "".join(
            f'<div class="{names}-{level} e-{self.count:x} animated" data-id="{self.random.getrandbits(32):x}" '
            f'data-settings="{{&quot;animation&quot;:&quot;none&quot;}}">'
            for level in range(deep)
        )
        return f"{opening}\n{inner}\n{'</div>' * deep}\n"


def _section(page: _Page, names: str, heading: str) -> str:
    paragraphs = "".join(page.wrapped(f"<p>{page.prose(3)}</p>", f"{names}-widget", 3) for _ in range(4))
    icon = f'<span class="icon"><svg><path d="{"M0 1h2" * 12}"/></svg></span>'
    items = "".join(f'<li class="{names}-li">{icon}<span>{page.sentence()}</span></li>' for _ in range(6))
    return page.wrapped(f"<h2>{heading}</h2>{paragraphs}<ul>{items}</ul>", f"{names}-section", 4)


def _accordion(page: _Page, names: str) -> str:
    items = "".join(
        f'<div class="{names}-accordion-item"><h3><button aria-expanded="false" aria-controls="a{n}">'
        f"<span>Is question {n} answered here?</span>"
        f'<i class="fa"></i></button></h3><div id="a{n}" class="{names}-panel" style="display:none"><p>{page.prose(2)}</p></div></div>\n'
        for n in range(10)
    )
    return page.wrapped(items, f"{names}-accordion", 3)


def _prices(page: _Page, names: str) -> str:
    rows = "".join(
        f"<tr><td>{topic}</td><td>${page.random.randint(80, 900)}</td><td>{page.sentence()}</td></tr>"
        for topic in _TOPICS
    )
    return page.wrapped(
        f"<table><thead><tr><th>Service</th><th>Price</th><th>Note</th></tr></thead>{rows}</table>", f"{names}-table", 2
    )


def _tales(page: _Page, names: str) -> str:
    cards = "".join(
        f'<div class="{names}-testimonial"><div class="stars">★★★★★</div><blockquote>{page.prose(2)}</blockquote><cite>Jo</cite></div>'
        for _ in range(5)
    )
    return page.wrapped(cards, f"{names}-carousel", 4)


def page(number: int) -> str:
    """One page; the same number gives the same page."""
    made = _Page(number)
    names = ("elementor", "et_pb", "sqs-block", "w-layout", "wp-block", "fusion")[number % 6]
    parts: list[Callable[[], str]] = [
        lambda topic=topic: _section(made, names, topic) for topic in _TOPICS[: 3 + number % 6]
    ]  # type: ignore[misc]
    parts += [lambda: _accordion(made, names), lambda: _prices(made, names), lambda: _tales(made, names)]
    menu = "".join(
        f'<li class="menu-item menu-item-{n}"><a href="/{n}">{link}</a></li>' for n, link in enumerate(_LINKS * 2)
    )
    style = "".join(f".{names}-{n}{{margin:{n}px;padding:0 {n}px;display:flex}}" for n in range(400))
    script = "".join(f"window.dataLayer.push({{'e{n}':'{made.random.getrandbits(64):x}'}});" for n in range(400))
    body = "".join(part() for part in parts)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{_TOPICS[number % 10]} | Calm {number}</title><style>{style}</style>"
        f'<script>{script}</script></head><body class="{names}-body page-{number}"><header><nav><ul>{menu}</ul></nav></header>'
        f"<main><h1>{_TOPICS[number % 10]}</h1>{body}</main><footer><p>© Calm {number}. {made.sentence()}</p><ul>{menu}</ul></footer>"
        f"<script>{script}</script></body></html>"
    )
