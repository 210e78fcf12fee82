"""Whose practice a sentence tells of, and which way it goes: one model for all criteria.

The words that give it away are data (`context` in checklist.yaml). This module applies them: clause by clause, the first sign
wins; a clause without a sign goes on with what was spoken of before, under the same heading; questions take their answers.
It is made in the manner of ConText (Harkema et al. 2009, doi 10.1016/j.jbi.2009.05.002), which asks of clinical text whether
a thing is negated, hypothetical or somebody else's.
"""

import bisect
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from scorer.names import own_name
from scorer.page import Block, BlockKind, Page, PageKind, Role, Sentence
from scorer.phrases import PhraseHit, fold

# How far before a phrase a "no" still reaches it, in words. Clinical ConText uses the whole sentence and over-negates.
_NEGATION_REACH = 8


# A long page of these kinds that hardly ever says "we" or "you will" explains something; it describes no practice.
_MAY_BE_ARTICLES = frozenset({PageKind.OTHER, PageKind.SERVICE})
_LONG = 25
_OWN_SHARE = 0.08


class Practice(StrEnum):
    """Whose practice a clause tells of. Only OWN counts, but for criteria where general prose counts too."""

    OWN = "own"
    GENERAL = "general"
    OTHER_PROVIDER = "other-provider"
    REGULATOR = "regulator"
    STUDY = "study"
    TESTIMONIAL = "testimonial"
    PRESS = "press"
    OTHER_SERVICE = "other-service"
    PLAN = "plan"
    ADVICE = "advice"
    QUESTION = "question"


# What is told to the reader as knowledge, whoever tells it: counts where general prose counts.
INFORMATIVE = frozenset({Practice.OWN, Practice.GENERAL, Practice.REGULATOR, Practice.STUDY, Practice.ADVICE})
_LABELS = frozenset(practice.value for practice in Practice)
_NO_SIGN: tuple[Practice | None, str] = (None, "")


class Clause(NamedTuple):
    """`page.text[start:end]` tells of `practice`, as `sign` shows (the words, or "carried on", or the page's kind)."""

    start: int
    end: int
    practice: Practice
    sign: str


class Context(NamedTuple):
    """How one sentence is to be taken: its clauses, and for a question the answer ("yes", "no", "told" or "") with its end.

    `lead` is where the line begins that refuses what a list item names ("What we never do:"); -1 where there is none.
    """

    clauses: tuple[Clause, ...]
    answer: str = ""
    answer_end: int = 0
    lead: int = -1

    def at(self, start: int) -> Clause:
        """The clause in which a phrase that starts there stands."""
        for clause in self.clauses:
            if start < clause.end:
                return clause
        return self.clauses[-1]


# Context labels that stand for a practice under another name.
_AS_PRACTICE = {
    "turn-back": Practice.OWN,
    "consent-form": Practice.OWN,
    "past": Practice.PLAN,
    "myth": Practice.GENERAL,
}
_CLAUSE_END = re.compile(
    # The characters that a cut can begin with stand first, so that the search leaps from one to the next.
    r"[;\s,—-](?:(?<=;)\s|(?<=\s)(?:[—–]\s?|(?i:but|whereas)\s)|(?<=,)\s(?i:but|while|whereas|although|though|unlike)\b"
    r"|(?<=-)-|(?<=[a-zA-Z]—)(?=[a-zA-Z]))"
)
_LEADING_UNLIKE = re.compile(r"\s*(?:unlike|compared (?:to|with)|where (?:others|other))\b[^,]*,", re.I)
_NOT_AFTER = re.compile(
    r"[\s:–—-]*(?:is|are|was|were)?\s*(?:not|never|n['’]t)\s+(?:required|needed|necessary|offered|provided|available|included|done|part of)"
    r"|[\s:–—-]+(?:none|no)\b\s*[.,;)]?$", re.I
)  # fmt: skip


# A line over a list that says of all its items that the clinic does not do them.
_REFUSES = re.compile(
    r"\b(?:we|what)\b[^.?!]*?\b(?:do not|don['’]t|never|won['’]t|will not)\s+(?:offer|do|provide|prescribe|sell|mail|ship|send|post|promise"
    r"|claim)\b|\b(?:won['’]t|will not|never) find (?:here|at|with|in)\b", re.I
)  # fmt: skip
# What stands before an answer, or after a question: a toggle's sign, emphasis, "A:".
_BEFORE_ANSWER = re.compile(r"[\W_]*(?:a(?:ns(?:wer)?)?\s*[.:)]\s*)?[\W_]*", re.I)
_WORD = re.compile(r"\w")
_QUESTION_END = re.compile(r"\?[\W_]*$")
_ASKS = re.compile(
    r"[\W_]*(?:q\s*[.:)]\s*)?(?:do|does|did|is|are|am|can|could|will|would|should|must|may|have|has)\b", re.I
)


