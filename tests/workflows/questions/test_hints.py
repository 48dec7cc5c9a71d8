"""What a refusal says to say instead is answered: quoted questions as they stand, other hints as people follow them."""

import re

import pytest

from workflows.questions.answer_or_refusal import Answer, Refusal

_QUOTED = re.compile(r"'((?:[^'\"]|\"[^\"]*\")+ (?:[^'\"]|\"[^\"]*\")+)'")


@pytest.mark.parametrize(
    "question",
    [
        "boards last month",
        "users last month",
        "how many pictures are there per category last week",
        "users older than 30",
        "boards older than 3",
        "users on boards about art",
        "users in pictures with more than 10 pins",
        "boards with a different name",
        "users with a different country",
        "boards whose owner's category is art",
        "boards with name art",
        "boards with description vintage",
        "pins with description vintage",
        "boards repinned last month",
        "pins whose owner is from Germany",
        "pictures whose owner is from Germany",
        "pins by users of boards about art",
        "boards with the most repins received by users from Germany",
        "boards by number of pins by users from Germany",
        "top 10 users by number of boards about art",
        "average number of users per country",
        "total number of self repins per country",
    ],
)
def test_a_question_in_the_quotes_of_a_hint_is_answered(question, answer) -> None:
    found = answer(question)
    assert isinstance(found, Refusal), found.sql
    hints = _QUOTED.findall(found.reason.partition("; ")[2])
    assert hints, found.reason
    for hint in hints:
        assert isinstance(answer(hint), Answer), f"{hint}: {answer(hint)}"


@pytest.mark.parametrize(
    ("question", "hint", "said_so"),
    [
        ("most popular boards", "most repinned", "most repinned boards"),
        ("most popular boards", "most important", "most important boards"),
        ("boards created recently", "last week", "boards created last week"),
        ("boards with many pins", "more than 100 pins", "boards with more than 100 pins"),
        ("why was board 300000221 corrected", "which boards were corrected", "which boards were corrected"),
        ("growth of pins", "pins per month", "pins per month"),
        ("growth of boards", "boards created per year", "boards created per year"),
        ("similar boards", "boards about one category", "boards about art"),
        ("boards with a confidence above 90", "a percentage", "boards with a confidence above 90%"),
        ("boards with a rank above 10", "at most 10", "boards with a rank of at most 10"),
        ("boards with between 20 and 10 pins", "the smaller number first", "boards with between 10 and 20 pins"),
        ("pins created on 2026-02-30", "dates as 2026-03-01", "pins created on 2026-03-01"),
        ("pins in the last 0 days", "a whole number of days", "pins in the last 3 days"),
        ("pins 3 months ago", "between 2026-08-01 and 2026-08-31", "pins between 2026-08-01 and 2026-08-31"),
        ("pins 3 months ago", "on 2026-08-20", "pins on 2026-08-20"),
        ("pins from 2026-10-05", "since 2026-10-05", "pins since 2026-10-05"),
        ("boards with the highest page rank last month", "leave 'last month' out", "boards with the highest page rank"),
        (
            "pins on boards about art created last month",
            "boards that were created",
            "pins on boards that were created last month",
        ),
        ("pins by users that joined in 2025", "say 'who' of users", "pins by users who joined in 2025"),
        ("top 0 boards", "give a whole number", "top 5 boards"),
        ("boards about quantum physics", "architecture", "boards about architecture"),
        ("boards named art design", '"art design"', 'boards named "art design"'),
        ("boards with at least 1.000 pins", "write 1000", "boards with at least 1000 pins"),
        ("boards with at least 1.000 pins", "or 1.0000", "boards with at least 1.0000 pins"),
        (
            "countries by average number of pins",
            "'per board' behind it",
            "countries by average number of pins per board",
        ),
        ("average number of pins", "as per board", "average number of pins per board"),
        (
            "boards with more than 9 pins and fewer than 5 pins",
            "say or",
            "boards with more than 9 pins or fewer than 5 pins",
        ),
        ("users from Germany who are not from Germany", "say or", "users from Germany or who are not from Germany"),
        ("pins in October and November", "say or", "pins in October or November"),
        (
            "pins by users with more than 9 pins on boards about art",
            "set a comma",
            "pins by users with more than 9 pins, on boards about art",
        ),
        ("pins repinned from boards about art", "'repinned on'", "pins repinned on boards about art"),
        ("pins repinned from boards about art", "'repinned in'", "pins repinned in October"),
        ("top 10 pins", "newest pins", "10 newest pins"),
        ("pictures per month", "pins per month", "pins per month"),
        ("boards with different pictures", "", "boards with more than 3 different pictures"),
    ],
)
def test_what_a_hint_says_is_answered_where_it_is_followed(question, hint, said_so, answer) -> None:
    found = answer(question)
    assert isinstance(found, Refusal), found.sql
    assert hint in found.reason
    assert isinstance(answer(said_so), Answer), str(answer(said_so))
