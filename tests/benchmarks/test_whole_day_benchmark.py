"""The day by hand computes what was worked out by hand, and is compared with ours where both compute the same."""

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.harness.kept import bench_folder
from benchmarks.whole_day import compare
from benchmarks.whole_day.agreement import figures_by_hand, share_filed_right
from benchmarks.whole_day.compare import AsOurs, print_left_out
from benchmarks.whole_day.contenders import LINE_UP, OURS
from benchmarks.whole_day.with_duckdb import write_day

# pin, picture, board, user, the pin it was saved from
PINS = [
    (1, "a", 1, 10, None),
    (2, "a", 2, 20, 1),
    (3, "a", 3, 10, 2),
    (4, "a", 4, 20, 1),
    (5, "b", 3, 10, None),
    (6, "b", 4, 20, 5),
    (7, "a", 1, 10, 1),  # a board's repin from itself, which ranks nobody
]
BOARDS = [(1, 10, "food"), (2, 20, "food"), (3, 10, "art"), (4, 20, None), (5, 30, "diy")]  # nobody pinned on the last
TRUE_CATEGORIES = ["food", "food", "food", "art", "diy"]
RANKS = [0.4, 0.2, 0.2, 0.1, 0.1]


def write_table(folder, **columns):
    place = folder / "date=2026-11-20"
    place.mkdir(parents=True)
    pq.write_table(pa.table(columns), place / "part-00000.parquet")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("input")
    pin_ids, pictures, of_boards, of_users, parents = (list(column) for column in zip(*PINS, strict=True))
    board_ids, owners, categories = (list(column) for column in zip(*BOARDS, strict=True))
    texts, times = pa.nulls(7, pa.string()), pa.nulls(7, pa.timestamp("ms"))
    pinned = {"image_signature": pictures, "board_id": of_boards, "user_id": of_users, "parent_pin_id": parents}
    untold = {"image": texts, "description": texts, "link": texts, "created_at": times}
    write_table(folder / "pins", pin_id=pin_ids, **pinned, **untold)
    described = {"name": texts[:5], "description": texts[:5], "created_at": times[:5]}
    write_table(folder / "boards", board_id=board_ids, user_id=owners, category=categories, **described)
    names = {"username": texts[:3], "country": texts[:3], "created_at": times[:3]}
    write_table(folder / "users", user_id=[10, 20, 30], **names)
    write_table(folder / "truth" / "true_boards", board_id=board_ids, true_category=TRUE_CATEGORIES)
    return folder


@pytest.fixture(scope="module")
def edges_and_output(source, tmp_path_factory):
    edges = []

    def rank(board_ids, *columns):
        assert board_ids.tolist() == [1, 2, 3, 4, 5]
        edges.extend(zip(*(column.tolist() for column in columns), strict=True))
        return np.array(RANKS)

    output = tmp_path_factory.mktemp("output")
    write_day(source, output, output, 1, rank)
    return edges, output


def rows_of(edges_and_output, join, *columns):
    return [
        tuple(row.values())
        for row in pq.read_table(edges_and_output[1] / f"{join}.parquet").select(columns).to_pylist()
    ]


def test_a_board_saves_from_another_as_often_as_its_pins_do_and_never_from_itself(edges_and_output):
    assert sorted(edges_and_output[0]) == [(2, 1, 1), (3, 2, 1), (4, 1, 1), (4, 3, 1)]


def test_the_other_boards_of_its_pictures_say_a_boards_category_and_an_empty_one_keeps_its_own(edges_and_output):
    # Boards 1 and 2 hear food and art once each, board 4 twice each: of equal votes the last by name wins.
    found = rows_of(edges_and_output, "board_joins", "board_id", "category", "n_pins", "n_pictures", "n_users")
    assert found == [
        (1, "food", 2, 1, 1),
        (2, "food", 1, 1, 1),
        (3, "food", 2, 2, 1),
        (4, "food", 2, 2, 1),
        (5, "diy", 0, 0, 0),
    ]