def contexts(page: Page, found: Sequence[Sentence], hits: Sequence[PhraseHit]) -> list[Context]:
    """The context of each sentence. `hits` are the context phrases found in the page's text, by PhraseMatcher, in order."""
    name = own_name(page.clinic) if page.clinic else None
    names = [match.span() for match in name.finditer(page.text)] if name else []
    told: list[Context] = []
    marks = [hit for hit in hits if hit.context in _LABELS or hit.context in _AS_PRACTICE]
    back = [hit.start for hit in hits if hit.context == "ketamine"]
    openings = {hit.start: hit.context for hit in hits if hit.context in ("answer-yes", "answer-no")}
    leads = _leads(page)
    section: tuple[str, ...] | None = None
    carried = default = _by_page(page, len(found), sum(hit.context == Practice.OWN for hit in hits))
    first = 0
    block: Block | None = None
    aside: tuple[Practice, str] | None = None
    for number, sentence in enumerate(found):
        if block is not page.blocks[sentence.block]:
            block = page.blocks[sentence.block]
            title = (page.block_text(block),) if block.kind is BlockKind.HEADING else ()
            if (path := (*block.heading_path, *title)) != section:
                section = path
                carried = _by_headings(block.heading_path, default)
            aside = _by_block(block.kind, block.role)
        while first < len(marks) and marks[first].end <= sentence.start:
            first += 1
        last = first
        while last < len(marks) and marks[last].start < sentence.end:
            last += 1
        inside = marks[first:last]
        # Another service named beside ketamine sets nothing aside.
        if inside and _any_between(back, sentence.start, sentence.end):
            inside = [hit for hit in inside if hit.context != Practice.OTHER_SERVICE]
        words = page.text[sentence.start : sentence.end]
        clauses = []
        for from_, to in pairwise(_edges(words)):
            start, end = sentence.start + from_, sentence.start + to
            practice, sign = aside or (_by_signs(page.text, start, end, inside, names) if inside or names else _NO_SIGN)
            if carried[0] is Practice.OTHER_SERVICE and _any_between(back, start, end):
                carried = default  # the text has come back to ketamine
            if practice is None:
                practice, sign = carried
            elif practice not in (Practice.PLAN, Practice.QUESTION):
                carried = (practice, "carried on")
            clauses.append(Clause(start, end, practice, sign))
        answer, answer_end = "", 0
        is_question = "?" in words and bool(_QUESTION_END.search(words))
        # Accordions drop the mark: a heading that begins as questions do, and "No." under it.
        if is_question or (block.kind in (BlockKind.HEADING, BlockKind.QUESTION) and _ASKS.match(words)):
            answer, answer_end = _answer(page, found, number, openings)
            if not is_question and answer not in ("yes", "no"):
                answer, answer_end = "", 0
            elif answer != "yes" and answer != "no":
                clauses = [Clause(c.start, c.end, Practice.QUESTION, "a question") for c in clauses]
            elif not aside:
                clauses = [Clause(c.start, c.end, Practice.OWN, f"answered {answer}") for c in clauses]
        told.append(Context(tuple(clauses), answer, answer_end, leads.get(sentence.block, -1)))
    return told


def is_negated(
    page: Page, sentence: Sentence, context: Context, start: int, end: int, hits: Sequence[PhraseHit]
) -> bool:
    """Whether the phrase at `start:end` is turned round by a "no" that is not turned back again.

    `hits` are the context phrases of the sentence. "No infusion begins until ..." turns nothing round, nor does "no matter".
    """
    clause = context.at(start)
    first = max(clause.start, sentence.start)
    rules = [hit for hit in hits if hit.context in ("no-until", "not-really-no")]
    negations = [
        hit
        for hit in hits
        if hit.context == "negation"
        and first <= hit.start < start
        and not any(r.start <= hit.start < r.end for r in rules)
    ]
    negated = False
    if negations:
        between = page.text[negations[-1].end : start]
        negated = len(between.split()) <= _NEGATION_REACH and len(negations) % 2 == 1
    if _NOT_AFTER.match(page.text[end : sentence.end]):
        negated = True
    return negated != (context.answer == "no" or context.lead >= 0)


def _leads(page: Page) -> dict[int, int]:
    """For list items under a line that refuses them all, where that line begins; by the item's block."""
    leads: dict[int, int] = {}
    lead = -1
    for number, block in enumerate(page.blocks):
        if block.kind is BlockKind.LIST_ITEM:
            if lead >= 0:
                leads[number] = lead
        else:
            line = page.block_text(block).rstrip()
            opens = block.kind is BlockKind.HEADING or line.endswith(":")
            lead = block.start if opens and _REFUSES.search(line) else -1
    return leads


def _any_between(places: Sequence[int], start: int, end: int) -> bool:
    """Whether one of the places, which are in order, is in `start:end`."""
    at = bisect.bisect_left(places, start)
    return at < len(places) and places[at] < end


@lru_cache(maxsize=20_000)
def _edges(body: str) -> tuple[int, ...]:
    """Where the clauses of a sentence begin, and where the last one ends."""
    cuts = {match.start() for match in _CLAUSE_END.finditer(body)}
    if leading := _LEADING_UNLIKE.match(body):
        cuts.add(leading.end())
    return (0, *sorted(cut for cut in cuts if 0 < cut < len(body)), len(body))


