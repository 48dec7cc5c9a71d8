"""Related objects by random walks: what is reached, how often, at what cost, and that it is the same each time."""

from collections import deque
from math import sqrt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.errors import PlanError, StoreError, TooLateError
from serving.plans.limits import Limits
from serving.plans.parameters import Parameter
from serving.processor import Processor
from tests.serving.processors.made_processors import BOARDS, PICTURES, boards, edge_of, made, pictures, run
from tests.serving.sources_in_memory import MemorySource

WALK: dict[str, object] = {
    "there": {"dataset": "pin_joins", "path": "boards.board_id"},
    "back": {"dataset": "board_joins", "path": "pin_joins.image_signature"},
    "most": 10,
    "fields": ["n_pins"],
}
SOFA, LAMP, VASE, LOST = PICTURES
PICTURES_SCHEMA, BOARDS_SCHEMA = (pa.Table.from_pylist(rows).schema for rows in (PICTURES, BOARDS))
Graph = dict[str, list[int]]  # of each picture its boards


def related(*sources: MemorySource, most_starts: int = 4, **options: object) -> Processor:
    parameters = {"n": Parameter("number", most=500), "seed": Parameter("number")}
    edge = edge_of(PICTURES, most=most_starts)
    return made("related", {**WALK, **options}, *sources, inputs=[edge], parameters=parameters)


def visits_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {row["image_signature"]: row["visits"] for row in rows}


def sources_of_graph(graph: Graph, **options: Any) -> tuple[MemorySource, MemorySource]:
    on_board: dict[int, list[str]] = {}
    for picture, ids in graph.items():
        for board in ids:
            on_board.setdefault(board, []).append(picture)
    rows = [{**SOFA, "image_signature": key, "boards": [{"board_id": n} for n in ids]} for key, ids in graph.items()]
    pins = [{"board_id": n, "pin_joins": [{"image_signature": key} for key in keys]} for n, keys in on_board.items()]
    return (
        MemorySource("pin_joins", rows, "image_signature", schema=PICTURES_SCHEMA, **options),
        MemorySource("board_joins", pins, "board_id", schema=BOARDS_SCHEMA, **options),
    )


def test_pictures_on_a_shared_board_are_related_and_the_start_is_not() -> None:
    walk = related(pictures(), boards())
    found = run(walk, pictures(), boards(), previous=[[SOFA]])
    assert [(row["image_signature"], row["n_pins"]) for row in found] == [("lamp", 1)]
    assert list(walk.gives.objects.fields) == ["image_signature", "n_pins", "visits"]  # type: ignore[union-attr]
    assert walk.gives.objects.fields["visits"].type == "double"  # type: ignore[union-attr]
    assert (walk.waits, walk.addresses) == ("never", ("pin_joins", "board_joins"))


def test_one_step_from_home_reaches_the_lamp_once_in_four() -> None:
    """Of the sofa's two boards one in two is the attic, and of its two pictures one in two is the lamp."""
    walk = related(pictures(), boards(), steps=4_000, restart=1.0)
    visits = visits_of(run(walk, pictures(), boards(), previous=[[SOFA]]))
    assert visits["lamp"] == pytest.approx(1_000, abs=120)  # a deviation is 27


def test_without_restart_the_lamp_is_left_by_its_only_board() -> None:
    """From sofa to lamp 1/4, from lamp to lamp 1/2, so in the long run a walker is at the lamp 1/3 of the time."""
    walk = related(pictures(), boards(), steps=6_000, walkers=20, restart=0.0)
    assert visits_of(run(walk, pictures(), boards(), previous=[[SOFA]]))["lamp"] == pytest.approx(2_000, abs=250)


def test_what_several_starts_come_by_counts_more() -> None:
    """Two starts with a board each; `both` is on either board, `one` and `two` on one of them."""
    graph = {"s": [1], "t": [2], "both": [1, 2], "one": [1], "two": [2]}
    stores = sources_of_graph(graph)
    starts = [{**SOFA, "image_signature": key} for key in ("s", "t")]
    found = run(related(*stores, restart=1.0, steps=3_000), *stores, previous=[starts])
    visits = visits_of(found)
    assert found[0]["image_signature"] == "both"
    assert set(visits) == {"both", "one", "two"}
    # each start has 1,500 steps, a third of which reach each picture: (2 * sqrt(500)) ** 2 is 2,000
    assert visits["both"] == pytest.approx((2 * sqrt(500)) ** 2, rel=0.15)
    assert visits["one"] == pytest.approx(500, rel=0.2)


