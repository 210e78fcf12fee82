"""The weight of phrases beside the taught reader, chosen on held-out lessons so that the product's verdicts are best, not the network's.

`python -m teaching.calibrate` chooses it anew for the shipped reader, after phrases have changed much; it needs no torch.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from jobs.check import Input
from jobs.evaluate import evaluate_pages
from scorer.checklist import Checklist, load_checklist
from scorer.findings import Judge
from scorer.reader import MODEL, Reader
from teaching.dataset import Item, items

_WEIGHTS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
_AS_WELL = 0.01


def calibrate(folder: Path, checklist: Checklist, held: Sequence[Item]) -> str:
    """Choose the weight, write it into the manifest, and tell what each gives on these pages."""
    pages = [
        (Input(item.name, item.page, item.name), {c: (verdict, ()) for c, verdict in item.verdicts.items()})
        for item in held
        if not item.name.startswith("checklist.yaml")
    ]
    judge = Judge(checklist, Reader(folder))
    assert judge.reader is not None
    gained = {}
    for weight in _WEIGHTS:
        judge.reader.phrase_weight = weight
        gained[weight] = evaluate_pages(judge, pages)[0].macro_f1
    # Of weights that do as well, the least: a phrase that speaks too loudly lets a wrong "raised" or "contradicted" through.
    best = min(weight for weight in gained if gained[weight] >= max(gained.values()) - _AS_WELL)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["phrase_weight"] = best
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    figures = ", ".join(f"{weight:g}: {f1:.3f}" for weight, f1 in gained.items())
    return f"macro F1 on {len(pages)} held-out pages by the weight of phrases: {figures}; chosen {best:g}"


@click.command()
@click.option("--lessons", default="data/teaching", show_default=True, type=click.Path(path_type=Path))
@click.option("--model", default=MODEL, show_default=True, type=click.Path(path_type=Path))
def main(lessons: Path, model: Path) -> None:
    """Choose weights and thresholds anew."""
    checklist = load_checklist("checklist.yaml")
    pages = items(lessons, checklist, Reader(model).tokenizer)
    click.echo(calibrate(model, checklist, [page for page in pages if page.chosen_on]))


if __name__ == "__main__":
    main()
