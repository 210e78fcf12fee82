"""Why does this sentence count, or not? A text as a judge sees it, sentence by sentence, for people who keep the checklist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scorer.findings import Judge, Looked
from scorer.markdown import read_markdown
from scorer.verdicts import Finding
from scorer.voices import Voice

WORTH_TELLING = 0.1  # a probability below it is not shown


@dataclass(frozen=True, slots=True)
class Heard:
    """What one criterion made of one sentence: the phrase ("" where none matched) and why it counts or is set aside, the
    verdict that the phrase speaks for, the probabilities, and the verdict that the sentence ends with ("" for silent)."""

    criterion: str
    phrase: str
    spoke_for: str
    why: Sequence[str]
    odds: Mapping[str, float]
    verdict: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One sentence: whose practice it tells of, what was heard in it, and (start, end, counts) of the words that matched."""

    text: str
    tells_of: Sequence[str]
    heard: Sequence[Heard]
    marks: Sequence[tuple[int, int, bool]]


@dataclass(frozen=True, slots=True)
class Trial:
    """Every sentence of a text, the findings that the page as a whole would have, and how likely the taught reader thinks it that the
    page tells of others' practice only (None where it has not read)."""

    sentences: Sequence[Tried]
    findings: tuple[Finding, ...]
    chance_of_others: float | None


def try_text(judge: Judge, text: str, *, title: str = "", address: str = "") -> Trial:
    """A text explained as if it were a page of its own."""
    page = read_markdown(text, title=title, address=address or "/")
    looked = judge.look(page)
    findings, left_out = judge.judge(looked), judge.left_out(looked)
    tried = [
        _tried(judge, looked, findings, number, left_out.get(number, ())) for number in range(len(looked.sentences))
    ]
    return Trial(tried, findings, looked.chance_of_others())


def _tried(judge: Judge, looked: Looked, findings: Sequence[Finding], number: int, left_out: Sequence[Voice]) -> Tried:
    sentence, context = looked.sentences[number], looked.contexts[number]
    voices = [*looked.voices.get(number, ()), *left_out]
    heard = []
    for criterion in judge.checklist.criteria:
        mine = [voice for voice in voices if voice.criterion == criterion.id]
        odds = {v.value: p for v, p in judge.odds(looked, number, criterion).items() if p >= WORTH_TELLING}
        ends_with = next(
            (
                e.verdict.value for finding in findings if finding.criterion == criterion.id
                for e in finding.evidence if e.start <= sentence.start and sentence.end <= e.end
            ),
            "",
        )  # fmt: skip
        for voice in mine:
            spoke = voice.verdict.value if voice.verdict else ""
            heard.append(Heard(criterion.id, voice.phrase, spoke, voice.context, odds, ends_with))
        if not mine and (odds or ends_with):
            heard.append(Heard(criterion.id, "", "", (), odds, ends_with))
    marks = [
        (v.hit.start - sentence.start, min(v.hit.end, sentence.end) - sentence.start, v.verdict is not None)
        for v in voices
    ]
    tells_of = list(dict.fromkeys(f"{clause.practice}: {clause.sign}" for clause in context.clauses))
    return Tried(looked.page.text[sentence.start : sentence.end], tells_of, heard, marks)
