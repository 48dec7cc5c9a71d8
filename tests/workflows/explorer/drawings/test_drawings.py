from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workflows.explorer.drawings.neighbours import MOST_NEIGHBOURS, Neighbour, draw_neighbours
from workflows.explorer.drawings.repin_chain import MOST_PINS, ChainPin, draw_chain


def neighbours(*n_repins: int, first: int = 0) -> list[Neighbour]:
    return [Neighbour(first + number, f"board {number}", n, f"/boards/{number}") for number, n in enumerate(n_repins)]


def test_sources_stand_left_and_savers_right_of_the_board():
    drawing = draw_neighbours("food", neighbours(3, 9), neighbours(2, first=10))
    centre, *others = drawing.points
    assert [(one.kind, one.x < centre.x) for one in others] == [("from", True), ("from", True), ("to", False)]
    assert [one.label for one in others] == ["board 1 · 9", "board 0 · 3", "board 0 · 2"]
    assert drawing.title == "food saves from 2 boards, and 1 board saves from it"


def test_the_strongest_fifty_are_drawn_and_the_others_counted():
    drawing = draw_neighbours("food", neighbours(*range(1, 61)), neighbours(*range(1, 41), first=100))
    assert len(drawing.points) - 1 == MOST_NEIGHBOURS
    assert drawing.note.startswith("50 more neighbours")
    lone = draw_neighbours("food", neighbours(*range(1, 61)), [])
    assert len(lone.points) - 1 == MOST_NEIGHBOURS


def test_a_board_without_neighbours_stands_alone():
    assert len(draw_neighbours("food", [], []).points) == 1


def test_a_stronger_edge_is_no_narrower():
    widths = [line.width for line in draw_neighbours("food", neighbours(50, 7, 7, 1), []).lines]
    assert all(one >= other for one, other in pairwise(widths))
    assert min(widths) >= 1


def test_a_chain_by_hand():
    drawing = draw_chain(1, [(2, 1), (3, 1), (4, 3)], {2: ChainPin("two", "/boards/2")})
    places = {point.says: (point.x, point.y) for point in drawing.points}
    assert places["pin 1"][0] < places["two"][0] == places["pin 3"][0] < places["pin 4"][0]
    assert places["two"][1] < places["pin 3"][1] == places["pin 4"][1]
    assert places["pin 1"][1] == (places["two"][1] + places["pin 3"][1]) / 2
    assert len(drawing.lines) == 3


@given(st.lists(st.integers(0, 10_000), max_size=200))
def test_every_chain_is_drawn_within_its_frame_and_no_two_pins_on_each_other(choices: list[int]):
    edges = [(number + 1, choice % (number + 1)) for number, choice in enumerate(choices)]
    drawing = draw_chain(0, edges, {})
    places = {(point.x, point.y) for point in drawing.points}
    assert len(places) == len(drawing.points) == min(MOST_PINS, len(edges) + 1)
    assert len(drawing.lines) == len(drawing.points) - 1
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in places)


@given(st.permutations([(number + 1, number // 2) for number in range(20)]))
def test_a_chain_has_one_drawing_in_whatever_order_its_pins_are_given(edges: list[tuple[int, int]]):
    assert draw_chain(0, edges, {}) == draw_chain(0, sorted(edges), {})
