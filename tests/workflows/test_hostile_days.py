"""Whatever the check accepts goes through the whole day, to every tier, and comes back by its keys."""

import datetime as dt
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage_tiers import open_dataset, open_sql
from storage_tiers.debugging import lookup
from storage_tiers.light import project_light
from storage_tiers.random_access import RandomAccess
from workflows.catalog import JOIN_DATASETS
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")

LEAST, MOST = -(2**63), 2**63 - 1
NASTY = (
    *("", " ", "\x00", "a\x00b", "\ufeffmark", "\u202eright to left\u202c", "😀🀄", "\U0010ffff", "\ufffe\uffff"),
    *("\x01\x1b[31m\x7f\x80\x9f", "\r\n\t", "\u2028\u2029\x85", "'; DROP TABLE pins --", '"', "\\", "\\N", "%s{}$1"),
    *("NULL", "nan", "e\u0301" * 9, "İ", "ß", "x" * 3_000),
)
NOT_UTF8 = (b"caf\xe9", b"\xed\xa0\xbd\xed\xb8\x80", b"\xc0\x80", b"\xff\xfe", b"\xf4\x90\x80\x80")
IDS = st.sampled_from([LEAST, MOST, 0, -1, 1, 2, 3, 2**53 + 1])
TEXTS = st.none() | st.sampled_from(NASTY) | st.text(max_size=6)
SIGNATURES = st.sampled_from(["aa", "AA", " bb ", "0f" * 300, "0f" * 300 + "01", "cc"]) | st.sampled_from(
    ["", "zz", "aa\x00", None]
)
SECONDS = st.sampled_from([-62_135_596_800, 253_402_300_799, 0, -1, 2**40, None]) | st.integers(0, 2 * 10**9)


def _lying(texts):
    """Return texts whose bytes nobody checked; every one of them may be no UTF-8."""
    stored = pa.array(texts, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(stored), stored.buffers(), stored.null_count)


def _encoded(texts):
    return [None if text is None else text.encode() for text in texts]


ID_WRITERS = (
    lambda ids: pa.array(ids, pa.int64()),
    lambda ids: pa.array([None if one is None else str(one) for one in ids]),
    lambda ids: pa.array([None if one is None else decimal.Decimal(one) for one in ids], pa.decimal128(20, 0)),
    lambda ids: pa.array(["x12" if one == 1 else f" {one}" for one in ids]),
    lambda ids: pa.array(ids, pa.int64()).dictionary_encode(),
)
TEXT_WRITERS = (
    lambda texts: pa.array(texts, pa.string()),
    lambda texts: pa.array(texts, pa.large_string()),
    lambda texts: pa.array(_encoded(texts), pa.binary()),
    lambda texts: pa.array(texts, pa.string()).dictionary_encode(),
    lambda texts: _lying([NOT_UTF8[0] if text == "" else text for text in _encoded(texts)]),
    lambda texts: pa.array([NOT_UTF8[len(texts) % 5], *_encoded(texts)[1:]], pa.binary()),
)
TIME_WRITERS = (
    lambda times: pa.array(times, pa.timestamp("s", "UTC")),
    lambda times: pa.array([None if time is None else time * 10**6 + 1 for time in times], pa.timestamp("us")),
    lambda times: pa.array(times, pa.timestamp("s", "Asia/Kolkata")),
    lambda times: pa.array(["1.1.1970" if time == 0 else "2026-11-01T10:00:00.5+05:30" for time in times]),
)


def _column(values, writers, n_rows):
    column = st.lists(values, min_size=n_rows, max_size=n_rows)
    return st.tuples(column, st.sampled_from(writers)).map(lambda drawn: drawn[1](drawn[0]))


