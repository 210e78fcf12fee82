"""Findings and the checklist as text for a terminal, worded as design.md words verdicts."""

from collections.abc import Sequence

from scorer.checklist import Checklist, Criterion
from scorer.findings import Judge, Looked
from scorer.page import Page
from scorer.verdicts import Verdict
from scorer.voices import Voice

_WORDS = {
    Verdict.STATED: "states that",
    Verdict.PARTIAL: "states part of it:",
    Verdict.CONTRADICTED: "states the opposite:",
    Verdict.RAISED: "the page says:",
    Verdict.DENIED: "states that it does not:",
}


def told(judge: Judge, source: str, page: Page) -> str:
    """What a page states, criterion by criterion, with its quotes; what was not found, with the question to ask."""
    lines = [f"{source}: {page.title or 'untitled'} ({page.kind} page)"]
    found = {finding.criterion: finding for finding in judge.find(page)}
    for criterion in judge.checklist.criteria:
        if finding := found.get(criterion.id):
            lines.append(
                f"  {criterion.id}: {_WORDS[finding.verdict]} {_stated(criterion, finding.verdict)}({finding.confidence})"
            )
            lines += [
                f"      “{evidence.quote}”" for evidence in finding.evidence if evidence.verdict is finding.verdict
            ]
    silent = [criterion for criterion in judge.checklist.criteria if criterion.id not in found]
    if silent:
        lines.append("  not found on this page; ask:")
        lines += [f"      {criterion.question}" for criterion in silent if not criterion.is_flag]
    return "\n".join(lines)


def explained(judge: Judge, page: Page) -> str:
    """Whose page it seems to be; then sentence by sentence whose practice it tells of, what matched, what set it aside or turned it
    round, what the reader gives."""
    looked = judge.look(page)
    left_out = judge.left_out(looked)
    chance = looked.chance_of_others()
    lines = (
        []
        if chance is None
        else [f"the page as a whole: the reader's guess that it tells of others' practice only: {chance:.2f}"]
    )
    for number, sentence in enumerate(looked.sentences):
        context = looked.contexts[number]
        clauses = "; ".join(dict.fromkeys(f"{clause.practice} ({clause.sign})" for clause in context.clauses))
        answer = f"; answered: {context.answer}" if context.answer else ""
        lines.append(f"“{page.text[sentence.start : sentence.end]}”\n    tells of: {clauses}{answer}")
        lines += [
            f"    {line}"
            for criterion in judge.checklist.criteria
            for line in _explained(judge, looked, number, criterion, left_out.get(number, ()))
        ]
    return "\n".join(lines)


def _explained(judge: Judge, looked: Looked, number: int, criterion: Criterion, left_out: Sequence[Voice]) -> list[str]:
    """Why one sentence counts, or not, for one criterion; nothing where neither a phrase nor the reader looked at it."""
    lines = []
    for voice in (*looked.voices.get(number, ()), *left_out):
        if voice.criterion == criterion.id:
            outcome = f"speaks for {voice.verdict}" if voice.verdict else "set aside"
            lines.append(f"{criterion.id}: phrase “{voice.phrase}” {outcome} ({'; '.join(voice.context)})")
    given = judge.odds(looked, number, criterion)
    likely = {verdict: probability for verdict, probability in given.items() if probability >= 0.1}
    if likely and looked.reading is not None:
        shares = ", ".join(
            f"{verdict} {probability:.2f}" for verdict, probability in sorted(likely.items(), key=lambda item: -item[1])
        )
        lines.append(f"{criterion.id}: with the taught reader: {shares}")
    return lines


def shown_checklist(checklist: Checklist, wanted: str | None) -> str:
    """The list of criteria by group, or everything about one. Raises ValueError for an id that is not in the checklist."""
    if wanted is None:
        lines = [f"{checklist.title} (version {checklist.version})"]
        for group in checklist.groups:
            lines.append(f"\n{group.title}")
            lines += [f"  {c.id}{' (core)' if c.core else ''}: {c.title}" for c in checklist.of_group(group.id)]
        return "\n".join(lines)
    criterion = checklist.by_id.get(wanted)
    if criterion is None:
        raise ValueError(f"{wanted}: no such criterion; `vetting checklist show` lists them")
    lines = [
        criterion.title,
        f"Ask: {criterion.question}",
        f"Why: {criterion.why}",
        f"Whose rule: {criterion.rule}",
        "Phrases:",
    ]
    lines += [f"  line {p.line}: {p.verdict}: {p.text}" for p in criterion.phrases]
    lines += ["Examples:", *(f"  line {e.line}: {e.verdict}: {e.text}" for e in criterion.examples)]
    return "\n".join(lines)


def _stated(criterion: Criterion, verdict: Verdict) -> str:
    return f"{criterion.states} " if verdict is Verdict.STATED else ""
