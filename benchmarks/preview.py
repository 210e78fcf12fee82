"""How long a preview of a checklist edit takes over a generated corpus: `python benchmarks/preview.py [--clinics 3000] [--pages 20]
[--reader]`.

Pages are made of the checklist's own examples and of sentences that say nothing, about 3,000 characters each; 400 distinct bodies.
Of the sentences that say nothing, half name a number of the clinic's own, as menus and footers do, and half one of the page's own, so
that they stand nowhere else; every fifth body has one sentence more. Findings are those of the checklist as it is. The database is
made in a temporary folder. The taught reader is off, or with --reader on: then every page is first scored with it, as a corpus is that
lies there. So that this takes minutes and not hours, each distinct body is read once and lends what was read to the pages made of it,
each of which keeps it under its own digests. docs/performance.md gives the figures.
"""

import argparse
import random
import re
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from jobs.judge import cores, judge_pages_together, sentence_digest, version_of
from jobs.preview import preview
from jobs.read import as_rows
from scorer.checklist import Checklist, load_checklist
from scorer.findings import Judge
from scorer.markdown import read_markdown
from scorer.passages import passages
from scorer.phrases import Phrase
from scorer.reader import Reader
from scorer.text import READ_VERSION
from scorer.verdicts import Verdict
from store.encodings import Encodings
from store.engine import count_rows, open_engine, session
from store.models import Clinic, CrawlRun, Finding, Page, Snapshot, Visit, now
from store.settings import Settings

ROOT = Path(__file__).parent.parent
BODIES = 400
CHARACTERS = 3000
OF_CLINIC, OF_PAGE = "00001", "00002"  # stand for numbers of as many figures, so that every offset holds
SOMETIMES = "The bicycle rack stands under the roof."
SAYS_NOTHING = (
    f"Parking is behind house {OF_CLINIC} and the tram stops at the corner.", f"Room {OF_PAGE} has plants and a water cooler.",
    f"Call the front desk at extension {OF_CLINIC} for opening hours and directions.",
    f"Door {OF_PAGE} was renovated with light colours and wide handles.",
    f"Form {OF_PAGE} can be picked up at the desk or printed at home.",
    f"Around number {OF_CLINIC} there are cafes and a small park.",
)  # fmt: skip


def bodies(checklist: Checklist, chance: random.Random) -> list[str]:
    """Distinct page bodies of about CHARACTERS characters."""
    examples = [example.text for criterion in checklist.criteria for example in criterion.examples]
    made = []
    for _ in range(BODIES):
        parts = ["# What to expect"]
        while sum(map(len, parts)) < CHARACTERS:
            parts.append(
                " ".join(chance.choice(examples if chance.random() < 0.25 else SAYS_NOTHING) for _ in range(4))
            )
            if chance.random() < 0.2:
                parts.append(f"## {chance.choice(('Your visit', 'Good to know', 'Afterwards', 'Prices'))}")
        if len(made) % 5 == 0:
            parts.append(SOMETIMES)
        made.append("\n\n".join(parts))
    return made


def fill(engine: Any, judge: Judge, clinics: int, pages: int) -> list[str]:
    """Write the corpus: clinics, visits, snapshots, pages, findings; the bodies that its pages are made of."""
    chance = random.Random(11)
    judged = []
    made = bodies(judge.checklist, chance)
    for body in made:
        page = _page(body)
        judged.append((body, page.kind.value, as_rows(page), judge.find(page)))
    with session(engine) as opened:
        opened.add(CrawlRun(id=1, state="finished"))
        opened.flush()
        at = now()
        for number in range(1, clinics + 1):
            name = f"clinic-{number}"
            opened.add(
                Clinic(
                    id=number,
                    slug=name,
                    name=f"Clinic {number}",
                    url=f"https://{name}.example/",
                    website=f"{name}.example",
                )
            )
            opened.add(Visit(id=number, run_id=1, clinic_id=number, outcome="complete"))
        opened.flush()
        for first in range(1, clinics + 1, 100):
            rows: dict[Any, list[dict[str, Any]]] = {Page: [], Snapshot: [], Finding: []}
            for clinic in range(first, min(first + 100, clinics + 1)):
                for place in range(pages):
                    key = (clinic - 1) * pages + place + 1
                    body, kind, blocks, findings = chance.choice(judged)
                    text = body.replace(OF_CLINIC, f"{clinic:05}").replace(OF_PAGE, f"{key:05}")
                    rows[Page].append({
                        "id": key, "clinic_id": clinic, "text_digest": f"{key:064x}", "title": "What to expect", "kind": kind,
                        "language": "en", "text": text, "facts": [],
                        "blocks": blocks,
                        "read_version": READ_VERSION, "scored_with": version_of(judge),
                    })  # fmt: skip
                    rows[Snapshot].append({
                        "id": key, "clinic_id": clinic, "visit_id": clinic, "url": f"https://clinic-{clinic}.example/{place}",
                        "status": 200, "fetched_at": at, "digest": f"sha1:{key}", "page_id": key,
                        "warc_offset": 0, "marks": [],
                    })  # fmt: skip
                    rows[Finding] += [
                        {
                            "page_id": key, "clinic_id": clinic, "criterion": f.criterion, "verdict": e.verdict.value,
                            "confidence": e.confidence.value, "quote": text[e.start : e.end], "start": e.start, "end": e.end,
                            "heading_path": list(e.heading_path), "reason": {**e.reason.as_json(), "page_verdict": f.verdict.value},
                            "sentence_digest": sentence_digest(e.quote),
                        }
                        for f in findings for e in f.evidence
                    ]  # fmt: skip
            for table, many in rows.items():
                opened.execute(insert(table), many)
    count_rows(engine)
    return made


