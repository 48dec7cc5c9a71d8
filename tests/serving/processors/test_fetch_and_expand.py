"""Fetch and expand: rows by keys, from a parameter, from the plan, or from other rows."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError, StoreError
from serving.plans.limits import Limits
from serving.plans.parameters import Parameter
from storage_tiers.random_access.values import StoredField
from tests.serving.processors.made_processors import BOARDS, PICTURES, boards, edge_of, made, pictures, run
from tests.serving.sources_in_memory import MemorySource, request_of

SIGNATURE = {"image_signature": Parameter()}
SIGNATURES = {"some": Parameter(list=True, items=5)}


def test_a_key_of_a_parameter_gives_its_row_with_the_key_and_the_asked_fields() -> None:
    fetch = made(
        "fetch",
        {"dataset": "pin_joins", "keys": "$image_signature", "fields": ["n_pins"]},
        pictures(),
        parameters=SIGNATURE,
    )
    assert run(fetch, pictures(), parameters={"image_signature": "lamp"}) == [{"image_signature": "lamp", "n_pins": 1}]
    assert (fetch.gives.most, fetch.n_reads, fetch.waits, fetch.addresses) == (1, 1, "never", ("pin_joins",))
    assert list(fetch.gives.objects.fields) == ["image_signature", "n_pins"]


def test_keys_without_a_row_leave_no_object_and_repeated_ones_are_read_once() -> None:
    source = pictures()
    fetch = made(
        "fetch", {"dataset": "pin_joins", "keys": "$some", "fields": ["n_pins"]}, source, parameters=SIGNATURES
    )
    found = run(fetch, source, parameters={"some": ["vase", "none", "sofa", "vase"]})
    assert [row["image_signature"] for row in found] == ["vase", "sofa"]
    assert source.asked == [(["vase", "none", "sofa"], ["image_signature", "n_pins"])]
    assert (fetch.gives.most, fetch.n_reads) == (5, 5)
    assert run(fetch, source, parameters={"some": ["none"]}) == []


def test_literal_keys_stand_in_the_plan() -> None:
    fetch = made("fetch", {"dataset": "board_joins", "keys": [9, 7, 9], "fields": ["name"]}, boards())
    assert run(fetch, boards()) == [{"board_id": 9, "name": "blue"}, {"board_id": 7, "name": "attic"}]
    assert fetch.gives.most == 2


def test_one_literal_key_needs_no_list() -> None:
    fetch = made("fetch", {"dataset": "pin_joins", "keys": "sofa", "fields": ["n_pins"]}, pictures())
    assert run(fetch, pictures()) == [{"image_signature": "sofa", "n_pins": 3}]


def test_a_dotted_field_takes_that_part_alone() -> None:
    fetch = made(
        "fetch",
        {"dataset": "board_joins", "keys": [7], "fields": ["owner.user_id", "pin_joins.image_signature"]},
        boards(),
    )
    assert run(fetch, boards()) == [{"board_id": 7, "owner": {"user_id": 5}, "pin_joins": BOARDS[0]["pin_joins"]}]


def test_parts_of_one_field_come_together_and_the_whole_of_it_takes_all() -> None:
    rows = [{"k": "a", "owner": {"x": 1, "y": 2, "z": 3}}]
    source = MemorySource("d", rows, "k")
    parts = made("fetch", {"dataset": "d", "keys": "a", "fields": ["owner.z", "owner.x"]}, source)
    assert run(parts, source) == [{"k": "a", "owner": {"x": 1, "z": 3}}]
    assert [child.name for child in parts.gives.objects.fields["owner"].children] == ["x", "z"]
    whole = made("fetch", {"dataset": "d", "keys": "a", "fields": ["owner.z", "owner"]}, source)
    assert run(whole, source) == rows
    assert source.asked[-1] == (["a"], ["k", "owner"])
    assert whole.gives.objects.fields["owner"] == source.object_type.fields["owner"]


def test_of_a_list_of_structs_the_type_keeps_the_named_parts() -> None:
    source = MemorySource("d", [{"k": "a", "boards": [{"board_id": 7, "name": "attic"}]}], "k")
    fetch = made("fetch", {"dataset": "d", "keys": "a", "fields": ["boards.board_id"]}, source)
    (items,) = fetch.gives.objects.fields["boards"].children
    assert items.children == (StoredField("board_id", "int64"),)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fields": ["n_pin"]}, r"fields, of pin_joins: there is no field 'n_pin' \(did you mean n_pins\?\)"),
        ({"fields": ["boards.id"]}, "there is no field 'boards.id'.*boards.board_id"),
        ({"fields": []}, "fields is empty; pin_joins has image_signature, n_pins, category, boards"),
        ({"fields": ["pins"]}, "fields names 'pins', which the variant of pin_joins that is read leaves unset"),
        ({"keys": [1]}, r"keys has 1; the keys of pin_joins \(image_signature\) are texts"),
        ({"keys": ["$some"]}, r"keys has '\$some' among others; a parameter stands alone"),
        ({"keys": "$board_id"}, r"keys is \$board_id, and parameter board_id is a number.*need type = 'text'"),
        ({"keys": "$sume"}, r"there is no parameter 'sume' \(did you mean some\?\)"),
        ({"keys": "$many"}, "keys may be 2,000; 1,000 objects are allowed in a step"),
        ({"dataset": "pins"}, "there is no dataset 'pins'; there are pin_joins"),
        ({"dataset": "pins" * 1_000}, "there is no dataset '[pins]{79}; there are pin_joins"),
        ({"limit": 3}, "there is no setting 'limit'"),
    ],
)
def test_what_can_not_be_fetched_is_refused(settings: dict[str, object], message: str) -> None:
    parameters = {**SIGNATURES, "board_id": Parameter("number"), "many": Parameter(list=True, items=2_000)}
    written = {"dataset": "pin_joins", "keys": "sofa", "fields": ["n_pins"], **settings}
    with pytest.raises(PlanError, match="plan p, step s: .*" + message):
        made("fetch", written, pictures(unset=["pins"]), parameters=parameters)


def test_a_truth_is_no_key() -> None:
    with pytest.raises(PlanError, match=r"keys\[0\] is true; it must be a whole number, or a text"):
        made("fetch", {"dataset": "board_joins", "keys": [True], "fields": ["name"]}, boards())


def test_a_source_that_waits_gives_what_comes_later() -> None:
    for waits in ("remote", "blocking"):
        source = pictures(waits=waits, is_slow=True)
        fetch = made("fetch", {"dataset": "pin_joins", "keys": ["sofa", "none"], "fields": ["n_pins"]}, source)
        assert (fetch.waits, fetch.is_slow) == (waits, True)
        assert run(fetch, source) == [{"image_signature": "sofa", "n_pins": 3}]


def test_the_failure_of_a_store_is_that_of_the_step() -> None:
    for waits in ("never", "remote"):
        source = pictures(waits=waits, failure=StoreError("it is down"))
        fetch = made("fetch", {"dataset": "pin_joins", "keys": "sofa", "fields": ["n_pins"]}, source)
        with pytest.raises(StoreError, match="it is down"):
            run(fetch, source)


def test_a_board_of_two_pictures_is_read_once_and_in_their_order() -> None:
    source = boards()
    settings = {"path": "boards.board_id", "dataset": "board_joins", "fields": ["name"], "most": 6}
    expand = made("expand", settings, source, inputs=[edge_of(PICTURES)])
    found = run(expand, source, previous=[[PICTURES[2], PICTURES[3], PICTURES[0], PICTURES[1]]])
    assert [row["name"] for row in found] == [None, "attic", "blue"]
    assert source.asked == [([11, 7, 9], ["board_id", "name"])]
    assert (expand.gives.most, expand.n_reads, expand.gives.objects.name) == (6, 6, "board_joins")


def test_most_bounds_the_keys_of_all_objects_and_per_object_those_of_each() -> None:
    settings = {"path": "boards.board_id", "dataset": "board_joins", "fields": ["name"], "most": "$n", "per_object": 1}
    n = {"n": Parameter("number", least=1, most=40)}
    expand = made("expand", settings, boards(), inputs=[edge_of(PICTURES, most=3)], parameters=n)
    assert expand.gives.most == 3  # one of each of three
    found = run(expand, boards(), previous=[[PICTURES[0], PICTURES[2]]], parameters={"n": 40})
    assert [row["board_id"] for row in found] == [7, 11]
    assert [
        row["board_id"] for row in run(expand, boards(), previous=[[PICTURES[0], PICTURES[2]]], parameters={"n": 1})
    ] == [7]


def test_a_path_without_lists_has_one_key_an_object() -> None:
    users = MemorySource("user_joins", [{"user_id": 5, "name": "Ada"}], "user_id")
    settings = {"path": "owner.user_id", "dataset": "user_joins", "fields": ["name"], "most": 50}
    expand = made("expand", settings, users, inputs=[edge_of(BOARDS, "board_id", "board_joins", most=4)])
    assert expand.gives.most == 4
    assert run(expand, users, previous=[BOARDS]) == [
        {"user_id": 5, "name": "Ada"}
    ]  # user 6 has no row, a board no owner


def test_no_keys_ask_nothing_of_a_store() -> None:
    settings = {"path": "boards.board_id", "dataset": "board_joins", "fields": ["name"], "most": 6}
    for waits in ("never", "remote"):
        source = boards(waits=waits)
        expand = made("expand", settings, source, inputs=[edge_of(PICTURES)])
        assert run(expand, source, previous=[[]]) == []
        assert run(expand, source, previous=[[PICTURES[3]]]) == []
        assert source.asked == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"path": "boards"},
            r"path names 'boards', which is a struct of board_id; the keys of board_joins \(board_id\) are",
        ),
        ({"path": "category"}, "path names 'category', which is string; the keys of board_joins"),
        ({"path": "boards.name"}, "there is no field 'boards.name'"),
        ({"most": 1_001}, "most is 1,001; 0 to 1,000 is allowed"),
        ({"most": "$unbound"}, r"most is \$unbound, and parameter unbound has no bound; add most = 100 to it"),
        ({"most": "$wide"}, r"most is \$wide, and parameter wide has most = 5,000; 0 to 1,000 is allowed for it"),
        ({"most": "six"}, "most is 'six'; write a value, or the name of a parameter with"),
        ({"per_object": "$text"}, r"per_object is \$text, and parameter text is a text; one whole number is needed"),
    ],
)
def test_what_can_not_be_expanded_is_refused(settings: dict[str, object], message: str) -> None:
    written = {"path": "boards.board_id", "dataset": "board_joins", "fields": ["name"], "most": 6, **settings}
    parameters = {"unbound": Parameter("number"), "wide": Parameter("number", most=5_000), "text": Parameter()}
    with pytest.raises(PlanError, match=message):
        made("expand", written, boards(), inputs=[edge_of(PICTURES)], parameters=parameters)


def test_a_negative_number_of_a_request_takes_nothing() -> None:
    settings = {"path": "boards.board_id", "dataset": "board_joins", "fields": ["name"], "most": "$n"}
    expand = made(
        "expand", settings, boards(), inputs=[edge_of(PICTURES)], parameters={"n": Parameter("number", most=5)}
    )
    assert run(expand, boards(), previous=[PICTURES], parameters={"n": -1}) == []


def test_limits_of_a_service_bound_what_a_step_may_give() -> None:
    settings = {"path": "boards.board_id", "dataset": "board_joins", "fields": ["name"], "most": 6}
    with pytest.raises(PlanError, match="most is 6; 0 to 5 is allowed"):
        made("expand", settings, boards(), inputs=[edge_of(PICTURES)], limits=Limits(fan_out=5))


def test_requests_at_once_keep_nothing_of_each_other() -> None:
    source = pictures(waits="remote", delay_s=0.001)
    settings = {"dataset": "pin_joins", "keys": "$image_signature", "fields": ["n_pins"]}
    fetch = made("fetch", settings, source, parameters=SIGNATURE)

    async def both() -> list[object]:
        asked = [request_of(source, parameters={"image_signature": key}) for key in ("sofa", "vase")]
        return await asyncio.gather(*(fetch.process(request, ()) for request in asked))

    assert asyncio.run(both()) == [
        [{"image_signature": "sofa", "n_pins": 3}],
        [{"image_signature": "vase", "n_pins": 2}],
    ]


@given(st.lists(st.lists(st.integers(0, 9) | st.none()) | st.none(), max_size=6), st.integers(0, 12))
def test_expand_reads_the_first_keys_of_all_in_order_each_once(lists: list[list[int | None] | None], most: int) -> None:
    rows = [{"k": str(n), "links": None if ids is None else [{"id": i} for i in ids]} for n, ids in enumerate(lists)]
    target = MemorySource("t", [{"id": n} for n in range(0, 10, 2)], "id")
    typed = edge_of([{"k": "a", "links": [{"id": 1}]}], "k", "d")
    expand = made(
        "expand", {"path": "links.id", "dataset": "t", "fields": ["id"], "most": most}, target, inputs=[typed]
    )
    keys: list[int] = []
    for ids in lists:
        for key in ids or ():
            if key is not None and key not in keys:
                keys.append(key)
    assert run(expand, target, previous=[rows]) == [{"id": key} for key in keys[:most] if key % 2 == 0]
