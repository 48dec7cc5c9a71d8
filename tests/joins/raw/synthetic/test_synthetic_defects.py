import datetime as dt

import pyarrow.compute as pc

from joins.raw.schemas import PINS
from joins.raw.synthetic.defects import DEFECTS
from joins.raw.synthetic.graph import GeneratedGraph, generate_graph
from joins.raw.synthetic.shape import GraphShape

AS_OF = dt.date(2026, 11, 20)


def generate(n_pins: int, **knobs: float) -> GeneratedGraph:
    return generate_graph(GraphShape(n_pins=n_pins, **knobs), as_of=AS_OF)  # type: ignore[arg-type]


def test_clean_graphs_have_no_defects() -> None:
    graph = generate(500)
    assert graph.defect_counts == dict.fromkeys(DEFECTS, 0)


def test_every_defect_is_there_as_often_as_counted() -> None:
    graph = generate(9000, dirty_share=0.01)
    assert graph.defect_counts == dict.fromkeys(DEFECTS, 10)  # 90 bad rows, nine kinds
    pins = graph.pins
    hexadecimal = pc.match_substring_regex(pins["image_signature"], "^[0-9a-f]{16}$")
    counts = pins["pin_id"].value_counts()
    found = {
        "null_board": pins["board_id"].null_count,
        "non_hex_signature": pc.sum(pc.invert(hexadecimal)).as_py(),
        "no_signature": pins["image_signature"].null_count,
        "dangling_board": pc.sum(pc.invert(pc.is_in(pins["board_id"].drop_null(), graph.boards["board_id"]))).as_py(),
        "dangling_user": pc.sum(pc.invert(pc.is_in(pins["user_id"], graph.users["user_id"]))).as_py(),
        "dangling_parent": pc.sum(pc.invert(pc.is_in(pins["parent_pin_id"].drop_null(), pins["pin_id"]))).as_py(),
        "self_parent": pc.sum(pc.equal(pins["parent_pin_id"], pins["pin_id"])).as_py(),
        "twice": pc.sum(pc.equal(counts.field("counts"), 2)).as_py(),
        "distinct": len(set(map(str, pins.to_pylist()))),
    }
    assert found == {
        "null_board": 10,
        "non_hex_signature": 10,
        "no_signature": 10,
        "dangling_board": 10,
        "dangling_user": 10,
        "dangling_parent": 10,
        "self_parent": 10,
        "twice": 20,
        "distinct": 9010,  # the exact duplicates add nothing new
    }


def test_the_truth_is_the_same_with_and_without_defects_and_other_rows_stay() -> None:
    clean, dirty = generate(5000), generate(5000, dirty_share=0.1)
    for name in ("boards", "users", "true_boards", "true_pictures"):
        assert getattr(clean, name).equals(getattr(dirty, name)), name
    untouched = pc.invert(pc.is_in(clean.pins["pin_id"], value_set=dirty.defects["pin_id"]))
    kept = dirty.pins.slice(0, 5000).filter(untouched)
    assert kept.cast(PINS).equals(clean.pins.filter(untouched))


def test_no_pin_was_saved_from_a_bad_one_and_no_pin_is_bad_twice() -> None:
    dirty, clean = generate(5000, dirty_share=0.2), generate(5000)
    assert len(pc.unique(dirty.defects["pin_id"])) == dirty.defects.num_rows == 1000
    assert not pc.any(pc.is_in(clean.pins["parent_pin_id"].drop_null(), value_set=dirty.defects["pin_id"])).as_py()