@st.composite
def tables(draw, ids, texts, n_most, signatures=()):
    """Draw a raw table with columns of many types; the first id column is its key."""
    n_rows = draw(st.integers(1, n_most))
    columns = {name: draw(_column(IDS, ID_WRITERS, n_rows)) for name in ids[1:]}
    columns[ids[0]] = draw(_column(IDS | st.integers(LEAST, MOST), ID_WRITERS, n_rows))
    columns |= {name: draw(_column(TEXTS, TEXT_WRITERS, n_rows)) for name in texts}
    columns |= {name: draw(_column(SIGNATURES, TEXT_WRITERS[:4], n_rows)) for name in signatures}
    columns["created_at"] = draw(_column(SECONDS, TIME_WRITERS, n_rows))
    return pa.table(columns)


SNAPSHOTS = st.fixed_dictionaries(
    {
        "pins": tables(
            ["pin_id", "board_id", "user_id", "parent_pin_id"],
            ["description", "link", "image"],
            10,
            signatures=["image_signature"],
        ),
        "boards": tables(["board_id", "user_id"], ["name", "category", "description"], 6),
        "users": tables(["user_id"], ["username", "country"], 4),
    }
)


def _run(root, snapshot, day_of, **options):
    for name, table in snapshot.items():
        folder = root / "input" / name / "date=2026-11-20"
        folder.mkdir(parents=True)
        pq.write_table(table, folder / "part-00000.parquet", **options)
    return run_day(day_of(root / "input", root / "output", iterations=1, max_rejected_share=1.0))


def _assert_all_came_back(root):
    """Compare every tier with the published files, row by row, and the rows of all doors with what was read."""
    counts = open_dataset(root, "rejected_rows").manifest.counts
    for table in ("pins", "boards", "users"):
        assert counts[f"{table}_accepted"] + counts[f"{table}_rejected"] == counts[f"{table}_read"]
    contents = open_dataset(root, "rejected_rows").to_table()["content"].to_pylist()
    assert all(isinstance(json.loads(content), dict) for content in contents)
    facts = open_dataset(root, "facts").to_table()
    assert facts.num_rows == counts["pins_accepted"]
    for spec in JOIN_DATASETS:
        full, light = open_dataset(root, spec.name), open_dataset(root, spec.name, "light").to_table()
        pins = full.to_table()["pins"].combine_chunks().flatten()
        assert sorted(pins.field("pin_id").to_pylist()) == sorted(facts["pin_id"].to_pylist())
        with RandomAccess(root, spec.name) as store, open_sql(root) as sql:
            of_sql = sql.table(spec.name).order(spec.key).to_arrow_table()
            assert of_sql[spec.key].to_pylist() == full.to_table().sort_by(spec.key)[spec.key].to_pylist()
            for row in light.to_pylist():
                key = row[spec.key]
                assert store.get(key) == row
                assert project_light(lookup(full, key)).to_pylist() == [row]


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(SNAPSHOTS, st.sampled_from(["1.0", "2.6"]), st.sampled_from(["none", "snappy", "zstd"]), st.integers(1, 9))
def test_what_the_check_accepts_goes_through_the_whole_day(
    tmp_path_factory, day_of, snapshot, version, compression, rows_a_group
):
    root = tmp_path_factory.mktemp("day")
    options = {"version": version, "compression": compression, "row_group_size": rows_a_group}
    assert _run(root, snapshot, day_of, **options) == 0
    _assert_all_came_back(root / "output")


def test_every_nasty_text_in_every_text_column_goes_through_the_whole_day(tmp_path, day_of):
    n_rows = len(NASTY)
    texts, ones = pa.array(NASTY), pa.array([1] * n_rows)
    snapshot = {
        "pins": {"image_signature": pa.array(["aa"] * n_rows), "board_id": pa.array(range(n_rows)), "image": texts},
        "boards": {"name": texts, "category": texts, "description": texts},
        "users": {"username": texts, "country": texts},
    }
    snapshot["pins"] |= {"user_id": ones, "description": texts, "link": texts}
    snapshot["boards"]["user_id"] = ones
    keys = {"pins": "pin_id", "boards": "board_id", "users": "user_id"}
    tables = {name: pa.table({keys[name]: pa.array(range(n_rows)), **columns}) for name, columns in snapshot.items()}
    assert _run(tmp_path, tables, day_of) == 0
    _assert_all_came_back(tmp_path / "output")
    boards = open_dataset(tmp_path / "output", "boards").to_table().sort_by("board_id")
    assert boards["name"].to_pylist() == list(NASTY)
    assert boards.num_rows == n_rows


