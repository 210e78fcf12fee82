"""`vetting evaluate`: the figures of the reader on labelled pages, and the pages and files that show them to the public."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from jobs.check import Input, InputError, lines
from scorer.assessment import together
from scorer.checklist import Checklist
from scorer.evaluate import Evaluation, Labelled, Share, evaluate
from scorer.findings import Judge
from scorer.verdicts import Verdict

Labels = Mapping[str, tuple[str, Sequence[str]]]


def labelled_file(path: Path) -> list[tuple[Input, Labels]]:
    """The pages and labels of a file in the gold format (docs/gold.md). Raises InputError for a file that is not in it."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file; give labelled pages as JSON lines (docs/gold.md)")
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    pages: list[tuple[Input, Labels]] = []
    for record, given in zip(records, lines(path), strict=True):
        labels = record.get("labels", {})
        if not isinstance(labels, dict):
            raise InputError(f'{given.source}: "labels" must be an object of {{criterion: {{"verdict", "quotes"}}}}')
        pages.append((given, {criterion: (label["verdict"], label["quotes"]) for criterion, label in labels.items()}))
    return pages


def compare(judge: Judge, pages: Iterable[tuple[Input, Labels]]) -> list[Labelled]:
    """Each page's labels beside what was found on it."""
    compared = []
    for given, labels in pages:
        findings = judge.find(given.page)
        found = {
            finding.criterion: (
                finding.verdict.value,
                [e.quote for e in finding.evidence if e.verdict is finding.verdict],
            )
            for finding in findings
        }
        bands = {finding.criterion: finding.confidence.value for finding in findings}
        compared.append(Labelled(given.id, given.page.text, labels, found, bands, given.kind, given.page.clinic))
    return compared


def evaluate_pages(judge: Judge, pages: Iterable[tuple[Input, Labels]]) -> tuple[Evaluation, list[str]]:
    """The figures, and a line for each disagreement: criterion, page, what the label says, what was found, both quotes."""
    compared = compare(judge, pages)
    criteria = [criterion.id for criterion in judge.checklist.criteria]
    practice = [c.id for c in judge.checklist.criteria if not c.is_flag and not c.general_counts]
    return evaluate(compared, criteria, practice=practice), _disagreements(compared, criteria)


def evaluate_clinics(judge: Judge, pages: Iterable[tuple[Input, Labels]]) -> Evaluation:
    """The figures clinic by clinic: labels and findings of all its pages rolled up first, as the site shows them."""
    of_clinic: dict[str, list[Labelled]] = defaultdict(list)
    for page in compare(judge, pages):
        of_clinic[page.clinic].append(page)
    return evaluate(
        [
            Labelled(
                clinic,
                "\n".join(page.text for page in own),
                _rolled_up([page.labels for page in own], judge.checklist),
                _rolled_up([page.found for page in own], judge.checklist),
                clinic=clinic,
            )
            for clinic, own in of_clinic.items()
        ],
        [criterion.id for criterion in judge.checklist.criteria],
    )


def _rolled_up(pages: Sequence[Labels], checklist: Checklist) -> Labels:
    rolled = {}
    for criterion in checklist.criteria:
        said = [page[criterion.id] for page in pages if criterion.id in page]
        if said:
            verdict = together({Verdict(verdict) for verdict, _ in said}, flag=criterion.is_flag).value
            quotes = [q for v, quotes in said for q in quotes if v == verdict or verdict == Verdict.CONFLICTING.value]
            rolled[criterion.id] = (verdict, quotes)
    return rolled


def corpus_digest(pages: Iterable[tuple[Input, Labels]]) -> str:
    """What tells one set of labelled pages from another: a digest of their texts and labels."""
    whole = sha256()
    for given, labels in pages:
        whole.update(repr((given.page.text, sorted((c, v) for c, (v, _) in labels.items()))).encode())
    return whole.hexdigest()[:16]


def table(evaluation: Evaluation) -> str:
    """The figures as a table for a terminal."""
    rows = [
        f"{'criterion':24}{'label':>6}{'found':>6}{'prec':>6}{'rec':>6}{'F1':>6}{'95 %':>13}{'found F1':>9}{'kappa':>7}"
    ]
    for row in evaluation.rows:
        low, high = row.interval
        rows.append(
            f"{row.criterion:24}{row.labelled:6}{row.found:6}{row.precision:6.2f}{row.recall:6.2f}{row.f1:6.2f}"
            f"  {low:5.2f}-{high:.2f}{row.found_f1:9.2f}{row.kappa:7.2f}"
        )
    return "\n".join([*rows, *map(_told, evaluation.kinds), *map(_told, evaluation.bands), summary(evaluation)])


