"""The taught reader: its files, its keep, and what new examples teach it."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jobs.show import explained
from scorer.checklist import Example, load_checklist
from scorer.findings import Judge
from scorer.markdown import read_markdown
from scorer.page import Page
from scorer.reader import MODEL, ModelError, Reader
from scorer.verdicts import Verdict

CHECKLIST = load_checklist("checklist.yaml")
READER = Reader()


class Kept:
    """A keep in memory that counts what it is given."""

    def __init__(self) -> None:
        self.scores: dict[str, bytes] = {}
        self.given = 0

    def get(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        return {digest: self.scores[digest] for digest in digests if digest in self.scores}

    def put(self, scores: Mapping[str, bytes]) -> None:
        self.given += len(scores)
        self.scores.update(scores)


def page(text: str, clinic: str = "") -> Page:
    return read_markdown(text, title="What to expect", address="/what-to-expect", clinic=clinic)


def verdict(judge: Judge, criterion: str, text: str) -> str:
    return {f.criterion: f.verdict.value for f in judge.find(page(text))}.get(criterion, "silent")


def test_it_reads_what_no_phrase_names() -> None:
    judge = Judge(CHECKLIST, READER)
    assert (
        verdict(judge, "vital-signs", "There's a cuff on one arm and a clip on your finger until the drip is out.")
        == "stated"
    )


def test_every_sentence_has_scores_that_add_up_to_one() -> None:
    reading = READER.read(page("We check your pulse. Parking is free.\n\n- A nurse stays with you."))
    assert np.allclose(reading.scores.sum(axis=-1), 1, atol=0.01)


def test_a_passage_that_was_read_before_is_not_read_again() -> None:
    kept = Kept()
    reader = Reader(keep=kept)
    text = page("We check your pulse every ten minutes. Parking is free.")
    reader.read(text)
    once = kept.given
    reader.read(text)
    assert (once, kept.given) == (1, 1)


def test_kept_scores_make_the_same_reading() -> None:
    reader = Reader(keep=Kept())
    text = page("We check your pulse every ten minutes. Parking is free.")
    assert np.array_equal(reader.read(text).scores, reader.read(text).scores)


LONG = page("\n\n".join(f"Room {n} has a window. A nurse takes your pulse by door {n}." for n in range(80)))


def test_a_page_whose_passages_are_known_reads_the_same_without_its_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(keep=Kept())
    first = reader.read(LONG)
    monkeypatch.setattr("scorer.reader.passages", lambda *_: pytest.fail("the page was taken apart again"))
    again = reader.read(LONG, first.passages)
    assert len(first.passages) > 1
    assert again.sentences == first.sentences
    assert np.array_equal(again.scores, first.scores)
    assert np.array_equal(again.vectors, first.vectors)


@pytest.mark.parametrize("kept_of", [None, LONG], ids=["not kept", "of another page"])
def test_passages_that_cannot_be_the_pages_are_not_believed(kept_of: Page | None) -> None:
    reader = Reader(keep=Kept())
    before = reader.read(kept_of).passages if kept_of else ("gone",)
    text = page("We check your pulse every ten minutes. Parking is free.")
    assert np.array_equal(reader.read(text, before).scores, READER.read(text).scores)


def test_a_long_page_is_read_in_passages_and_every_sentence_once() -> None:
    text = page(
        "\n\n".join(f"Room {n} has a window that looks at the river and a chair by the door." for n in range(120))
    )
    reading = READER.read(text)
    assert len(reading.sentences) == 120
    assert bool((reading.scores.sum(axis=(1, 2)) > 0).all())


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    with (tmp_path / "model" / "tokenizer.json").open("a") as stream:
        stream.write(" ")
    with pytest.raises(ModelError, match=r"tokenizer\.json: missing or altered"):
        Reader(tmp_path / "model")


def test_a_missing_manifest_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="make teach"):
        Reader(tmp_path)


def test_a_new_example_teaches_at_once() -> None:
    text = "The quokka in the lobby writes down your sugar level hourly."
    example = Example(Verdict.STATED, text)
    criteria = tuple(
        replace(c, examples=(*c.examples, example)) if c.id == "vital-signs" else c for c in CHECKLIST.criteria
    )
    before = Judge(CHECKLIST, READER)
    after = Judge(replace(CHECKLIST, criteria=criteria), READER)
    number = 0
    criterion = CHECKLIST.by_id["vital-signs"]
    looked = before.look(page(text))
    assert (
        after.odds(looked, number, criterion)[Verdict.STATED] > before.odds(looked, number, criterion)[Verdict.STATED]
    )


def test_a_finding_says_why() -> None:
    judge = Judge(CHECKLIST, READER)
    finding = next(
        f for f in judge.find(page("We check your blood pressure every ten minutes.")) if f.criterion == "vital-signs"
    )
    reason = finding.evidence[0].reason
    assert reason.phrase
    assert reason.context
    assert reason.probability > 0.5


def test_a_criterion_by_itself_is_judged_as_among_all_others() -> None:
    text = page("A nurse stays with you. We check your pulse. Bring a friend to see you home.")
    alone = [replace(CHECKLIST, criteria=(criterion,)) for criterion in CHECKLIST.criteria]
    assert [f for one in alone for f in Judge(one, READER).find(text)] == list(Judge(CHECKLIST, READER).find(text))


def test_one_page_gives_the_same_findings_twice() -> None:
    judge = Judge(CHECKLIST, READER)
    text = page("A nurse stays with you. We check your pulse. You need a driver.")
    assert judge.find(text) == judge.find(text)


def test_a_page_without_a_sentence_has_no_findings() -> None:
    assert Judge(CHECKLIST, READER).find(page("")) == ()


OWN = """# Your first day

