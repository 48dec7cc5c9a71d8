import dataclasses
import re

import pytest

from joins.raw.synthetic.shape import GraphShape, GraphShapeError


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"n_pins": -1}, "GraphShape: n_pins=-1; a whole number from 0 to 1,000,000,000 is allowed"),
        ({"n_pins": 1e3}, "GraphShape: n_pins=1000.0; a whole number from 0 to 1,000,000,000 is allowed"),
        ({"share_wrong": 1.5}, "GraphShape: share_wrong=1.5; a number from 0 to 1 is allowed"),
        ({"recency": float("nan")}, "GraphShape: recency=nan; a number from 0.1 to 100 is allowed"),
        ({"recency": None}, "GraphShape: recency=None; a number from 0.1 to 100 is allowed"),
        ({"n_pins": 3, "n_boards": 0}, "n_pins=3 needs n_boards of at least 1, got 0"),
        ({"n_boards": 3, "n_users": 0}, "n_boards=3 needs n_users of at least 1, got 0"),
    ],
)
def test_a_wrong_knob_is_refused_by_name_value_and_range(knobs: dict[str, float], message: str) -> None:
    with pytest.raises(GraphShapeError, match=re.escape(message)):
        GraphShape(**knobs)  # type: ignore[arg-type]


def test_every_knob_is_declared_with_a_range_that_holds_its_default_and_a_meaning() -> None:
    for knob in dataclasses.fields(GraphShape):
        low, high = knob.metadata["allowed"]
        assert low < high
        assert knob.default is None or low <= knob.default <= high
        assert len(knob.metadata["meaning"]) > len("pins")


def test_small_graphs_have_fewer_categories_so_that_each_has_boards() -> None:
    assert GraphShape(n_pins=2000).sizes.n_categories == 5  # 80 boards, one category for 16
    assert GraphShape(n_pins=12_800).sizes.n_categories == 32
