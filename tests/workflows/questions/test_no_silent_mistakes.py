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
        (
            "pins by users with more than 9 pins, on boards about art",
            "user_joins.n_pins > 9\n  AND board_joins.category",
        ),
        ("pins since October on boards about art", "AND board_joins.category = 'art'"),
        ("pins from October on", "created_at >= TIMESTAMPTZ '2026-10-01 00:00:00+00'\nORDER"),
        ("boards with pins since 3 months ago", "facts.created_at >= TIMESTAMPTZ '2026-08-20"),
        ("boards by users from Germany", "WHERE user_joins.country = 'DE'\nORDER BY board_joins.board_id"),
        ("boards never pinned", "NOT EXISTS"),
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
        "users with a different country",
        "boards with different pictures",
        "boards whose owner's category is art",
        "boards with name art",
        "boards named art design",
        "boards with at least 1.000 pins",
        "top 1.000 boards",
        "boards with a page rank above 1.250",
        "users on boards about art",
        "pins by users of boards about art",
        "pins whose owner is from Germany",
        "boards repinned last month",
        "boards without owners from Germany",
        "boards with more than 1 owners",
        "pictures on boards with more than 9 pins by users from Germany",
        "pins repinned from boards about art",
        "pins by users with more than 9 pins on boards about art",
        "boards with the most repins received by users from Germany",
        "boards by number of pins by users from Germany",
        "average number of users per country",
        "countries by average number of pins",
        "pins 3 months ago",
        "boards created 2 weeks ago",
        "pins from 2026-10-05",
        "how many pictures are there per category last week",
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


@pytest.mark.parametrize(
    ("question", "because"),
    [
        ("boards with more than 10 pins and fewer than 5 pins", "no n_pins is > 10 and < 5"),
        ("boards with more than 4 pins and fewer than 5 pins", "no n_pins is > 4 and < 5"),
        ("boards with fewer than 0 pins", "no n_pins is < 0"),
        ("boards with exactly 2.5 pins", "no n_pins is = 2.5"),
        ("boards without pins with more than 10 pins", "no n_pins is"),
        ("users with no pins and more than 10 pins", "no n_pins is = 0 and > 10"),
        ("users with fewer than 0 boards about art", "is < 0"),
        ("boards with a confidence above 100%", "no category_confidence is > 1"),
        ("boards with a rank order of less than 1", "no rank_order is < 1"),
        ("users from Germany who are not from Germany", "no country is all of these at once"),
        ("pins by users from Germany who are not from Germany", "no country is all of these at once"),
        ("boards about art that are not about art", "no category is all of these at once"),
        ("boards with no category about art", "no category is missing and known at once"),
        ("boards that are corrected and not corrected", "a condition and its opposite"),
        ("boards with a description without a description", "a condition and its opposite"),
        (
            "boards with more repins given than received and more repins received than given",
            "no n_repins_given is both",
        ),
        ("countries with fewer than 0 boards", "is < 0"),
    ],
)
def test_what_no_row_can_be_is_refused(question, because, answer) -> None:
    found = answer(question)
    assert isinstance(found, Refusal), found.sql
    assert because in str(found)


@pytest.mark.parametrize(
    "question",
    [
        "boards with more than 10 pins and fewer than 12 pins",
        "boards with at least 5 pins and at most 5 pins",
        "boards with at least 0 pins",
        "boards with more than 10 pins or fewer than 5 pins",
        "boards with a confidence above 0.5 and a confidence below 0.501",
        "users with boards about art and without boards about food",
    ],
)
def test_numbers_that_a_row_can_be_are_answered(question, answer) -> None:
    assert isinstance(answer(question), Answer), str(answer(question))


@pytest.mark.parametrize(
    ("question", "remark"),
    [
        ("users whose boards are about art", "'whose boards' is read as at least one of them"),
        (
            "pins in the last year",
            "'the last year' is the year of the calendar, 2025-01-01 to 2025-12-31; 'the past year'",
        ),
        ("boards whose users are from Germany", "'whose users' is read as the owner of the board"),
        ("boards with a different category", "read as one that isn't the owner_category"),
        ("boards of users from Germany with more than 5 pins", "is that of the users"),
    ],
)
def test_one_of_two_readings_is_said(question, remark, answer) -> None:
    found = answer(question)
    assert isinstance(found, Answer), str(found)
    assert any(remark in one for one in found.remarks), found.remarks


def test_who_pinned_most_agrees_with_who_has_the_most_pins(answer, rows_of) -> None:
    most, has = (
        answer(f"the 5 users {words} on boards about food") for words in ("who pinned most", "with the most pins")
    )
    assert rows_of(most.sql) == rows_of(has.sql)


def test_pictures_of_two_clauses_are_of_one_pin(answer) -> None:
    found = answer("pictures on boards about art by users from Germany")
    assert found.sql.count("EXISTS") == 1
    apart = answer("pictures on boards about art and by users from Germany")
    assert apart.sql.count("EXISTS") == 2
