"""Drawings of lineage: every box behind what it is made from, no line through a box, and text that stays text."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.data_catalog.catalog_pages.lineage_drawing import Box, Drawing, Line, drawn
from workflows.data_catalog.catalog_pages.lineage_layout import layout_of, without_implied

NAMES = [f"d{number}" for number in range(8)]
ANY_GRAPH = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), unique=True))
NO_CIRCLES = ANY_GRAPH.map(lambda graph: {name: [one for one in of if one < name] for name, of in graph.items()})


def parsed(svg):
    return ET.fromstring(svg)  # noqa: S314 - it was made here


def names_of(graph):
    return {*graph, *(one for of in graph.values() for one in of)}


def above(graph, name):
    found, waiting = set(), [name]
    while waiting:
        new = [one for one in graph.get(waiting.pop(), ()) if one not in found]
        found.update(new)
        waiting += new
    return found


@given(ANY_GRAPH)
def test_every_name_stands_once_whatever_goes_in_circles(graph):
    layout = layout_of(graph)
    placed = [name for column in layout.columns for name in column if name in NAMES]
    assert sorted(placed) == sorted(names_of(graph))


@given(NO_CIRCLES)
def test_each_stands_behind_what_it_is_made_from_and_lines_pass_every_column_between(graph):
    layout = layout_of(graph)
    column = {name: number for number, names in enumerate(layout.columns) for name in names}
    assert {*layout.ways} == {(source, target) for target, sources in graph.items() for source in sources}
    for (source, target), way in layout.ways.items():
        assert (way[0], way[-1]) == (source, target)
        assert [column[name] for name in way] == list(range(column[source], column[target] + 1))


@given(NO_CIRCLES)
def test_what_is_left_out_is_implied_by_what_stays(graph):
    kept = without_implied(graph)
    for name in names_of(graph):
        assert above(kept, name) == above(graph, name)
    for sources in kept.values():
        for source in sources:
            assert not any(source in above(graph, other) for other in sources if other != source)


@given(NO_CIRCLES)
def test_the_same_graph_is_drawn_the_same(graph):
    assert layout_of(graph) == layout_of(dict(graph))


@pytest.mark.parametrize("is_down", [True, False])
def test_boxes_do_not_overlap_and_lie_within_the_drawing(is_down):
    graph = {"d": ["a", "b", "c"], "e": ["a", "d"], "f": ["a" * 60, "e"]}
    layout = layout_of(graph)
    names = names_of(graph)
    layers = tuple(tuple(Box(one, one if one in names else "") for one in column) for column in layout.columns)
    svg = parsed(drawn(Drawing("some", layers, tuple(map(Line, layout.ways.values())), is_down=is_down)))
    width, height = float(svg.get("width")), float(svg.get("height"))
    boxes = [tuple(float(rect.get(name)) for name in ("x", "y", "width", "height")) for rect in svg.iter("rect")]
    assert len(boxes) == len(names)
    for number, (x, y, w, h) in enumerate(boxes):
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
        for other_x, other_y, other_w, other_h in boxes[:number]:
            assert x + w <= other_x or other_x + other_w <= x or y + h <= other_y or other_y + other_h <= y


def test_names_from_data_are_text_and_nothing_else():
    odd = '<script>alert("1")</script>\u202e&'
    svg = drawn(Drawing(odd, ((Box(odd, odd, 'javascript:"'),), (Box("b", "b"),)), (Line((odd, "b"), words=odd),)))
    root = parsed(svg)
    assert [one.tag for one in root.iter() if "script" in one.tag] == []
    assert "\u202e" not in svg
    assert [text.text for text in root.iter("text")] == ['<script>alert("1")</script>\\u202e&', "b"]


def test_a_long_name_is_cut_and_told_whole():
    svg = parsed(drawn(Drawing("long", ((Box("a", "a" * 500),),), ())))
    (text,) = svg.iter("text")
    assert text.text.endswith("…")
    assert [title.text for title in svg.iter("title")] == ["a" * 500]


def test_a_drawing_of_nothing_is_a_drawing():
    assert drawn(Drawing("nothing", (), ())).startswith("<svg")
    assert layout_of({}).columns == ()