def test_boards_spread_their_ranks_over_their_pins(edges_and_output):
    pictures = rows_of(edges_and_output, "pin_joins", "image_signature", "importance", "n_pins", "n_boards", "n_users")
    assert pictures == [("a", pytest.approx(0.75), 5, 4, 2), ("b", pytest.approx(0.15), 2, 2, 2)]
    users = rows_of(edges_and_output, "user_joins", "user_id", "importance", "n_boards", "n_repins")
    assert users == [(10, pytest.approx(0.6), 2, 2), (20, pytest.approx(0.3), 2, 3), (30, pytest.approx(0.1), 1, 0)]


def test_lists_hold_the_raw_pins_by_id_and_the_features_of_the_others(edges_and_output):
    (pins, boards), _ = rows_of(edges_and_output, "pin_joins", "pins", "boards")
    assert [(pin["pin_id"], pin["parent_pin_id"]) for pin in pins] == [(1, None), (2, 1), (3, 2), (4, 1), (7, 1)]
    assert {board["board_id"]: (board["n_pins"], board["category"]) for board in boards} == {
        number: (n_pins, "food") for number, n_pins in ((1, 2), (2, 1), (3, 2), (4, 2))
    }


def test_categories_are_right_where_they_are_the_planted_ones(source, edges_and_output):
    figures = figures_by_hand(edges_and_output[1], source)
    assert str(figures) == "2 pictures, 5 boards, 3 users; 80.0% of categories right"
    assert share_filed_right(source) == pytest.approx(0.6)  # a board without category isn't right


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "equal sums; ranks 0e+00 apart; 80.0% of categories right"),
        ({"ranks": 2 * np.array(RANKS)}, "equal sums; ranks 0e+00 apart"),  # they are brought to a sum of 1
        ({"ranks": np.array([0.2, 0.4, 0.2, 0.1, 0.1])}, "equal sums; DIFFERENT RANKS, 4e-01 apart"),
        ({"share_right": 0.5}, "equal sums; ranks 0e+00 apart; 50.0%"),
        ({"sums": {"user_joins len(boards)": 6, "pin_joins rows": 2}}, "DIFFERENT: user_joins len(boards) 6, not 5"),
    ],
    ids=["nothing", "scale", "ranks", "categories", "sums"],
)
def test_what_differs_from_ours_is_told(source, edges_and_output, changed, told):
    ours = figures_by_hand(edges_and_output[1], source)
    found = replace(ours, **changed | {"sums": ours.sums | changed.get("sums", {})})
    assert found.compared_with(ours).startswith(told)


def test_a_day_is_not_called_equal_where_ours_failed(source, edges_and_output):
    (by_hand,) = (one for one in LINE_UP if one.label.startswith("DuckDB"))
    assert AsOurs(source)(by_hand, edges_and_output[1]).startswith("nothing of ours to compare with; 2 pictures")


def test_those_that_leave_out_the_same_stand_together(capsys):
    print_left_out(LINE_UP)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("What")]
    assert told == [
        "What of ours is left out: ours, one iteration",
        "What of ours is left out: Polars and igraph by hand; DuckDB and igraph by hand",
    ]
    assert all(bool(one.leaves_out) == (one is not OURS) for one in LINE_UP)


@pytest.mark.slow
def test_all_compute_the_same_small_day(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    peer = LINE_UP[-1].python
    if not Path(peer).exists():
        pytest.skip(f"{peer} isn't there; make bench-day makes it")
    compare.main(Namespace(small=True, rounds=1, only=[]))
    kept = json.loads((bench_folder() / "results-whole-day-3000.json").read_text())
    assert [one["label"] for one in kept] == [one.label for one in LINE_UP]
    ours, *others = [one["result"] for one in kept]
    assert ours.startswith("288 pictures, 120 boards, 20 users; ")
    assert all(result.startswith("equal sums; ranks ") for result in others), others
    assert "What of ours is left out: Polars and igraph by hand" in capsys.readouterr().out