def test_a_seed_walks_the_same_way_and_another_seed_another() -> None:
    graph = {f"p{n}": [n, n + 1, n * n % 7] for n in range(30)}
    stores = sources_of_graph(graph)
    start = [[{**SOFA, "image_signature": "p3"}]]

    def found(**options: object) -> list[dict[str, Any]]:
        return run(related(*stores, **options), *stores, previous=start, parameters={"n": 300, "seed": 7})  # type: ignore[no-any-return]

    assert found(seed=7) == found(seed=7) == found(seed="$seed")
    assert found(seed=7) != found(seed=8)
    assert found(steps=300) == found(steps="$n")


def test_whatever_waits_the_walk_is_the_same() -> None:
    graph = {f"p{n}": [n, n + 1, n * n % 7] for n in range(30)}
    start = [[{**SOFA, "image_signature": "p3"}]]
    results = []
    for there, back, waits in (
        ("never", "never", "never"),
        ("remote", "remote", "remote"),
        ("never", "remote", "remote"),
        ("blocking", "remote", "blocking"),
        ("blocking", "never", "blocking"),
    ):
        stores = sources_of_graph(graph)
        stores[0].waits, stores[1].waits, stores[1].delay_s = there, back, 0.0005  # type: ignore[assignment]
        walk = related(*stores, steps=200)
        assert walk.waits == waits
        results.append(run(walk, *stores, previous=start))
    assert all(result == results[0] for result in results)
    assert results[0]


def test_rows_of_a_round_are_read_together_and_each_once() -> None:
    graph = {f"p{n}": [n, n + 1, n * n % 7] for n in range(30)}
    stores = sources_of_graph(graph)
    run(related(*stores, steps=1_000, walkers=100), *stores, previous=[[{**SOFA, "image_signature": "p3"}]])
    *of_walk, last = stores[0].asked
    assert last[1] == ["image_signature", "n_pins"]
    assert len(of_walk) <= 10
    assert len(stores[1].asked) <= 10
    for source, asked, field in (
        (stores[0], of_walk, "boards.board_id"),
        (stores[1], stores[1].asked, "pin_joins.image_signature"),
    ):
        keys = [key for some, _ in asked for key in some]
        assert len(keys) == len(set(keys)) <= len(source.rows)
        assert {tuple(fields) for _, fields in asked} == {(field,)}


def test_reads_are_bounded_by_a_setting_and_counted() -> None:
    graph = {f"p{n}": [n, n + 1, n * n % 7] for n in range(30)}
    start = [[{**SOFA, "image_signature": "p3"}]]
    for reads, n_reads in ((0, 10), (1, 11), (2, 12), (9, 19), (5_000, 2_010), (None, 2_010)):
        stores = sources_of_graph(graph)
        walk = related(*stores, reads=reads)
        assert walk.n_reads == n_reads
        found = run(walk, *stores, previous=start)
        asked = [key for source in stores for keys, _ in source.asked for key in keys]
        assert len(asked) <= n_reads
        assert bool(found) == (reads is None or reads >= 2)


def test_dead_ends_and_rows_that_are_gone_send_walkers_home() -> None:
    lost = run(related(pictures(), boards()), pictures(), boards(), previous=[[LOST]])
    assert lost == []
    stores = sources_of_graph({"s": [1, 2], "t": [1]})
    del stores[1].rows[2]  # a board that has no row
    found = run(related(*stores, steps=100, restart=0.0), *stores, previous=[[{**SOFA, "image_signature": "s"}]])
    assert set(visits_of(found)) == {"t"}
    del stores[0].rows["t"]  # reached, but without a row there is no object
    assert run(related(*stores, steps=100), *stores, previous=[[{**SOFA, "image_signature": "s"}]]) == []


def test_nothing_to_begin_with_reads_nothing() -> None:
    for waits in ("never", "remote"):
        stores = pictures(waits=waits), boards(waits=waits)
        assert run(related(*stores), *stores, previous=[[]]) == []
        assert stores[0].asked == stores[1].asked == []


def test_equal_visits_come_in_the_order_of_keys_and_most_bounds_them() -> None:
    graph = {"s": [1], **{key: [1] for key in "dbca"}}
    stores = sources_of_graph(graph)
    start = [[{**SOFA, "image_signature": "s"}]]
    found = run(related(*stores, most="$n"), *stores, previous=start, parameters={"n": 3})
    everything = visits_of(run(related(*stores), *stores, previous=start))
    assert len(found) == 3
    assert list(visits_of(found)) == sorted(everything, key=lambda key: (-everything[key], key))[:3]


