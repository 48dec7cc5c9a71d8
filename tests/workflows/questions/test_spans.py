"""Spans of time in words, as days reckoned from 2026-11-20, a Friday; worked out with a calendar."""

import pytest

from workflows.questions.answer_or_refusal import QuestionRefusedError
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.basics.spans import take_span


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("today", "2026-11-20"),
        ("yesterday", "2026-11-19"),
        ("last week", "2026-11-09 to 2026-11-15"),
        ("this week", "2026-11-16 to 2026-11-20"),
        ("last month", "2026-10-01 to 2026-10-31"),
        ("previous month", "2026-10-01 to 2026-10-31"),
        ("this month", "2026-11-01 to 2026-11-20"),
        ("last quarter", "2026-07-01 to 2026-09-30"),
        ("last year", "2025-01-01 to 2025-12-31"),
        ("this year", "2026-01-01 to 2026-11-20"),
        ("the past month", "2026-10-21 to 2026-11-20"),
        ("in the last 30 days", "2026-10-22 to 2026-11-20"),
        ("over the past two weeks", "2026-11-07 to 2026-11-20"),
        ("in the last 3 months", "2026-08-21 to 2026-11-20"),
        ("in 2025", "2025-01-01 to 2025-12-31"),
        ("in March", "2026-03-01 to 2026-03-31"),
        ("in December", "2025-12-01 to 2025-12-31"),
        ("in November", "2026-11-01 to 2026-11-30"),
        ("in March 2025", "2025-03-01 to 2025-03-31"),
        ("in March of last year", "2025-03-01 to 2025-03-31"),
        ("2026-02", "2026-02-01 to 2026-02-28"),
        ("on 2026-02-28", "2026-02-28"),
        ("on March 5", "2026-03-05"),
        ("on March 5th, 2025", "2025-03-05"),
        ("on 5 March 2025", "2025-03-05"),
        ("on the 5th of March 2025", "2025-03-05"),
        ("in Q2 2026", "2026-04-01 to 2026-06-30"),
        ("in the second quarter of 2025", "2025-04-01 to 2025-06-30"),
        ("since March", "from 2026-03-01 on"),
        ("since 2026-03-05", "from 2026-03-05 on"),
        ("after March 2026", "from 2026-04-01 on"),
        ("after 2026-03-05", "from 2026-03-06 on"),
        ("before March 2026", "before 2026-03-01"),
        ("until March 2026", "before 2026-04-01"),
        ("between January and March 2026", "2026-01-01 to 2026-03-31"),
        ("from 2026-01-05 to 2026-01-07", "2026-01-05 to 2026-01-07"),
        ("from January until March 2026", "2026-01-01 to 2026-03-31"),
        ("10 days ago", "2026-11-10"),
        ("in February 2024", "2024-02-01 to 2024-02-29"),
    ],
)
def test_a_span_comes_to_these_days(words, days, vocabulary) -> None:
    reader = Reader(words, vocabulary)
    assert str(take_span(reader)) == days
    assert reader.at_end


@pytest.mark.parametrize("words", ["boards", "10 pins", "may", "more than 2026", "last", "next month"])
def test_what_is_no_span_is_left_alone(words, vocabulary) -> None:
    reader = Reader(words, vocabulary)
    if words == "may":
        assert str(take_span(reader)) == "2026-05-01 to 2026-05-31"
    else:
        assert take_span(reader) is None
        assert reader.place == 0


@pytest.mark.parametrize(
    "words", ["2026-02-30", "on 31 June 2026", "between March 2026 and January 2026", "last 0 days"]
)
def test_days_that_are_not_in_the_calendar_are_refused(words, vocabulary) -> None:
    with pytest.raises(QuestionRefusedError):
        take_span(Reader(words, vocabulary))
