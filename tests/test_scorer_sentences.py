"""Where sentences of clinics' pages end, and where they only seem to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.markdown import read_markdown
from scorer.sentences import LONGEST, sentences, split, split_row

# A bar stands where one sentence ends and the next begins.
CASES = """
Dr. Moore reads every chart.|A nurse stays.
Jane Doe, M.D.|She founded the clinic.
Jane Doe, M.D., Ph.D., leads the team.
Our medical director, Jane Doe, M.D. is board-certified.
By Dr. Lee, D.O. Medical Director
We open at 8 a.m. and close at 5 p.m. Monday to Friday.
We close at 5 p.m.|Call ahead.
Each infusion costs $450.00.|Insurance rarely pays.
It costs $1,200.50 in all.
In the U.S. ketamine is approved as an anaesthetic.
We serve the U.S.|Each state differs.
The U.S. Food and Drug Administration has not approved it.
Calm Ketamine, Inc. is a practice.
Run by Calm, Inc.|We opened in 2019.
“Is it safe?” people ask.|It can be.
She said “We never send it home.”|Then she left.
“No infusion begins until vitals are recorded.”|– Dr. Lee
He asked, “Why me?”|Then slept.
Is it safe?|Yes, when monitored.
**Is it safe?**|Yes, when monitored.
Are there side effects?|Nausea.|Dizziness.
Do you monitor me?|Yes!|Always.
Really?!|Yes.
Call us!!|Now.
We ask: are you safe?|are you well?|Then we go.
First... we talk.|Then... we treat.
And then…|Nothing happens.
1. Book a call.|2. Meet the doctor.|3. Begin.
Step 1.|Call us.|Step 2.|Meet us.
J. R. Moore, MD leads.|K. Lee helps.
Dr. A-K will tell you.
See room No. 4 on the left.
Do I need a referral?|No.|You can call us.
No EKG.|No labs.|No wait.
We give 0.5 mg. per kg. of body weight.
Give 0.5 mg/kg.|Then wait.
It takes approx. 40 min.|You then rest.
It takes approx. 40 min. in all.
St. John's Wort must be stopped.|Tell us.
The clinic is on Main St.|We have parking.
Suite 4, 12 Main St. Portland
Tell us of heart disease, e.g. Angina.
Ketamine vs. Spravato: what differs?
Smith et al. 2019 found this.|We agree.
We use I.V. ketamine.|It is slow.
I.V. Ketamine is given slowly.
We monitor (see below).|You rest.
We monitor.|(A nurse stays.)|You rest.
You pay at the visit ($450).|We take cards.
It fades.²|Most people return.
It fades.[3]|Most people return.
It fades.2|Most people return.
Vitamin C.|We add it.
You and I.|We talk.
Infusion .......... $450
Visit calm.example.com.|We answer.
Visit Calm.Example or Quiet.Com today.
See https://calm.example/?Book=1 today.
• Nausea • Dizziness
Rated 4.9.|Out of 5.
We have 3 nurses.|2 of them are CRNAs.
Ask Mr. Lee or Ms. Day.|Prof. Ng reads.
Jan. 5 is closed.|Feb. 6 is open.
You’ll need a driver; no driver, no infusion.|Sorry.
""".strip().splitlines()


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_ends_where_a_reader_ends_it(case: str) -> None:
    text = case.replace("|", " ")
    assert [text[start:end] for start, end in split(text)] == case.split("|")


@pytest.mark.parametrize(
    "case", ["Is it safe?|Yes, when monitored.", "You are monitored.|We stay.", "What then?|“We stop.”"]
)
def test_sentences_that_an_export_ran_together_come_apart(case: str) -> None:
    text = case.replace("|", "")
    assert [text[start:end] for start, end in split(text)] == case.split("|")


def test_headings_and_table_rows_are_one_sentence_each() -> None:
    page = read_markdown("# Is it safe? Yes.\n\n| Nurse. | Always. |\n\nWe screen. We treat.\n")
    assert [page.text[s.start : s.end] for s in sentences(page)] == [
        "Is it safe? Yes.", "| Nurse. | Always. |", "We screen.", "We treat.",
    ]  # fmt: skip


def test_a_sentence_knows_its_block() -> None:
    page = read_markdown("# Care\n\nWe screen. We treat.\n\n- Oxygen\n")
    assert [page.block_text(page.blocks[s.block]) for s in sentences(page)] == [
        "Care", "We screen. We treat.", "We screen. We treat.", "Oxygen",
    ]  # fmt: skip


def test_white_space_has_no_sentence() -> None:
    assert split(" \n\u00a0 ") == ()


def test_text_without_end_is_split_in_time_that_grows_with_it() -> None:
    assert len(split("We treat. " * 100_000)) == 100_000
    assert len(split("a" * 200_000 + ".")) == 200_001 // LONGEST + 1
    assert len(split("." * 200_000)) == 200_000 // LONGEST
    assert len(split("a." * 100_000)) == 200_000 // LONGEST


def test_a_list_run_together_without_full_stops_is_parted_between_its_members() -> None:
    text = "We treat adults with depression, " * 40
    assert all(text[start:end].startswith("We treat") for start, end in split(text))


def test_a_table_row_keeps_a_figure_with_its_label() -> None:
    assert split_row("IV ketamine | $450 per session.") == ((0, 31),)


def test_cells_of_a_table_that_hold_prose_are_split_into_their_sentences() -> None:
    row = "Safety | We take a history. We never mail anything. | Ask us"
    assert [row[start:end] for start, end in split_row(row)] == [
        "Safety", "We take a history.", "We never mail anything.", "Ask us",
    ]  # fmt: skip


_PROSE = st.text(alphabet=st.sampled_from('aAiNno40DrU. .?!…“”")(*_[]\n\u00a0²$-é'), max_size=120)


@given(st.one_of(_PROSE, st.text(max_size=120), st.lists(st.sampled_from(CASES), max_size=5).map(" ".join)))
def test_only_white_space_is_left_between_sentences(text: str) -> None:
    last = 0
    for start, end in split(text):
        assert last <= start < end
        assert not text[last:start].strip()
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        last = end
    assert not text[last:].strip()


@given(
    st.lists(
        st.sampled_from(["We screen you first.", "Is it safe?", "A nurse stays!", "- oxygen", "# Care"]), max_size=8
    )
)
def test_every_block_is_covered_by_its_sentences_in_order(lines: list[str]) -> None:
    page = read_markdown("\n\n".join(lines))
    found = list(sentences(page))
    assert [s.block for s in found] == sorted(s.block for s in found)
    assert {s.block for s in found} == set(range(len(page.blocks)))
    assert all(page.blocks[s.block].start <= s.start < s.end <= page.blocks[s.block].end for s in found)
