"""After an edit of the checklist only the pages that it touches are judged, and what comes out is what judging all would make."""

from collections import Counter
from dataclasses import replace
from shutil import copytree

import pytest
from desk_corpus import HOME_USE, VITALS, put_clinic, settings_for
from sqlmodel import select

from jobs.difference import difference
from jobs.editing import criterion_form, with_form
from jobs.preview import preview
from jobs.score import score
from scorer.checklist import load_checklist
from scorer.phrases import Phrase
from scorer.reader import has_model
from store.engine import open_engine, session
from store.models import ChecklistVersion, ClinicVerdict, Finding, Page

CHECKLIST = load_checklist("checklist.yaml")


def pages():
    """Pages made of the checklist's own examples, a page a criterion, so that every phrase has somewhere to stand."""
    for criterion in CHECKLIST.criteria:
        said = [
            f"# {e.heading}\n\n{e.before} {e.text}" if e.heading else f"{e.before} {e.text}"
            for e in criterion.examples[::4]
        ]
        yield f"/{criterion.id}", "# What to expect\n\n" + "\n\n".join(said[:6])


class Corpus:
    def __init__(self, folder, checklist_text=None, texts=None, **given):
        folder.mkdir(exist_ok=True)
        self.settings = settings_for(folder, **given)
        if checklist_text:
            self.settings.checklist.write_text(checklist_text)
        self.engine = open_engine(self.settings.database_url)
        if texts is None:
            every = list(pages())
            put_clinic(self.engine, "Calm Room", dict(every[::2]))
            put_clinic(self.engine, "Lozenge Post", {**dict(every[1::2]), "/about": "We are a small team."})
        elif texts:
            put_clinic(self.engine, "Calm Room", texts)
        self.scored = score(self.engine, self.settings)

    def adopt(self, text):
        self.settings.checklist.write_text(text)
        self.scored = score(self.engine, self.settings)

    def findings(self):
        with session(self.engine) as opened:
            rows = opened.exec(select(Finding, Page).join(Page, Page.id == Finding.page_id)).all()
            return sorted(
                (
                    p.text_digest,
                    f.criterion,
                    f.verdict,
                    f.confidence,
                    f.start,
                    f.end,
                    repr(f.reason),
                    f.checklist_version,
                    f.engine_version,
                )
                for f, p in rows
            )

    def quotes(self):
        return [found[:3] + found[4:6] for found in self.findings()]

    def of_pages(self):
        with session(self.engine) as opened:
            return sorted((p.text_digest, p.scored_with, repr(p.facts), p.passages) for p in opened.exec(select(Page)))

    def verdicts(self):
        with session(self.engine) as opened:
            rows = opened.exec(select(ClinicVerdict).where(ClinicVerdict.current)).all()
            return sorted((r.clinic_id, r.criterion, r.verdict, [e["quote"] for e in r.evidence]) for r in rows)


def form(text, criterion, change):
    kept = criterion_form(text, criterion, ["stated", "partial", "contradicted", "raised", "denied"])
    return with_form(text, type(kept)(kept.id, {}, change(kept.lists)))


def phrase_added(text):
    return form(text, "trained-staff", lambda lists: {"partial.any": [*lists["partial.any"], "a small team"]})


def phrases_removed(text):
    return form(text, "vital-signs", lambda lists: {"stated.any": lists["stated.any"][::2]})


def phrases_reordered(text):
    return form(text, "vital-signs", lambda lists: {"stated.any": lists["stated.any"][::-1]})


def exception_added(text):
    return form(text, "screening", lambda lists: {"stated.unless": [*lists["stated.unless"], "the"]})


def criterion_removed(text):
    begin = text.index("  - id: vital-signs")
    return text[:begin] + text[text.index("\n  - id: ", begin) + 1 :]


def context_phrase_added(text):
    begin = text.index("  - id: hedge")
    place = text.index("any:\n", begin) + len("any:\n")
    return text[:place] + '      - "blood pressure"\n' + text[place:]


def home_use_phrases_removed(text):
    return form(text, "home-use", lambda lists: {"raised.any": lists["raised.any"][:1]})