def test_a_walk_ends_when_the_time_of_its_request_is_over() -> None:
    for waits in ("never", "remote"):
        stores = pictures(waits=waits), boards(waits=waits)
        with pytest.raises(TooLateError, match="its time was over in the middle of a walk"):
            run(related(*stores), *stores, previous=[[SOFA]], left_s=-1.0)


def test_a_store_that_fails_ends_the_walk() -> None:
    for waits in ("never", "remote"):
        stores = pictures(waits=waits), boards(waits=waits, failure=StoreError("it is down"))
        with pytest.raises(StoreError, match="it is down"):
            run(related(*stores), *stores, previous=[[SOFA]])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"there": {"dataset": "board_joins", "path": "pin_joins.image_signature"}},
            "it takes pin_joins, and there.dataset is board_joins",
        ),
        (
            {"there": {"dataset": "pin_joins", "path": "category"}},
            r"there.path names 'category', .*keys of board_joins \(board_id\)",
        ),
        (
            {"back": {"dataset": "board_joins", "path": "board_id"}},
            "back.path names 'board_id', which is int64; the keys of pin_joins",
        ),
        ({"back": {"dataset": "board_joins"}}, "back.path is missing"),
        ({"steps": 20_000}, "steps is 20,000; 0 to 10,000 is allowed"),
        ({"walkers": 0}, "walkers is 0; 1 to 1,000 is allowed"),
        ({"restart": 1.5}, "restart is 1.5; 0 to 1 is allowed"),
        ({"restart": float("nan")}, "restart is nan; 0 to 1 is allowed"),
        ({"reads": -1}, "reads is -1; 0 or more is allowed"),
        ({"fields": []}, "fields is empty"),
        ({"most": "$seed"}, r"most is \$seed, and parameter seed has no bound"),
    ],
)
def test_what_can_not_be_walked_is_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        related(pictures(), boards(), **changed)


def test_a_dataset_that_has_visits_of_its_own_can_not_be_given_others() -> None:
    rows = [{"image_signature": "sofa", "visits": 3, "boards": [{"board_id": 7}]}]
    source = MemorySource("pin_joins", rows, "image_signature")
    with pytest.raises(PlanError, match="'visits', which pin_joins have already"):
        related(source, boards(), fields=["visits"])


def test_the_limits_of_a_service_bound_the_steps() -> None:
    with pytest.raises(PlanError, match="steps is 1,000; 0 to 50 is allowed"):
        made("related", WALK, pictures(), boards(), inputs=[edge_of(PICTURES)], limits=Limits(reads=50))


_GRAPHS = st.dictionaries(
    st.sampled_from([f"p{n}" for n in range(8)]), st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=8
)


@settings(max_examples=60)
@given(
    _GRAPHS,
    st.integers(1, 3),
    st.integers(0, 120),
    st.integers(1, 40),
    st.floats(0, 1),
    st.integers(0, 60),
    st.integers(0, 99),
)
def test_a_walk_stays_in_what_is_joined_within_its_bounds(
    graph: Graph, n_starts: int, steps: int, walkers: int, restart: float, reads: int, seed: int
) -> None:
    starts = list(graph)[:n_starts]
    options: dict[str, Any] = {"steps": steps, "walkers": walkers, "restart": restart, "reads": reads, "seed": seed}
    results = []
    for waits in ("never", "remote"):
        stores = sources_of_graph(graph, waits=waits)
        walk = related(*stores, **options)
        results.append(run(walk, *stores, previous=[[{**SOFA, "image_signature": key} for key in starts]]))
        n_asked = sum(len(keys) for source in stores for keys, _ in source.asked)
        assert n_asked <= walk.n_reads <= min(reads, 2 * steps) + 10
        assert sum(len(source.asked) for source in stores) <= 2 * -(-steps // min(walkers, steps or 1)) + 1
    assert results[0] == results[1]
    visits = visits_of(results[0])
    assert set(visits) <= _joined_to(starts, graph) - set(starts)
    assert list(visits.values()) == sorted(visits.values(), reverse=True)
    assert sum(visits.values()) <= steps * len(starts) * (1 + 1e-9)  # by Cauchy's inequality; equal for one start


def _joined_to(starts: list[str], graph: Graph) -> set[str]:
    seen, waiting = set(starts), deque(starts)
    while waiting:
        here = set(graph[waiting.popleft()])
        near = {key for key, ids in graph.items() if here & set(ids)} - seen
        seen |= near
        waiting += near
    return seen
