"""Merge and fallback: one list of several, of which some may be missing."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.parameters import Parameter
from tests.serving.processors.made_processors import BOARDS, PICTURES, edge_of, made, run
from tests.serving.sources_in_memory import object_type_of_rows

A, B, C, D = ({"k": key, "n": n} for n, key in enumerate("abcd"))
EDGE = edge_of([A], "k", "d", most=4)


def test_in_order_is_all_of_the_first_and_then_all_of_the_second() -> None:
    merge = made("merge", {}, inputs=[EDGE, EDGE])
    assert run(merge, previous=[[A, B], [C, A]]) == [A, B, C, A]
    assert (merge.gives.most, merge.takes_missing, merge.least_inputs) == (8, True, 1)


def test_round_robin_is_the_first_of_each_and_then_the_second_of_each() -> None:
    merge = made("merge", {"way": "round_robin"}, inputs=[EDGE] * 3)
    assert run(merge, previous=[[A, B, C], [], [D]]) == [A, D, B, C]


def test_what_is_missing_is_done_without() -> None:
    for way in ("in_order", "round_robin"):
        merge = made("merge", {"way": way}, inputs=[EDGE] * 3)
        assert run(merge, previous=[None, [A], None]) == [A]
        assert run(merge, previous=[None, None, None]) == []


def test_most_bounds_what_is_merged() -> None:
    merge = made("merge", {"most": "$n"}, inputs=[EDGE, EDGE], parameters={"n": Parameter("number", most=5)})
    assert merge.gives.most == 5
    assert run(merge, previous=[[A, B], [C, D]], parameters={"n": 3}) == [A, B, C]


def test_more_than_a_step_may_give_is_refused_unless_it_is_bounded() -> None:
    large = edge_of([A], "k", "d", most=600)
    with pytest.raises(
        PlanError, match="it may give 1,200 objects; 1,000 are allowed in a step; say how many it gives"
    ):
        made("merge", {}, inputs=[large, large])
    assert made("merge", {"most": 100}, inputs=[large, large]).gives.most == 100


def test_objects_of_two_types_are_not_merged() -> None:
    inputs = [edge_of(PICTURES), edge_of(BOARDS, "board_id", "board_joins")]
    for do in ("merge", "fallback"):
        with pytest.raises(
            PlanError, match="objects of different types: pin_joins and board_joins; merge lists of one"
        ):
            made(do, {}, inputs=inputs)


def test_a_way_that_there_is_not_is_refused() -> None:
    with pytest.raises(PlanError, match="way is 'zip'; it must be one of in_order, round_robin"):
        made("merge", {"way": "zip"}, inputs=[EDGE, EDGE])


def test_the_type_of_merged_objects_has_what_all_have_also_inside_of_lists() -> None:
    def edge(row: dict[str, Any]) -> Any:
        return edge_of([{"k": "a", **row}], "k", "d")

    one = edge({"n": 1, "x": 1, "boards": [{"board_id": 7, "name": "attic"}], "owner": {"a": 1}})
    other = edge({"n": 2, "x": 1.5, "boards": [{"board_id": 7}], "owner": {"b": 1}})
    fields = made("merge", {}, inputs=[one, other]).gives.objects.fields
    assert fields == object_type_of_rows("d", [{"k": "a", "n": 1, "boards": [{"board_id": 7}]}], "k").fields


def test_fallback_is_the_first_list_that_has_objects() -> None:
    fallback = made("fallback", {}, inputs=[EDGE, edge_of([A], "k", "d", most=9), EDGE])
    assert run(fallback, previous=[[A], [B], [C]]) == [A]
    assert run(fallback, previous=[None, [], [C]]) == [C]
    assert run(fallback, previous=[None, [], None]) == []
    assert (fallback.gives.most, fallback.takes_missing) == (9, True)


_LISTS = st.lists(st.lists(st.sampled_from([A, B, C, D]), max_size=5) | st.none(), min_size=1, max_size=4)


@given(_LISTS, st.sampled_from(["in_order", "round_robin"]))
def test_merging_keeps_every_object_and_the_order_within_each_list(
    lists: list[list[dict[str, object]] | None], way: str
) -> None:
    tagged = [
        None if some is None else [{**row, "from": n, "at": at} for at, row in enumerate(some)]
        for n, some in enumerate(lists)
    ]
    merged = run(made("merge", {"way": way}, inputs=[EDGE] * len(lists)), previous=tagged)
    assert Counter((row["from"], row["at"]) for row in merged) == Counter(
        (row["from"], row["at"]) for some in tagged if some is not None for row in some
    )
    for n, some in enumerate(tagged):
        assert [row for row in merged if row["from"] == n] == (some or [])
    if way == "round_robin":
        assert [row["at"] for row in merged] == sorted(row["at"] for row in merged)
