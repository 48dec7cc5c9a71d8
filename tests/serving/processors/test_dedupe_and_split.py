"""Dedupe and split: objects once, and objects in parts."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.parameters import Parameter
from tests.serving.processors.made_processors import PICTURES, edge_of, made, run

ROWS: list[dict[str, Any]] = [
    {"k": "a", "n": 1, "word": "x", "is_new": True},
    {"k": "b", "n": None, "word": "y", "is_new": False},
    {"k": "a", "n": 2, "word": None, "is_new": None},
    {"k": "c", "n": None, "word": "x", "is_new": True},
    {"k": "d", "n": 1, "word": "z", "is_new": False},
]
EDGE = edge_of(ROWS, "k", "d", most=5)


def test_of_objects_with_one_key_the_first_stays() -> None:
    dedupe = made("dedupe", {}, inputs=[EDGE])
    assert run(dedupe, previous=[ROWS]) == [ROWS[0], ROWS[1], ROWS[3], ROWS[4]]
    assert dedupe.gives == EDGE


def test_of_objects_with_one_value_the_first_stays_and_nulls_all_do() -> None:
    assert run(made("dedupe", {"by": "n"}, inputs=[EDGE]), previous=[ROWS]) == ROWS[:4]
    assert run(made("dedupe", {"by": "word"}, inputs=[EDGE]), previous=[ROWS]) == [*ROWS[:3], ROWS[4]]


@pytest.mark.parametrize("by", ["boards", "boards.board_id", "name"])
def test_objects_are_compared_in_one_value(by: str) -> None:
    with pytest.raises(PlanError, match=f"by.*'{by}'"):
        made("dedupe", {"by": by}, inputs=[edge_of(PICTURES)])


def test_an_expression_parts_objects_into_yes_and_no_and_null_is_no() -> None:
    split = made("split", {"by": "n > $least"}, inputs=[EDGE], parameters={"least": Parameter("number")})
    parts = run(split, previous=[ROWS], parameters={"least": 1})
    assert parts == {"yes": [ROWS[2]], "no": [ROWS[0], ROWS[1], ROWS[3], ROWS[4]]}
    assert split.gives == {"yes": EDGE, "no": EDGE}


def test_values_of_a_field_have_ports_and_all_others_one_port_more() -> None:
    split = made("split", {"field": "word", "ports": {"some": ["x", "y"], "last": "z"}}, inputs=[EDGE])
    assert list(split.gives) == ["some", "last", "others"]  # type: ignore[arg-type]
    parts = run(split, previous=[ROWS])
    assert parts == {"some": [ROWS[0], ROWS[1], ROWS[3]], "last": [ROWS[4]], "others": [ROWS[2]]}


def test_numbers_and_truths_part_objects_too() -> None:
    by_number = made("split", {"field": "n", "ports": {"one": 1, "two": 2.0}}, inputs=[EDGE])
    assert [row["k"] for row in run(by_number, previous=[ROWS])["two"]] == ["a"]
    by_truth = made("split", {"field": "is_new", "ports": {"new": True}}, inputs=[EDGE])
    parts = run(by_truth, previous=[ROWS])
    assert (len(parts["new"]), len(parts["others"])) == (2, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "by an expression or by a field; give by, or field and ports"),
        ({"by": "n > 1", "field": "n"}, "by an expression or by a field; give by, or field and ports"),
        ({"by": "n > 1", "ports": {"a": 1}}, "ports go with a field; those of an expression are yes and no"),
        ({"by": "n"}, "by is 'n', a number; it must be a truth"),
        ({"field": "n"}, "ports is empty; name them with their values"),
        (
            {"field": "n", "ports": {"\u00aa": 1}},
            "'\u00aa' is no name of a port, as it would be read as 'a'; write that",
        ),
        ({"field": "n", "ports": {"others": 1}}, "'others' is no name of a port"),
        ({"field": "n", "ports": {"a b": 1}}, "'a b' is no name of a port; letters, digits and _ are allowed"),
        ({"field": "n", "ports": {"a": "x"}}, "port a has 'x', and n is int64"),
        ({"field": "n", "ports": {"a": True}}, "port a has true, and n is int64"),
        ({"field": "is_new", "ports": {"a": 1}}, "port a has 1, and is_new is bool"),
        ({"field": "word", "ports": {"a": "x", "b": ["y", "x"]}}, "ports a and b both have 'x'; leave it to one"),
        ({"field": "wrd", "ports": {"a": "x"}}, r"there is no field 'wrd' \(did you mean word\?\)"),
    ],
)
def test_what_can_not_be_parted_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        made("split", settings, inputs=[EDGE])


_SOME = st.lists(st.sampled_from(ROWS), max_size=12)
_WAYS = st.sampled_from([{"by": "n > 1 or word == 'x'"}, {"field": "word", "ports": {"some": ["x"], "last": "z"}}])


@given(_SOME, _WAYS)
def test_every_object_is_in_one_part_in_its_order(rows: list[dict[str, Any]], settings: dict[str, object]) -> None:
    tagged = [{**row, "at": at} for at, row in enumerate(rows)]
    parts = run(made("split", settings, inputs=[EDGE]), previous=[tagged])
    assert sorted(row["at"] for part in parts.values() for row in part) == list(range(len(rows)))
    for part in parts.values():
        assert [row["at"] for row in part] == sorted(row["at"] for row in part)


@given(_SOME, st.sampled_from(["k", "n", "word"]))
def test_deduped_objects_are_the_first_of_each_value(rows: list[dict[str, Any]], by: str) -> None:
    deduped = run(made("dedupe", {"by": by}, inputs=[EDGE]), previous=[rows])
    counts = Counter(row[by] for row in deduped)
    assert set(counts) == {row[by] for row in rows}
    assert all(n == 1 for value, n in counts.items() if value is not None)
    assert counts[None] == sum(row[by] is None for row in rows)
    assert run(made("dedupe", {"by": by}, inputs=[EDGE]), previous=[deduped]) == deduped
