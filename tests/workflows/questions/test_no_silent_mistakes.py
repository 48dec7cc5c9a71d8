"""Questions that an earlier grammar took for something else without a word, and others that may mean two things."""

import pytest

from workflows.questions.answer_or_refusal import Answer, Refusal


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("who owns board 300000221", "board_joins.board_id = 300000221"),
        ("boards of the user with the most pins", "ORDER BY user_joins.n_pins DESC"),
        ("boards that received no repins last month", "facts.parent_board_id = board_joins.board_id"),
        ("how many repins did board 300000221 get", "sum(n_repins_received)"),
        ("boards with different owner category than pins", ""),
        ("first 5 boards by name", "ORDER BY name, board_id"),
        ("boards without pins or repins", "n_pins = 0\n  AND n_repins = 0"),
        ("boards with the highest rank", "ORDER BY rank_order, board_id"),
        ("boards with a rank order of at most 10", "rank_order <= 10"),
        ("how many pins on boards about art were created this month", "facts.created_at >="),
        ("boards whose owner is from Brazil and with more than 10 pins", "AND board_joins.n_pins > 10"),
        ("users in de", "country = 'DE'"),
        ("boards of users from Germany or Mexico about art", "AND board_joins.category = 'art'"),
        ("pins on board 300000221 created last month", "WHERE board_id = 300000221\n  AND created_at >="),
    ],
)
def test_an_answer_is_about_what_was_asked(question, part, answer) -> None:
    found = answer(question)
    if not part:
        assert isinstance(found, Refusal), found.sql
        return
    assert isinstance(found, Answer), str(found)
    assert part in found.sql


@pytest.mark.parametrize(
    "question",
    [
        "users and boards",
        "repins per pin",
        "users no boards",
        "boards with more than 10 pins or repins",
        "boards with more than 10 pins or 5 users",
        "boards with more than 10 pins and more than 5 repins or more than 3 users",
        "boards with a rank above 10",
        "boards with the most pins and the fewest repins",
        "pins on boards about art created last month",
        "boards with only repins",
        "users with all boards about art",
        "boards with pins 5",
        "average number of pins per month",
        "the second most important board",
        "boards about art created in 2025 or 2026 or more",
        "pins of pins",
        "most popular category",
    ],
)
def test_what_may_mean_two_things_is_refused(question, answer) -> None:
    found = answer(question)
    assert isinstance(found, Refusal), found.sql


@pytest.mark.parametrize(
    "question",
    [
        "how many pins in october and november 2026",
        "how many pins in 2025 and 2026",
        "how many pins on 2026-11-20 and 2026-11-21",
        "how many pins created before 2026-01-01 and after 2026-02-01",
    ],
)
def test_spans_that_share_no_day_are_no_answer_of_zero(question, answer) -> None:
    found = answer(question)
    assert isinstance(found, Refusal), found.sql
    assert "no created_at is in all of these spans; say or" in str(found)


@pytest.mark.parametrize(
    "question",
    [
        "how many pins in october or november 2026",
        "how many pins after 2026-01-01 and before 2026-02-01",
        "boards about food and art",
    ],
)
def test_spans_and_values_that_can_hold_are_answered(question, answer) -> None:
    assert isinstance(answer(question), Answer)