def _told(share: Share) -> str:
    known = f"{share.name or 'pages':24}{share.found:12}{share.precision:6.2f}"
    return known if share.f1 != share.f1 else f"{known}{share.recall:6.2f}{share.f1:6.2f}  ({share.pages} pages)"


def summary(evaluation: Evaluation) -> str:
    """The figures over all criteria in one line."""
    low, high = evaluation.macro_interval
    return (
        f"{evaluation.pages} pages; macro F1 {evaluation.macro_f1:.3f} ({low:.3f}-{high:.3f}); found or not "
        f"{evaluation.macro_found_f1:.3f}; pooled kappa {evaluation.pooled_kappa:.3f}; precision of raised and contradicted "
        f"{evaluation.harm_precision:.3f}; quotes exact {evaluation.quotes_exact:.3f}, overlapping "
        f"{evaluation.quotes_overlap:.3f}; false practice findings a page that is no clinic's own {evaluation.false_on_others:.2f}"
    )


def as_json(evaluation: Evaluation) -> str:
    """The figures as JSON; the confusion table as {"label>found": pages}."""
    whole = asdict(evaluation)
    for row in whole["rows"]:
        row["confusion"] = {f"{want}>{got}": count for (want, got), count in sorted(row["confusion"].items())}
    return json.dumps(whole)


def figures(evaluation: Evaluation, corpus: str, measured_on: str) -> dict[str, Any]:
    """The figures as the methodology page shows them (data/accuracy.json)."""
    return {
        "measured_on": measured_on,
        "corpus": corpus,
        "pages": evaluation.pages,
        "macro_f1": round(evaluation.macro_f1, 3),
        "criteria": {
            row.criterion: {
                "precision": _rounded(row.precision),
                "recall": _rounded(row.recall),
                "f1": _rounded(row.f1),
                "kappa": _rounded(row.kappa),
                "n": row.labelled,
            }
            for row in evaluation.rows
        },
    }


def markdown(evaluation: Evaluation, corpus: str, command: str) -> str:
    """docs/accuracy.md: what the system gets right and wrong, for the public."""
    rows = [
        "# How well the reader reads",
        "",
        (
            f"Made by `{command}`; do not edit. {evaluation.pages} labelled pages that the reader was not taught with (corpus "
            f"{corpus}). Precision: of what it found, the share that the label gives too. Recall: of what the label gives, the share "
            "that it found. Both count only the exact verdict."
        ),
        "",
        summary(evaluation) + ".",
        "",
        "| criterion | labelled | found | precision | recall | F1 | 95 % | found or not F1 | kappa | commonest errors (label → found) |",
        "|---|--:|--:|--:|--:|--:|---|--:|--:|---|",
    ]
    for row in evaluation.rows:
        low, high = row.interval
        wrong = Counter({pair: count for pair, count in row.confusion.items() if pair[0] != pair[1]}).most_common(2)
        errors = ", ".join(f"{want} → {got}: {count}" for (want, got), count in wrong)
        rows.append(
            f"| {row.criterion} | {row.labelled} | {row.found} | {row.precision:.2f} | {row.recall:.2f} | {row.f1:.2f} | "
            f"{low:.2f}–{high:.2f} | {row.found_f1:.2f} | {row.kappa:.2f} | {errors} |"
        )
    rows += [
        "",
        "By kind of page, all criteria together:",
        "",
        "| kind | pages | found | precision | recall | F1 |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {kind.name} | {kind.pages} | {kind.found} | {kind.precision:.2f} | {kind.recall:.2f} | {kind.f1:.2f} |"
        for kind in evaluation.kinds
    ]
    rows += [
        "",
        "By the confidence that is shown beside a finding, how often its verdict is exactly right:",
        "",
        "| confidence | found | right |",
        "|---|--:|--:|",
    ]
    rows += [f"| {band.name} | {band.found} | {band.precision:.2f} |" for band in evaluation.bands]
    return "\n".join(rows) + "\n"


def _rounded(value: float) -> float | None:
    return None if value != value else round(value, 3)


def _disagreements(pages: Sequence[Labelled], criteria: Sequence[str]) -> list[str]:
    told = []
    for criterion in criteria:
        for page in pages:
            want, wanted = page.labels.get(criterion, ("silent", ()))
            got, quotes = page.found.get(criterion, ("silent", ()))
            if want != got:
                told.append(f"{criterion} {page.id}: label {want} {list(wanted)[:2]}, found {got} {list(quotes)[:2]}")
    return told
