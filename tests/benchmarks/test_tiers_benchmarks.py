"""The benchmarks of tiers run small: equal answers in SQL, rows from every store by key, counted lookups."""

import datetime as dt
import json
import subprocess
import tempfile
from argparse import Namespace
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.harness.kept import bench_folder
from benchmarks.tiers import debug_lookups, key_lookups, projected_rows, sql_aggregates
from benchmarks.tiers.counted_s3 import S3Counts, counted_s3, s3_root
from benchmarks.tiers.encoded_pairs import decoded, sorted_pairs
from benchmarks.tiers.key_reading import reading_figures
from benchmarks.tiers.lookup_timing import DiskCounts
from benchmarks.tiers.sql_contenders import line_up
from joins.arrow.hashing import partition_of
from storage_tiers.stores.address import root_of
from storage_tiers.stores.opened_stores import forget_opened
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from tests.servers.s3_programs import MissingServerError, chosen_program

SMALL = Namespace(small=True, rows=0, rounds=1, only=[])
ROWS = pa.table({"image_signature": ["a", "b", "c", "d"], "n_pins": [1, 2, 3, 4]})


def why_no_s3() -> str:
    """Return what is missing for a server of objects; empty where it is there."""
    try:
        chosen_program().path()
    except MissingServerError as missing:
        return str(missing)
    return ""


needs_s3 = pytest.mark.skipif(bool(why_no_s3()), reason=why_no_s3())


@contextmanager
def opened_without_b():
    """Open what gets a row of every key but one."""
    yield {"a": {"n_pins": 1}}.get


@pytest.fixture(scope="module")
def shared_folder():
    """Let the benchmarks share what they generate, in a folder that PostgreSQL's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, pytest.MonkeyPatch.context() as patched:
        Path(folder).chmod(0o755)
        patched.setenv("BENCH_DIR", folder)
        yield


@pytest.fixture
def small_root(tmp_path):
    """Publish four light rows in two parts."""
    numbers = partition_of(ROWS["image_signature"], 2)
    spec = DatasetSpec("pin_joins", ROWS.schema, "image_signature")
    version = Version(dt.date(2026, 11, 20), 1)
    with stage_dataset(tmp_path / "output", spec, "light", version) as staging:
        parts = [staging.writer(number, ROWS.filter(pa.array(numbers == number))) for number in range(2)]
        staging.publish(parts, Provenance())
    return tmp_path / "output"


def test_pairs_come_in_the_order_of_keys_and_are_decoded_to_their_rows(small_root):
    pairs = dict(sorted_pairs(small_root))
    assert list(pairs) == [b"a", b"b", b"c", b"d"]
    get = decoded(small_root, pairs.get)
    assert get("c") == {"image_signature": "c", "n_pins": 3}
    assert get("x") is None


def test_a_reader_that_misses_a_key_is_an_error():
    with pytest.raises(LookupError, match=r"1 of 2 keys are missing \(first: b\)"):
        reading_figures(opened_without_b, ["a", "b"])


def test_two_readers_are_told_beside_one():
    figures = reading_figures(opened_without_b, ["a"] * 50)
    assert 0 < figures["p50_us"] <= figures["p99_us"] <= figures["p999_us"]
    assert figures["gets_s"] > 0
    assert figures["two_gets_s"] > 0


def test_reads_of_this_process_are_counted(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    counts = DiskCounts()
    counts()
    path.read_bytes()
    n_reads, n_bytes = counts()
    assert n_reads >= 2
    assert 100_000 <= n_bytes < 110_000


@needs_s3
def test_requests_to_the_server_are_told_to_another_who_asks(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    forget_opened()
    with counted_s3() as address:
        assert s3_root() == address
        counts = S3Counts()
        counts()
        (root_of(address) / "file").write_bytes(b"x" * 1_000)
        n_requests, n_bytes = counts()
        assert n_requests == 1
        assert 1_000 <= n_bytes < 2_000
        assert counts() == (0, 0)


def test_a_picture_and_its_boards_are_read_whole_and_some_fields_of_them(monkeypatch, tmp_path, capsys, publish):
    board_ids = [*range(6)]
    board = {"name": "attic", "user_id": 1, "page_rank": 0.5, "category": None, "n_pictures": 3, "terms": ["sofa"]}
    boards = pa.Table.from_pylist([{"board_id": board_id, **board} for board_id in board_ids])
    picture = {"n_pins": 6, "category": "diy", "importance": 0.1, "canonical_pin_id": 8, "n_boards": 6}
    of_boards = [{"board_id": board_id, "n_pins": 1} for board_id in board_ids]
    pictures = pa.Table.from_pylist([{"image_signature": "00ff", **picture, "boards": of_boards}])
    publish(tmp_path, boards, variant="light")
    publish(tmp_path, pictures, "pin_joins", key="image_signature", variant="light")
    monkeypatch.setattr(projected_rows, "_BATCHES", 2)
    projected_rows.main(Namespace(output=tmp_path, small=True, rounds=1, pins=0))
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()[2:]] == [*projected_rows.WAYS]


@pytest.mark.slow
@pytest.mark.usefixtures("shared_folder")
def test_every_store_is_loaded_and_read(capsys):
    kept = run_small(key_lookups, "tiers-keys-5000")
    assert [one["result"] for one in kept] == [""] * 7
    assert all(one["figures"][0]["n_bytes"] > 500_000 for one in kept)
    assert "5,000 light rows by key" in capsys.readouterr().out


@pytest.mark.slow
@needs_s3
@pytest.mark.usefixtures("shared_folder")
def test_one_key_is_looked_up_by_everybody_in_both_places(capsys):
    kept = run_small(debug_lookups, "tiers-lookups-5000")
    assert [one["result"] for one in kept] == [""] * 8
    ours = kept[4]["figures"][0]
    assert ours["cold_most_requests"] <= 4
    assert ours["again_most_requests"] == 1
    assert ours["missing_most_requests"] <= 4
    assert ours["cold_most_bytes"] < 700_000
    assert "MISSED" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("shared_folder")
def test_every_engine_answers_the_same(capsys):
    kept = run_small(sql_aggregates, "tiers-sql-100000")
    assert [one["result"] for one in kept] == ["equal"] * len(kept)
    assert "SQL over 100,000 light rows" in capsys.readouterr().out


def run_small(benchmark, results):
    peer = line_up()[-1].python
    if not Path(peer).exists() or subprocess.run([peer, "-c", "import rocksdict"], check=False).returncode:
        pytest.skip(f"{peer} isn't there, or older than its lock; make bench-tiers makes it")
    benchmark.main(SMALL)
    return json.loads((bench_folder() / f"results-{results}.json").read_text())
