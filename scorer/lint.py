"""Whether a checklist is well kept: every fault that stops its load, and what its examples leave uncovered."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from scorer.checklist import Checklist, ChecklistError, Criterion, Example, load_checklist
from scorer.phrases import Phrase, PhraseMatcher, fold, spans
from scorer.rulefile import Problem
from scorer.verdicts import Verdict

LEAST_EXAMPLES = 3
LEAST_SILENT = 5


def lint(path: Path | str, *, examples: bool = True) -> list[Problem]:
    """Every problem of the file in order of its lines; an empty list where there is none.

    `examples=False` leaves out the slower look at which phrase finds which example.
    """
    try:
        checklist = load_checklist(path)
    except ChecklistError as error:
        return list(error.problems)
    problems = [problem for criterion in checklist.criteria for problem in _too_few(criterion)]
    if examples:
        problems += _uncovered(checklist)
    return sorted(problems, key=lambda problem: (problem.line, problem.field))


def _too_few(criterion: Criterion) -> Iterator[Problem]:
    """A criterion needs examples of every verdict that its phrases can give, and of silence."""
    given = [phrase.verdict for phrase in criterion.phrases]
    for verdict in criterion.verdicts:
        count = sum(example.verdict is verdict for example in criterion.examples)
        if verdict in given and count < LEAST_EXAMPLES:
            yield _few(criterion, verdict, count, LEAST_EXAMPLES)
    silent = sum(example.verdict is Verdict.SILENT for example in criterion.examples)
    if silent < LEAST_SILENT:
        yield _few(criterion, Verdict.SILENT, silent, LEAST_SILENT)


def _few(criterion: Criterion, verdict: Verdict, count: int, least: int) -> Problem:
    return Problem(
        criterion.line,
        f"{criterion.id}.examples.{verdict}",
        f"{count} of at least {least} examples",
        f"Add {least - count} sentences that a clinic could write",
    )


def _uncovered(checklist: Checklist) -> Iterator[Problem]:
    """Phrases and exceptions that no example uses, and examples that no phrase finds."""
    matcher = PhraseMatcher(checklist)
    for criterion in checklist.criteria:
        used: set[Phrase] = set()
        for example in criterion.examples:
            found = {hit.phrase for hit in matcher.find(example_text(example)) if hit.criterion == criterion.id}
            used |= found
            if example.verdict is not Verdict.SILENT and not any(_gives(phrase, example.verdict) for phrase in found):
                yield Problem(
                    example.line,
                    f"{criterion.id}.examples.{example.verdict}",
                    f'no phrase finds "{example.text}"',
                    f"Add or widen a phrase under {example.verdict}, or move the example",
                )
        yield from _dead(criterion, used)
        yield from _dead_exceptions(criterion)
    yield from _dead_context(checklist, matcher)


def example_text(example: Example) -> str:
    """The example with its heading and what stands before it, as it would stand on a page."""
    return "\n\n".join(part for part in (example.heading, example.before, example.text) if part)


def _gives(phrase: Phrase, verdict: Verdict) -> bool:
    """Whether a phrase can give the verdict: as it stands, or turned round by a "no" around it."""
    turned = {
        Verdict.STATED: Verdict.CONTRADICTED,
        Verdict.PARTIAL: Verdict.CONTRADICTED,
        Verdict.RAISED: Verdict.DENIED,
    }
    if phrase.verdict is verdict:
        return True
    return phrase.verdict is not None and not phrase.negation_inside and turned.get(phrase.verdict) is verdict


def _dead(criterion: Criterion, used: set[Phrase]) -> Iterator[Problem]:
    for phrase in criterion.phrases:
        if phrase not in used:
            yield Problem(
                phrase.line,
                f"{criterion.id}.{phrase.verdict}",
                f'no example uses the phrase "{phrase.text}"',
                "Add an example that it finds, or remove it",
            )


def _dead_exceptions(criterion: Criterion) -> Iterator[Problem]:
    texts = [fold(example_text(example)) for example in criterion.examples]
    for verdict in criterion.verdicts:
        lines = {phrase.unless: phrase.line for phrase in reversed(criterion.phrases) if phrase.verdict is verdict}
        for exceptions, line in lines.items():
            for exception in exceptions:
                if not _stands_in_any(exception, texts):
                    yield Problem(
                        line,
                        f"{criterion.id}.{verdict}.unless",
                        f'no example uses the exception "{exception}"',
                        "Add a silent example that it keeps out, or remove it",
                    )


def _stands_in_any(phrase: str, folded_texts: Iterable[str]) -> bool:
    return any(True for text in folded_texts for _ in spans(phrase, text))


def _dead_context(checklist: Checklist, matcher: PhraseMatcher) -> Iterator[Problem]:
    used: set[tuple[str, Phrase]] = set()
    for example in checklist.context_examples:
        found = {hit.phrase for hit in matcher.find(example.text) if hit.context == example.label}
        used |= {(example.label, phrase) for phrase in found}
        if not found:
            yield Problem(
                example.line,
                f"context[{example.label}].examples",
                f'no phrase finds "{example.text}"',
                "Add a phrase under any, or move the example",
            )
    for label, phrases in checklist.context.items():
        for phrase in phrases:
            if (label, phrase) not in used:
                yield Problem(
                    phrase.line,
                    f"context[{label}].any",
                    f'no example uses the phrase "{phrase.text}"',
                    "Add an example to the label, or remove it",
                )
