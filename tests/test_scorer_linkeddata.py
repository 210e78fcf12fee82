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
