"""Whatever is asked is refused in one line, or answered by one SELECT in which it is a value and nothing else."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.questions.answer_or_refusal import Answer, Refusal
from workflows.questions.ask_question import ask

WORDS = (
    *(
        "boards",
        "users",
        "pins",
        "repins",
        "pictures",
        "about",
        "humor",
        "food",
        "not",
        "with",
        "without",
        "more than",
        "10",
    ),
    *(
        "the most",
        "last month",
        "per",
        "category",
        "by",
        "of",
        "and",
        "or",
        "in",
        "from",
        "average",
        "number",
        "share",
        "who",
    ),
    *("which", "created", "2026", "top", "each", ";", "--", "'", "DROP"),
)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   \n\t ",
        "?",
        "the",
        "boards " * 10_000,
        "a" * 1_000_000,
        "👍🏽 boards 🎉",
        "boards about 👍🏽",
        "\x00boards",
        "\ud800",
        "'; DROP TABLE facts; --",
        "boards about design'; DELETE FROM board_joins WHERE '1'='1",
        "boards UNION SELECT * FROM users",
        "SELECT * FROM board_joins",
        "حدد اللوحات التي تحتوي على أكبر عدد من الدبابيس",
        "¿qué tableros tienen más pines?",
        "どのボードが一番多いですか",
        "(((((((((((((((((((((((((((((",
        "boards with more than 99999999999999999999999999 pins",
        "pins in the last 99999999 years",
        "boards created in the year 99999",
        "top 0 boards",
        "top -5 boards by page rank",
        "top 1.5 boards by page rank",
        "boards with boards with boards",
        "not not not boards",
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(question, answer) -> None:
    found = answer(question)
    assert isinstance(found, Refusal), found.sql
    assert found.reason
    assert "\n" not in str(found)
    assert len(str(found)) < 600


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("""boards named "x'; DROP TABLE facts; --" """, "'x''; DROP TABLE facts; --'"),
        ('boards whose name contains "%"', "'%'"),
        ('boards called "  \\ \' {{date}} $1 ?"', "'  \\ '' {{date}} $1 ?'"),
        ('user "O\'Brien"', "'O''Brien'"),
    ],
)
def test_texts_become_values_whose_quotes_are_doubled(question, value, answer, rows_of) -> None:
    found = answer(question)
    assert isinstance(found, Answer), str(found)
    assert value in found.sql
    assert rows_of(found.sql) == []


@given(st.lists(st.sampled_from(WORDS), max_size=14))
@settings(max_examples=300, deadline=None)
def test_no_order_of_words_is_a_fault(vocabulary, words) -> None:
    found = ask(vocabulary, " ".join(words))
    assert isinstance(found, Answer | Refusal)


def test_a_long_question_of_known_words_ends_soon(answer) -> None:
    question = "users with boards about design with pins of users with boards " * 6
    began = time.process_time()
    answer(question)
    assert time.process_time() - began < 20, "rules are tried again and again"