def plans_told_by_we(text):
    place = text.index("any:\n", text.index("  - id: plan")) + len("any:\n")
    return text[:place] + '      - "we"\n' + text[place:]


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A corpus that was scored with the checklist as it is; each test edits a copy."""
    corpus = Corpus(tmp_path_factory.mktemp("scored"))
    corpus.engine.dispose()
    return corpus.settings.data_dir


@pytest.fixture
def corpus(tmp_path, scored):
    copytree(scored, tmp_path / "copy")
    return Corpus(tmp_path / "copy", texts={})


@pytest.fixture(scope="module")
def text():
    return CHECKLIST.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "edit", [phrase_added, phrases_removed, phrases_reordered, exception_added, criterion_removed, context_phrase_added]
)
def test_what_is_carried_over_is_what_judging_every_page_makes(tmp_path, corpus, text, edit):
    new = edit(text)
    corpus.adopt(new)
    other = Corpus(tmp_path / "judged", new)
    assert corpus.scored.judged < other.scored.judged
    assert (corpus.findings(), corpus.of_pages(), corpus.verdicts()) == (
        other.findings(),
        other.of_pages(),
        other.verdicts(),
    )


def test_pages_of_a_version_whose_text_is_not_kept_are_judged(corpus, text):
    with session(corpus.engine) as opened:
        for row in opened.exec(select(ChecklistVersion)):
            opened.delete(row)
    corpus.adopt(phrase_added(text))
    assert corpus.scored.judged == len(list(pages())) + 1


def test_pages_that_another_engine_judged_are_judged(corpus, text):
    with session(corpus.engine) as opened:
        for page in opened.exec(select(Page)):
            page.scored_with = page.scored_with.split("/")[0] + "/0-phrases"
            opened.add(page)
    corpus.adopt(phrase_added(text))
    assert corpus.scored.judged == len(list(pages())) + 1


@pytest.mark.skipif(not has_model(), reason="the taught reader's weights are not installed")
def test_an_edited_example_touches_only_pages_with_a_sentence_near_it(tmp_path, text):
    said = {
        "/your-visit": f"# Your visit\n\n{VITALS}",
        "/parking": "# Parking\n\nThe tram stops at the corner.",
        "/home": f"# Home\n\n{HOME_USE}",
    }
    new = form(text, "vital-signs", lambda lists: {"examples.silent": [*lists["examples.silent"], VITALS]})
    one = Corpus(tmp_path / "carried", texts=said, VETTING_TAUGHT_READER="yes")
    one.settings.data_dir.joinpath("new.yaml").write_text(new)
    old, edited = (load_checklist(one.settings.data_dir / name) for name in ("checklist.yaml", "new.yaml"))
    seen = preview(one.engine, old, edited, settings=one.settings)
    one.adopt(new)
    other = Corpus(tmp_path / "judged", new, texts=said, VETTING_TAUGHT_READER="yes")
    assert (seen.judged, one.scored.judged, other.scored.judged) == (1, 1, 3)
    assert (one.findings(), one.of_pages()) == (other.findings(), other.of_pages())


@pytest.mark.skipif(not has_model(), reason="the taught reader's weights are not installed")
def test_a_page_of_which_the_phrases_say_the_same_is_not_judged_anew_in_a_preview(tmp_path):
    said = {"/": f"# Welcome\n\n{VITALS}", "/parking": "# Parking\n\nThe tram stops at the corner."}
    one = Corpus(tmp_path / "previewed", texts=said, VETTING_TAUGHT_READER="yes")
    signs = (*CHECKLIST.context["plan"], Phrase("the tram stops"), Phrase(VITALS.rstrip(".").lower()))
    new = replace(CHECKLIST, version="edited", context={**CHECKLIST.context, "plan": signs})
    assert preview(one.engine, CHECKLIST, new, settings=one.settings).judged == 1


@pytest.mark.skipif(not has_model(), reason="the taught reader's weights are not installed")
@pytest.mark.parametrize("edit", [home_use_phrases_removed, plans_told_by_we])
def test_a_preview_with_the_taught_reader_tells_what_scoring_then_makes(tmp_path, text, edit):
    said = {path: page for path, page in pages() if path in ("/care-coordination", "/screening", "/home-use")}
    one = Corpus(tmp_path / "previewed", texts=said, VETTING_TAUGHT_READER="yes")
    one.settings.data_dir.joinpath("new.yaml").write_text(edit(text))
    new = load_checklist(one.settings.data_dir / "new.yaml")
    seen, before = preview(one.engine, CHECKLIST, new, settings=one.settings), Counter(one.quotes())
    one.adopt(edit(text))
    after = Counter(one.quotes())
    assert before != after
    assert Counter(seen.new_counts) == Counter(criterion for _, criterion, *_ in (after - before).elements())
    assert Counter(seen.lost_counts) == Counter(criterion for _, criterion, *_ in (before - after).elements())


def test_a_new_criterion_that_the_reader_knows_may_be_on_any_page(text):
    fewer = replace(CHECKLIST, criteria=CHECKLIST.criteria[1:])
    assert difference(fewer, CHECKLIST, {CHECKLIST.criteria[0].id}).everywhere
    assert not difference(fewer, CHECKLIST).everywhere
