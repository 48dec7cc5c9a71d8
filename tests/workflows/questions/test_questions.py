"""Questions give what SQL written by hand gives, or a refusal with its reason; paraphrases give the same SQL."""

import itertools
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from workflows.questions.answer_or_refusal import Answer, Refusal

QUESTIONS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
NESTED = tomllib.loads(Path(__file__).with_name("nested_questions.toml").read_text(encoding="utf-8"))
ANSWERED = [*QUESTIONS["answered"], *NESTED["answered"]]
SAME = tomllib.loads(Path(__file__).with_name("paraphrases.toml").read_text(encoding="utf-8"))["same"]
FEWEST_ANSWERED, FEWEST_REFUSED = 60, 20


def comparable(row):
    return tuple(round(float(one), 9) if isinstance(one, int | float | Decimal) else one for one in row)


def projections(rows, width):
    """Yield the rows with each choice of so many columns, in their order."""
    for kept in itertools.combinations(range(len(rows[0]) if rows else 0), width):
        yield [tuple(row[place] for place in kept) for row in rows]


def same_rows(found, wanted, *, ordered):
    found, wanted = [comparable(row) for row in found], [comparable(row) for row in wanted]
    if len(found) != len(wanted):
        return False

    def arranged(rows):
        return rows if ordered else sorted(rows, key=str)

    return not wanted or any(arranged(one) == arranged(wanted) for one in projections(found, len(wanted[0])))


def test_there_are_enough_questions() -> None:
    assert len({one["question"] for one in QUESTIONS["answered"]}) >= FEWEST_ANSWERED
    assert len({one["question"] for one in QUESTIONS["refused"]}) >= FEWEST_REFUSED


@pytest.mark.parametrize("asked", ANSWERED, ids=lambda asked: asked["question"])
def test_an_answer_has_the_rows_of_sql_written_by_hand(asked, answer, rows_of) -> None:
    found = answer(asked["question"])
    assert isinstance(found, Answer), str(found)
    wanted = rows_of(asked["sql"])
    assert wanted, "a question whose answer is empty tells nothing"
    assert same_rows(rows_of(found.sql), wanted, ordered=asked.get("ordered", False)), found.sql


@pytest.mark.parametrize("asked", QUESTIONS["refused"], ids=lambda asked: asked["question"])
def test_what_cannot_be_answered_is_refused_with_the_reason(asked, answer) -> None:
    found = answer(asked["question"])
    assert isinstance(found, Refusal), found.sql
    assert asked["because"] in found.reason
    assert "\n" not in str(found)


@pytest.mark.parametrize("same", SAME, ids=lambda same: same["questions"][0])
def test_other_words_for_the_same_give_the_same_sql(same, answer) -> None:
    first, *others = (answer(question) for question in same["questions"])
    assert isinstance(first, Answer), str(first)
    assert {getattr(one, "sql", str(one)) for one in others} == {first.sql}


@pytest.mark.parametrize("asked", ANSWERED, ids=lambda asked: asked["question"])
def test_every_word_is_said_to_mean_something_or_to_be_not_needed(asked, answer) -> None:
    found = answer(asked["question"])
    said = " ".join([*(one.words for one in found.understood), *found.not_needed])
    words = re.findall(r"[\w%]+", asked["question"])
    assert sorted(re.findall(r"[\w%]+", said)) == sorted(words if len(set(words)) == len(words) else [*said.split()])
    assert all(one.meaning != "nothing else" for one in found.understood)


@pytest.mark.parametrize(
    "question",
    [
        "boards that are not about humor",
        "users who have never pinned",
        "non empty boards",
        "pins not on boards about art",
    ],
)
def test_a_negation_is_said(question, answer) -> None:
    assert any(one.meaning == "not" for one in answer(question).understood)