def _by_signs(
    text: str, start: int, end: int, hits: Sequence[PhraseHit], names: Sequence[tuple[int, int]]
) -> tuple[Practice | None, str]:
    """The first sign in the clause, but a plan is a plan wherever the clause says so; a telling sign wins over a general one.

    `names` are the places of the clinic's own name, in order.
    """
    at = bisect.bisect_left(names, (start, 0))
    name = names[at] if at < len(names) and names[at][1] <= end else None
    signs = [
        (
            practice is not Practice.PLAN,
            hit.start,
            practice is Practice.GENERAL,
            -hit.end,
            practice,
            text[hit.start : hit.end],
        )
        for hit in hits
        if start <= hit.start < end
        for practice in (_AS_PRACTICE.get(hit.context) or Practice(hit.context),)
    ]
    if name:
        signs.append((True, name[0], False, -name[1], Practice.OWN, text[slice(*name)]))
    if not signs:
        return _NO_SIGN
    *_, practice, words = min(signs)
    return practice, words.strip()


def _by_block(kind: BlockKind, role: Role) -> tuple[Practice, str] | None:
    if role is Role.TESTIMONIAL or kind is BlockKind.QUOTE:
        return Practice.TESTIMONIAL, "a quotation"
    if role in (Role.MENU, Role.BANNER):
        return Practice.GENERAL, "a menu or banner"
    return None


_HEADING_SIGNS: tuple[tuple[Practice, re.Pattern[str]], ...] = (
    (
        Practice.TESTIMONIAL,
        re.compile(
            r"testimonial|reviews?$|what (?:our |my )?(?:patients|clients|people) (?:say|tell)|stories|in their words"
        ),
    ),
    (
        Practice.ADVICE,
        re.compile(r"how to (?:choose|pick|find)|what to (?:look for|ask)|questions to ask|red flags|choosing a|tips"),
    ),
    (
        Practice.STUDY,
        re.compile(
            r"what the (?:research|science|evidence|studies)|clinical (?:trials|studies)|the (?:research|science|evidence)$"
        ),
    ),
    (
        Practice.OTHER_PROVIDER,
        re.compile(r"mail[- ]order|other (?:clinics|providers|companies)|telehealth companies|versus|\bvs\b"),
    ),
    (
        Practice.GENERAL,
        re.compile(
            r"what is|history of|how does|how (?:it|ketamine) works|mechanism|about (?:depression|ptsd|anxiety)|symptoms|causes|myths?"
        ),
    ),
    (Practice.PLAN, re.compile(r"coming soon|in the future")),
    (
        Practice.OWN,
        re.compile(
            r"what to expect|our |your |how we|the process|policy|policies|fees|pricing|monitoring|safety|eligib|candidate"
            r"|before|during|after"
        ),
    ),
)


def _by_headings(path: Sequence[str], default: tuple[Practice, str]) -> tuple[Practice, str]:
    """What the nearest telling heading announces; the page's own kind where none tells."""
    for heading in reversed(path[-3:]):
        for practice in _announced(heading):
            if practice is not Practice.OWN or default[0] is Practice.OWN:
                return practice, f"under “{heading}”"
    return default


@lru_cache(maxsize=20_000)
def _announced(heading: str) -> tuple[Practice, ...]:
    """The practices that a heading announces, the most telling first."""
    folded = fold(heading)
    return tuple(practice for practice, sign in _HEADING_SIGNS if sign.search(folded))


def _by_page(page: Page, length: int, own_signs: int) -> tuple[Practice, str]:
    if page.kind is PageKind.BLOG:
        return Practice.GENERAL, "an article"
    if page.kind is PageKind.TESTIMONIALS:
        return Practice.TESTIMONIAL, "a page of testimonials"
    if page.kind in _MAY_BE_ARTICLES and length >= _LONG and own_signs < _OWN_SHARE * length:
        return Practice.GENERAL, "a long text that hardly says “we”"
    return Practice.OWN, f"the clinic's own {page.kind} page"


def _answer(page: Page, found: Sequence[Sentence], number: int, openings: Mapping[int, str]) -> tuple[str, int]:
    """What follows a question: in its block, or in the next one where the question is a heading or stands alone."""
    at = number + 1
    while at < len(found) and not _WORD.search(page.text, found[at].start, found[at].end):
        at += 1  # the sign of a toggle
    if at == len(found):
        return "", 0
    question, following = found[number], found[at]
    if following.block != question.block:
        kind = page.blocks[question.block].kind
        rest = _WORD.search(page.text, question.end, page.blocks[question.block].end)
        alone = kind in (BlockKind.HEADING, BlockKind.QUESTION) or not rest
        if not alone or page.blocks[following.block].kind is BlockKind.HEADING:
            return "", 0
    words = page.text[following.start : following.end]
    if _QUESTION_END.search(words):
        return "", 0
    before = _BEFORE_ANSWER.match(words)
    opening = following.start + (before.end() if before else 0)
    return {"answer-yes": "yes", "answer-no": "no"}.get(openings.get(opening, ""), "told"), following.end
