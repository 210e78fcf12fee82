"""`vetting evaluate`: the figures of the reader on a file of labelled pages in the gold format."""

import json
from dataclasses import asdict
from pathlib import Path

from jobs.check import InputError, lines
from scorer.evaluate import Evaluation, Labelled, evaluate
from scorer.findings import Judge


def evaluate_file(judge: Judge, path: Path) -> tuple[Evaluation, list[str]]:
    """The figures, and a line for each disagreement: criterion, page, what the label says, what was found, both quotes."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file; give labelled pages as JSON lines (docs/gold.md)")
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    pages = []
    for record, given in zip(records, lines(path), strict=True):
        found = {
            finding.criterion: (finding.verdict.value, [e.quote for e in finding.evidence if e.verdict is finding.verdict])
            for finding in judge.find(given.page)
        }
        labels = {criterion: (label["verdict"], label["quotes"]) for criterion, label in record.get("labels", {}).items()}
        pages.append(Labelled(given.id, given.page.text, labels, found))
    criteria = [criterion.id for criterion in judge.checklist.criteria]
    return evaluate(pages, criteria), list(_disagreements(pages, criteria))


def table(evaluation: Evaluation) -> str:
    """The figures as a table for a terminal."""
    lines_ = [f"{'criterion':24}{'label':>6}{'found':>6}{'prec':>6}{'rec':>6}{'F1':>6}{'95 %':>13}{'found F1':>9}{'kappa':>7}"]
    for row in evaluation.rows:
        low, high = row.interval
        lines_.append(
            f"{row.criterion:24}{row.labelled:6}{row.found:6}{row.precision:6.2f}{row.recall:6.2f}{row.f1:6.2f}"
            f"  {low:5.2f}-{high:.2f}{row.found_f1:9.2f}{row.kappa:7.2f}"
        )
    low, high = evaluation.macro_interval
    lines_.append(
        f"{evaluation.pages} pages; macro F1 {evaluation.macro_f1:.3f} ({low:.3f}-{high:.3f}); found or not "
        f"{evaluation.macro_found_f1:.3f}; pooled kappa {evaluation.pooled_kappa:.3f}; precision of raised and contradicted "
        f"{evaluation.harm_precision:.3f}; quotes exact {evaluation.quotes_exact:.3f}, overlapping {evaluation.quotes_overlap:.3f}"
    )
    return "\n".join(lines_)


def as_json(evaluation: Evaluation) -> str:
    """The figures as JSON; the confusion table as {"label>found": pages}."""
    whole = asdict(evaluation)
    for row in whole["rows"]:
        row["confusion"] = {f"{want}>{got}": count for (want, got), count in sorted(row["confusion"].items())}
    return json.dumps(whole)


def _disagreements(pages: list[Labelled], criteria: list[str]) -> list[str]:
    told = []
    for criterion in criteria:
        for page in pages:
            want, wanted = page.labels.get(criterion, ("silent", ()))
            got, quotes = page.found.get(criterion, ("silent", ()))
            if want != got:
                told.append(f"{criterion} {page.id}: label {want} {list(wanted)[:2]}, found {got} {list(quotes)[:2]}")
    return told