def test_bytes_that_are_no_utf8_are_set_aside_in_every_text_column(tmp_path, day_of):
    n_rows = len(NOT_UTF8)

    def table(key, others, texts):
        n_all = n_rows * len(texts) + 1
        columns = {key: pa.array(range(n_all))} | {name: pa.array([1] * n_all) for name in others}
        for place, name in enumerate(texts):
            stored = [b"aa"] * n_all
            stored[place * n_rows : (place + 1) * n_rows] = NOT_UTF8
            columns[name] = _lying(stored)
        return pa.table(columns)

    pins = ("image_signature", "image", "description", "link")
    snapshot = {
        "pins": table("pin_id", ["board_id", "user_id"], pins),
        "boards": table("board_id", ["user_id"], ("name", "category", "description")),
        "users": table("user_id", [], ("username", "country")),
    }
    assert _run(tmp_path, snapshot, day_of) == 0
    counts = open_dataset(tmp_path / "output", "rejected_rows").manifest.counts
    for name in pins:
        assert counts[f"pins_rejected_{name}_not_utf8"] == n_rows
    for name in ("name", "category", "description"):
        assert counts[f"boards_rejected_{name}_not_utf8"] == n_rows
    assert counts["users_accepted"] == 1
    _assert_all_came_back(tmp_path / "output")


def test_a_snapshot_all_of_whose_pins_are_rejected_is_a_day_without_pins(tmp_path, day_of, capfd):
    one = {"pins": {"pin_id": [1], "board_id": [1], "user_id": [1], "image_signature": ["zz"]}}
    snapshot = one | {"boards": {"board_id": [1], "user_id": [1]}, "users": {"user_id": [1]}}
    assert _run(tmp_path, {name: pa.table(columns) for name, columns in snapshot.items()}, day_of) == 0
    assert "pins: 1 read, 0 accepted; 1 rejected_image_signature_not_hex" in capfd.readouterr().err
    _assert_all_came_back(tmp_path / "output")


@pytest.mark.parametrize("table", ["pins", "boards", "users"])
def test_a_table_without_rows_is_said_by_name(tmp_path, day_of, capfd, table):
    columns = {"pins": {"pin_id": [1], "board_id": [1], "user_id": [1], "image_signature": ["aa"]}}
    columns |= {"boards": {"board_id": [1], "user_id": [1]}, "users": {"user_id": [1]}}
    snapshot = {name: pa.table(rows) for name, rows in columns.items()}
    assert _run(tmp_path, snapshot | {table: snapshot[table].slice(0, 0)}, day_of) != 0
    assert f"the snapshot of {table} is empty; hand in its rows, or another date" in capfd.readouterr().err


def test_a_snapshot_of_one_pin_and_chains_in_circles_go_through(tmp_path, day_of):
    pins = pa.table(
        {
            "pin_id": [0, 1, 2, 3, LEAST, MOST],
            "parent_pin_id": [0, 2, 3, 1, MOST, LEAST],  # its own parent, a circle of three, one of two
            "board_id": [1, 1, 2, MOST, LEAST, 0],
            "user_id": [1] * 6,
            "image_signature": ["aa"] * 6,
            "created_at": pa.array([dt.datetime(2026, 11, 1, tzinfo=dt.UTC)] * 6),
        }
    )
    boards = pa.table({"board_id": [1, 2, MOST, LEAST, 0], "user_id": [1] * 5})
    users = pa.table({"user_id": [1]})
    for name, some in (("many", pins), ("one", pins.slice(0, 1))):
        assert _run(tmp_path / name, {"pins": some, "boards": boards, "users": users}, day_of) == 0
        _assert_all_came_back(tmp_path / name / "output")