class Memory(dict[str, bytes]):
    """A keep in memory. Fits scorer.reader.Keep."""

    def get(self, digests: Sequence[str]) -> Mapping[str, bytes]:  # type: ignore[override]
        """What is kept for these digests."""
        return {digest: self[digest] for digest in digests if digest in self}

    put = dict.update


def lend_readings(engine: Any, made: Sequence[str]) -> None:
    """Read each body once and keep what was read, sentence by sentence, for every page that was made of it."""
    reader = Reader(keep=(memory := Memory()))
    rows = {}
    for body in made:
        digests = reader.read(_page(body)).passages
        read = np.concatenate([np.frombuffer(memory[digest], np.float16) for digest in digests])
        sentences = sum(len(part.sentences) for part in passages(_page(body), reader.tokenizer)[1])
        rows[_of_body(body)] = read.reshape(sentences, -1)
    keep = Encodings(engine)
    with engine.connect() as connection:
        texts = connection.execution_options(yield_per=500).execute(select(Page.text))
        for some in texts.partitions():
            kept = {}
            for (text,) in some:
                for part in passages(_page(text), reader.tokenizer)[1]:
                    lent = rows[_of_body(text)][list(part.sentences)]
                    kept[reader.version + part.digest()[:40]] = lent.tobytes()
            keep.put(kept)


def _page(text: str) -> Any:
    return read_markdown(text, title="What to expect", address="/what-to-expect")


def _of_body(text: str) -> str:
    """What pages of one body share: all but their numbers."""
    return re.sub(r"\d", "", text)


def edits(old: Checklist) -> dict[str, Checklist]:
    """Edits as maintainers make them: a phrase added, many of a core criterion removed, a context phrase added; and the costliest:
    a context phrase that stands on every page, so that every page is judged anew on every criterion."""

    def with_phrases(name: str, change: Any) -> Checklist:
        criteria = [replace(c, phrases=change(c.phrases)) if c.id == name else c for c in old.criteria]
        return replace(old, version=f"edit-{name}", criteria=tuple(criteria))

    def with_context(phrase: str) -> Checklist:
        context = {**old.context, "plan": (*old.context["plan"], Phrase(phrase))}
        return replace(old, version="edit-context", context=context)

    added = Phrase("picked up at the desk", Verdict.PARTIAL)
    return {
        "a phrase added that stands on most pages": with_phrases("follow-up", lambda p: (*p, added)),
        "half of the phrases of vital-signs removed": with_phrases("vital-signs", lambda p: p[::2]),
        "a phrase added to a context label": with_context("bicycle rack"),
        "the same with a phrase that stands on every page": with_context("[parking|tram]"),
    }


def _processor_seconds() -> float:
    """What this process and its ended children have used; tells the work done on a machine that others use too."""
    return sum(
        use.ru_utime + use.ru_stime for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    """Make the corpus, time each edit, print a line each."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--clinics", type=int, default=3000)
    given.add_argument("--pages", type=int, default=20)
    given.add_argument("--reader", action="store_true")
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment(
            {"VETTING_DATA_DIR": folder, "VETTING_TAUGHT_READER": "yes" if options.reader else "no"}
        )
        engine = open_engine(settings.database_url)
        old = load_checklist(ROOT / "checklist.yaml")
        began = time.perf_counter()
        made = fill(engine, Judge(old), options.clinics, options.pages)
        if options.reader:
            lend_readings(engine, made)
            numbers = range(1, options.clinics * options.pages + 1)
            judge = Judge(old, Reader(keep=Encodings(engine)))
            for _ in judge_pages_together(settings.database_url, judge, numbers, cores()):
                pass
            count_rows(engine)
        print(
            f"corpus of {options.clinics} clinics with {options.pages} pages made in {time.perf_counter() - began:.0f} s; "
            f"{cores()} processes"
        )
        for words, new in edits(old).items():
            began, worked = time.perf_counter(), _processor_seconds()
            found = preview(engine, old, new, settings=settings)
            took, worked = time.perf_counter() - began, _processor_seconds() - worked
            print(
                f"{took:6.1f} s ({worked:.1f} s of processor time, {1000 * worked / found.pages:.2f} ms a page)  {words}: "
                f"{found.pages} pages looked through, {found.judged} judged, {found.clinics} clinics with other findings, "
                f"{sum(found.flip_counts.values())} verdicts flip",
                flush=True,
            )


if __name__ == "__main__":
    main()
