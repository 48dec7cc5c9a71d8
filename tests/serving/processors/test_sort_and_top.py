"""Sort and top: objects in the order of fields, whatever the order in which they come."""

import math
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.parameters import Parameter
from tests.serving.processors.made_processors import BOARDS, PICTURES, edge_of, made, run


def names(rows: list[dict[str, Any]]) -> list[Any]:
    return [row["image_signature"] for row in rows]


def test_nulls_come_last_whichever_way_is_sorted() -> None:
    up = made("sort", {"by": "n_pins"}, inputs=[edge_of(PICTURES)])
    down = made("sort", {"by": "n_pins", "descending": True}, inputs=[edge_of(PICTURES)])
    assert names(run(up, previous=[PICTURES])) == ["lamp", "vase", "sofa", "lost"]
    assert names(run(down, previous=[PICTURES])) == ["sofa", "vase", "lamp", "lost"]
    assert up.gives == edge_of(PICTURES)


def test_equal_objects_come_in_the_order_of_their_keys_whichever_way_is_sorted() -> None:
    rows = [{"k": key, "n": n} for key, n in (("a", 1), ("b", 2), ("c", 2), ("d", None), ("e", None))]
    up = made("sort", {"by": "n"}, inputs=[edge_of(rows, "k", "d")])
    down = made("sort", {"by": "n", "descending": True}, inputs=[edge_of(rows, "k", "d")])
    for some in permutations(rows):
        assert [row["k"] for row in run(up, previous=[list(some)])] == ["a", "b", "c", "d", "e"]
        assert [row["k"] for row in run(down, previous=[list(some)])] == ["b", "c", "a", "d", "e"]


def test_of_several_fields_the_first_counts_most_and_each_has_its_way() -> None:
    rows = [{"k": f"{a}{b}", "a": a, "b": b} for a in "yx" for b in (1, 3, 2)]
    sort = made("sort", {"by": ["a", "b"], "descending": [False, True]}, inputs=[edge_of(rows, "k", "d")])
    assert [row["k"] for row in run(sort, previous=[rows])] == ["x3", "x2", "x1", "y3", "y2", "y1"]


def test_a_field_inside_of_a_struct_can_be_sorted_by() -> None:
    sort = made(
        "sort", {"by": "owner.user_id", "descending": True}, inputs=[edge_of(BOARDS, "board_id", "board_joins")]
    )
    assert [row["board_id"] for row in run(sort, previous=[BOARDS])] == [11, 7, 9]


def test_what_is_no_number_comes_last_as_null_does() -> None:
    rows = [{"k": key, "x": x} for key, x in (("a", math.nan), ("b", 1.0), ("c", None), ("d", math.inf))]
    sort = made("sort", {"by": "x", "descending": True}, inputs=[edge_of(rows, "k", "d")])
    assert [row["k"] for row in run(sort, previous=[rows])] == ["d", "b", "a", "c"]


def test_top_takes_the_largest_first_and_as_many_as_a_request_asks_for() -> None:
    top = made(
        "top", {"n": "$n", "by": "n_pins"}, inputs=[edge_of(PICTURES)], parameters={"n": Parameter("number", most=3)}
    )
    assert top.gives.most == 3
    assert names(run(top, previous=[PICTURES], parameters={"n": 2})) == ["sofa", "vase"]
    assert run(top, previous=[PICTURES], parameters={"n": -2}) == []


def test_top_without_a_field_takes_the_first_as_they_come() -> None:
    top = made("top", {"n": 2}, inputs=[edge_of(PICTURES, most=1)])
    assert names(run(top, previous=[PICTURES])) == ["sofa", "lamp"]
    assert top.gives.most == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"by": "n_pin"}, r"by, of pin_joins: there is no field 'n_pin' \(did you mean n_pins\?\)"),
        ({"by": "boards.board_id"}, "of which an object has many, as boards is a list"),
        ({"by": "boards"}, "of which an object has many, as boards is a list"),
        ({"by": []}, "by names no field; name one, or several"),
        (
            {"by": "n_pins", "descending": [True, False]},
            "descending has 2 values, and by has 1 fields; give one for each",
        ),
        ({}, "by is missing; settings are by, descending"),
    ],
)
def test_what_can_not_be_sorted_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        made("sort", settings, inputs=[edge_of(PICTURES)])


@pytest.mark.parametrize("n", [-1, 1_001, True, "n", "$m"])
def test_top_needs_a_number_that_is_bounded(n: object) -> None:
    with pytest.raises(PlanError, match="plan p, step s: n is"):
        made("top", {"n": n}, inputs=[edge_of(PICTURES)], parameters={"m": Parameter("fraction", most=3)})


_ROWS = st.lists(st.tuples(st.integers(-3, 3) | st.none(), st.sampled_from("abc") | st.none()), max_size=12).map(
    lambda pairs: [{"k": n, "a": a, "b": b} for n, (a, b) in enumerate(pairs)]
)


@given(_ROWS, st.booleans(), st.booleans(), st.randoms(use_true_random=False), st.integers(0, 12))
def test_any_order_of_objects_is_sorted_as_by_python(
    rows: list[dict[str, Any]], a_down: bool, b_down: bool, random: Any, n: int
) -> None:
    typed = edge_of([{"k": 1, "a": 1, "b": "a"}], "k", "d")
    settings = {"by": ["a", "b"], "descending": [a_down, b_down]}
    expected = sorted(
        rows,
        key=lambda row: (
            row["a"] is None,
            (row["a"] or 0) * (-1 if a_down else 1),
            row["b"] is None,
            ord(row["b"] or "a") * (-1 if b_down else 1),
            row["k"],
        ),
    )
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert run(made("sort", settings, inputs=[typed]), previous=[shuffled]) == expected
    assert run(made("top", {"n": n, **settings}, inputs=[typed]), previous=[shuffled]) == expected[:n]