We take your history before we book anything, and Dr. Imre Salko, our psychiatrist, decides. A nurse sits with you and reads your blood
pressure every ten minutes. You stay for an hour after the drip."""
REPORTED = """# A morning at the ketamine clinic

*By our health reporter.* The waiting room on Alder Street is full by nine. Dr. Imre Salko, the psychiatrist who opened it in 2019, takes a
history before anything is booked, he told this newspaper. A nurse sat with the patient I met and read her blood pressure every ten minutes.
"You stay for an hour after the drip," she was told. Three other clinics in the county declined to be interviewed."""


LISTED = """# Clinics in Alder Street and around

**Salko Clinic.** "A nurse sits with you and reads your blood pressure every ten minutes. You stay for an hour after the drip." From $420.

**Fern Infusions.** "We take your history before we book anything."

Listings are written by the clinics; we do not check them. We give no treatment."""


def seems_of_others(text: str) -> bool:
    chance = Judge(CHECKLIST, READER).look(page(text)).chance_of_others()
    assert chance is not None
    return chance > 0.5


def test_a_directory_seems_to_be_of_others() -> None:
    assert seems_of_others(LISTED)


def test_a_clinics_own_page_does_not_seem_to_be_of_others() -> None:
    assert not seems_of_others(OWN)


def test_explaining_begins_with_whose_page_it_seems_to_be() -> None:
    told = explained(Judge(CHECKLIST, READER), page(LISTED))
    assert told.startswith("the page as a whole: the reader's guess that it tells of others' practice only:")


def test_a_newspaper_that_visits_a_clinic_states_no_practice_of_its_own() -> None:
    report = read_markdown(REPORTED, title="A morning at the ketamine clinic", address="/news/a-morning")
    assert Judge(CHECKLIST, READER).find(report) == ()


def test_whose_page_it_seems_to_be_does_not_touch_what_general_prose_tells() -> None:
    judge = Judge(CHECKLIST, READER)
    looked = judge.look(page(REPORTED))
    heard = {criterion.id: judge.heard(looked, criterion) for criterion in CHECKLIST.criteria}
    touched = {criterion for criterion, one in heard.items() if one is not None and one.of_others}
    assert touched == {criterion.id for criterion in CHECKLIST.criteria if not criterion.general_counts}
