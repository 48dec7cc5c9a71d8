"""Days that are odd and right are published without a word: a check must never stop a legitimate night."""

import datetime as dt

import pyarrow as pa
import pytest

from storage_tiers import open_dataset
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
DAY = dt.date(2026, 11, 20)


def pins(*rows):
    """Make raw pins of (pin, board, user, picture, parent)."""
    names = ("pin_id", "board_id", "user_id", "image_signature", "parent_pin_id")
    types = (pa.int64(), pa.int64(), pa.int64(), pa.string(), pa.int64())
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(one, type_) for name, one, type_ in zip(names, columns, types, strict=True)})


def boards(*rows):
    """Make raw boards of (board, owner, category)."""
    ids, owners, categories = zip(*rows, strict=True)
    names = [f"board {board}" for board in ids]
    category = pa.array(categories, pa.string())
    return pa.table({"board_id": list(ids), "user_id": list(owners), "name": names, "category": category})


def users(*ids):
    return pa.table({"user_id": list(ids), "username": [f"user {user}" for user in ids]})


def failed_checks(root, date=DAY):
    return [
        (spec.name, check.name, check.detail)
        for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS)
        for check in open_dataset(root, spec.name, date=date).manifest.checks
        if not check.passed
    ]


ODD = {
    "one pin": (pins((1, 10, 5, "aa", None)), boards((10, 5, "art")), users(5)),
    "no category at all": (
        pins((1, 10, 5, "aa", None), (2, 20, 6, "aa", 1)),
        boards((10, 5, None), (20, 6, None)),
        users(5, 6),
    ),
    "empty category": (
        pins((1, 10, 5, "aa", None), (2, 20, 6, "aa", 1)),
        boards((10, 5, ""), (20, 6, " Art ")),
        users(5, 6),
    ),
    "boards without pins, users without pins": (
        pins((1, 10, 5, "aa", None)),
        boards((10, 5, "art"), (20, 6, "cars"), (30, 6, None)),
        users(5, 6, 7),
    ),
    "boards and users that only pins name": (
        pins((1, 70, 8, "aa", None), (2, 80, 9, "aa", 1)),
        boards((10, 5, "art")),
        users(5),
    ),
    "repins of a board from itself alone": (
        pins((1, 10, 5, "aa", None), (2, 10, 5, "aa", 1), (3, 10, 5, "aa", 2)),
        boards((10, 5, "art")),
        users(5),
    ),
    "parents that are missing, of themselves, in a circle": (
        pins((1, 10, 5, "aa", 99), (2, 10, 5, "bb", 2), (3, 10, 5, "cc", 4), (4, 20, 6, "cc", 3)),
        boards((10, 5, "art"), (20, 6, "art")),
        users(5, 6),
    ),
    "a category for each board": (
        pins(*((pin, 10 + pin, 5, "aa", None) for pin in range(60))),
        boards(*((10 + board, 5, f"category {board}") for board in range(60))),
        users(5),
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_day_passes_every_check(tmp_path, snapshot_writer, day_of, odd):
    day_pins, day_boards, day_users = ODD[odd]
    snapshot_writer(tmp_path / "input", {"pins": day_pins, "boards": day_boards, "users": day_users})
    assert run_day(day_of(tmp_path / "input", tmp_path / "output")) == 0
    assert failed_checks(tmp_path / "output") == []


def day_of_pins(n_pins):
    rows = pins(*((pin, 10 + pin % 4, 5 + pin % 3, f"{pin % 40:02x}", None) for pin in range(n_pins)))
    return {"pins": rows, "boards": boards(*((10 + n, 5, "art") for n in range(4))), "users": users(5, 6, 7)}


@pytest.mark.slow
def test_days_are_compared_with_those_before_them_and_only_warn(tmp_path, snapshot_writer, day_of, capsys):
    root, date = tmp_path / "output", DAY
    for n_pins, odd in ((2, False), (5, False), (400, True), (700, True), (60, False), (300, False)):
        snapshot_writer(tmp_path / "input", day_of_pins(n_pins), date)
        assert run_day(day_of(tmp_path / "input", root, date=date, iterations=1)) == 0
        found = [check for dataset, check, _ in failed_checks(root, date) if dataset == "facts"]
        assert found == (["row_counts"] if odd else []), n_pins
        assert (
            f"warning: facts date={date} iteration=0: row_counts: {n_pins} rows; the " in capsys.readouterr().err
        ) == odd
        date += dt.timedelta(days=1)
    early = DAY - dt.timedelta(days=30)  # a backfill: nothing lies before it
    snapshot_writer(tmp_path / "input", day_of_pins(5_000), early)
    assert run_day(day_of(tmp_path / "input", root, date=early, iterations=1)) == 0
    assert failed_checks(root, early) == []
