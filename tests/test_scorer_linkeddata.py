"""JSON-LD: questions with their answers, however broken the rest."""

from selectolax.lexbor import LexborHTMLParser

from scorer.linkeddata import linked_data, questions_and_answers


def asked(*objects: str) -> list[tuple[str, str]]:
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in objects)
    return list(questions_and_answers(LexborHTMLParser(scripts)))


QUESTION = '{"@type": "Question", "name": "Is it safe?", "acceptedAnswer": {"@type": "Answer", "text": "With care."}}'


def test_questions_are_found_however_deep_they_stand() -> None:
    assert asked(QUESTION) == asked(f'{{"@graph": [{{"@type": ["WebPage", "FAQPage"], "mainEntity": [{QUESTION}]}}]}}')
    assert asked(QUESTION) == [("Is it safe?", "With care.")]


def test_markup_in_answers_is_taken_out() -> None:
    tagged = QUESTION.replace("With care.", "&lt;p&gt;With&amp;nbsp;<b>care</b> &amp;amp; time.")
    assert asked(tagged) == [("Is it safe?", "With care & time.")]


def test_what_is_no_tag_stays() -> None:
    for said in (
        "We begin if your pressure is <160/100 and your pulse is >50.",
        "Below 5 <max and not > 9.",
        "1 < 2 > 0.",
    ):
        assert asked(QUESTION.replace("With care.", said)) == [("Is it safe?", said)]


def test_inline_tags_cut_no_word() -> None:
    assert asked(QUESTION.replace("With care.", "Each Inf<b>us</b>ion, <a class='x'>always</a>.")) == [
        ("Is it safe?", "Each Infusion, always.")
    ]


def test_blocks_of_an_answer_stay_apart() -> None:
    tagged = "<p class='x'>Yes.</p><ul><li>Nurse</li><LI>Oxygen</li></ul><!-- <p> -->We<br/>stay<div>here</div>"
    assert asked(QUESTION.replace("With care.", tagged)) == [("Is it safe?", "Yes. Nurse Oxygen We stay here")]


def test_a_line_end_within_a_string_loses_no_question() -> None:
    assert asked(QUESTION.replace("With care.", "With\n\tcare.")) == [("Is it safe?", "With care.")]


def test_half_a_letter_is_told_by_a_mark_that_can_be_kept() -> None:
    assert asked(QUESTION.replace("With care.", r"Yes \ud83d, \ud83d\ude00\u0000.")) == [
        ("Is it safe?", "Yes \ufffd, \U0001f600\ufffd.")
    ]


def test_broken_json_is_passed_over() -> None:
    assert asked("{", "", "null", "[1, 2]", '"x"', "NaN", QUESTION) == [("Is it safe?", "With care.")]


def test_a_question_without_answer_is_none() -> None:
    for broken in ('"text": ""', '"text": 4', '"texts": "x"'):
        assert asked(QUESTION.replace('"text": "With care."', broken)) == []


def test_nesting_without_end_is_left() -> None:
    assert asked("[" * 5000 + "]" * 5000, "[" * 200_000) == []


def test_every_object_is_given() -> None:
    tree = LexborHTMLParser('<script type="application/ld+json">{"@type": "A", "b": {"@type": "B"}}</script>')
    assert [thing["@type"] for thing in linked_data(tree)] == ["A", "B"]
