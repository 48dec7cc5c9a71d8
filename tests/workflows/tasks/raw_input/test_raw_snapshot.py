"""From the files of a snapshot to accepted rows: damage, odd times, columns of folders, files that are passed over."""

import datetime as dt
import json
import shutil

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from joins.errors import RawInputError
from joins.raw.intake.repeated_ids import IdsOfShards
from joins.raw.intake.table_shards import TableShards
from joins.raw.intake.wanted_signatures import WantedImages
from joins.raw.schemas import PICTURE_FIELDS, RAW_PINS
from storage_tiers import open_dataset
from workflows.commands.days.run import run_day
from workflows.imports.import_raw import import_raw
from workflows.luigi_cfg import FAILED, MISSING_INPUT
from workflows.tasks.raw_input.raw_snapshot import SnapshotTarget, raw_shards, shards_of_keys

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
DATE = "date=2026-11-20"
N_PINS = 40


def tables(**pins):
    """Return a snapshot of 40 pins in tables, with these columns of pins."""
    usual = {"pin_id": pa.array(range(N_PINS)), "board_id": pa.array([1] * N_PINS), "user_id": pa.array([1] * N_PINS)}
    usual |= {"image_signature": pa.array([f"{number:04x}" for number in range(N_PINS)])}
    return {
        "pins": pa.table(usual | pins),
        "boards": pa.table({"board_id": [1], "user_id": [1]}),
        "users": pa.table({"user_id": [1]}),
    }


def written(root, snapshot):
    """Write a snapshot with ten rows a row group and return the file of its pins."""
    for name, rows in snapshot.items():
        folder = root / "input" / name / DATE
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, folder / "part-0.parquet", row_group_size=10, use_dictionary=False)
    return root / "input" / "pins" / DATE / "part-0.parquet"


def run(root, day_of, **settings):
    """Run the day of a snapshot."""
    given = {"output_root": root / "output", "iterations": 1, "max_rejected_share": 1.0} | settings
    return run_day(day_of(root / "input", given.pop("output_root"), **given))


def broken(path, group, column):
    """Overwrite a column of a row group."""
    metadata = pq.read_metadata(path)
    chunk = metadata.row_group(group).column(metadata.schema.names.index(column))
    stored = bytearray(path.read_bytes())
    start = chunk.data_page_offset
    stored[start : start + chunk.total_compressed_size] = b"\xa5" * chunk.total_compressed_size
    path.write_bytes(stored)


def counts_of(root):
    return open_dataset(root / "output", "rejected_rows").manifest.counts


def test_rows_of_damaged_pages_are_set_aside_and_said(tmp_path, day_of, capfd):
    path = written(tmp_path, tables(link=pa.array([f"https://example.com/{number}" for number in range(N_PINS)])))
    broken(path, 1, "link")
    broken(path, 3, "pin_id")
    assert run(tmp_path, day_of) == 0
    said = capfd.readouterr().err
    assert "pins: 40 read, 20 accepted; 10 rejected_damaged_link, 10 rejected_damaged_pin_id" in said
    assert f"pins: {path}: column link of row group 1 can't be read (" in said
    assert f"pins: {path}: column pin_id of row group 3 can't be read (" in said
    assert counts_of(tmp_path)["pins_rejected_damaged_link"] == 10
    rejected = open_dataset(tmp_path / "output", "rejected_rows").to_table()
    of_link = rejected.filter(pc.equal(rejected["reason"], "damaged_link"))
    assert of_link["key"].to_pylist() == [*range(10, 20)]
    assert json.loads(of_link["content"][0].as_py())["image_signature"] == "000a"


def test_too_much_damage_stops_the_run_with_file_and_column(tmp_path, day_of, capfd):
    path = written(tmp_path, tables())
    broken(path, 2, "board_id")
    assert run(tmp_path, day_of, max_rejected_share=0.05) == FAILED
    said = capfd.readouterr().err
    assert "10 of 40 pins were rejected (damaged_board_id 10), more than the share of 0.05" in said
    assert f"; {path}: column board_id of row group 2 can't be read" in said
    assert not (tmp_path / "output" / "facts").exists()


def test_ids_and_pictures_are_read_around_damage(tmp_path):
    images = pa.array([f"{number}.jpg" for number in range(N_PINS)])
    path = written(tmp_path, tables(image=images, image_signature=pa.nulls(N_PINS, pa.string())))
    broken(path, 0, "pin_id")
    broken(path, 1, "image")
    shards = raw_shards(SnapshotTarget(path.parent).contents(), RAW_PINS)
    ids = IdsOfShards(TableShards((shards_of_keys(RAW_PINS, shards),)))(0)
    assert ids.to_pydict() == {"id": [*range(10, 40)], "shard": [0] * 30}
    pictures = raw_shards(SnapshotTarget(path.parent).contents(), RAW_PINS, PICTURE_FIELDS)
    wanted = WantedImages(pictures)
    found = [image for number in range(len(pictures)) for image in wanted(number)["image"].to_pylist()]
    assert sorted(found) == sorted(images.to_pylist()[:10] + images.to_pylist()[20:])


def test_a_flipped_bit_under_a_checksum_is_damage(tmp_path):
    path = written(tmp_path, tables())
    pq.write_table(tables()["pins"], path, compression="none", use_dictionary=False, write_page_checksum=True)
    stored = bytearray(path.read_bytes())
    stored[stored.index(b"0003")] ^= 1
    path.write_bytes(stored)
    shards = raw_shards(SnapshotTarget(path.parent).contents(), RAW_PINS)
    assert "damage" in str(shards(0).schema.metadata)


@pytest.mark.parametrize(
    ("times", "counted", "said"),
    [
        (
            [10**6] * 30 + [10**9] * 10,
            {"created_at_before_1990": 30},
            "30 of 40 times (75 %) lie before 1990, such as 1970-01-12",
        ),
        (
            [2 * 10**9] * 40,
            {"created_at_after_date": 40},
            "40 of 40 times (100 %) lie after 2026-11-21, such as 2033-05-18",
        ),
        ([10**6] * 20 + [10**9] * 20, {"created_at_before_1990": 20}, None),
    ],
)
def test_times_that_are_mostly_unlikely_are_said_loudly(tmp_path, day_of, capfd, times, counted, said):
    written(tmp_path, tables(created_at=pa.array(times, pa.timestamp("s"))))
    assert run(tmp_path, day_of) == 0
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert [line.startswith(f"warning: pins.created_at: {said}") for line in lines] == [True] * (said is not None)
    facts = open_dataset(tmp_path / "output", "facts").manifest.counts
    assert {name: n for name, n in facts.items() if name.startswith("created_at")} == counted


def test_times_that_are_cut_are_counted_and_said(tmp_path, day_of, capfd):
    written(tmp_path, tables(created_at=pa.array([10**15 + 1] * N_PINS, pa.timestamp("us"))))
    assert run(tmp_path, day_of) == 0
    assert "    pins.created_at: 40 times cut to the millisecond" in capfd.readouterr().err
    assert counts_of(tmp_path)["pins_created_at_cut_to_ms"] == N_PINS


def test_columns_of_folders_are_filled_from_their_names(tmp_path, day_of):
    written(tmp_path, tables())
    users = tmp_path / "input" / "users" / DATE
    (users / "part-0.parquet").unlink()
    for number, name in enumerate(("country=IS", "country=a%2Fb", "country=__HIVE_DEFAULT_PARTITION__", "user_id=77")):
        (users / name).mkdir()
        column = {"username": ["ann"]} if name.startswith("user_id") else {"user_id": [number]}
        pq.write_table(pa.table(column), users / name / "000000_0")
    assert run(tmp_path, day_of) == 0
    rows = open_dataset(tmp_path / "output", "users").to_table().sort_by("user_id").to_pylist()
    assert [(row["user_id"], row["country"]) for row in rows] == [(0, "IS"), (1, "a/b"), (2, None), (77, None)]


def test_a_folder_whose_value_is_none_of_its_column_sets_its_rows_aside(tmp_path, day_of):
    written(tmp_path, tables())
    folder = tmp_path / "input" / "users" / DATE / "user_id=unknown"
    folder.mkdir()
    pq.write_table(pa.table({"username": ["ann"]}), folder / "part-0.parquet")
    assert run(tmp_path, day_of) == 0
    assert counts_of(tmp_path)["users_rejected_user_id_not_an_integer"] == 1


def test_what_is_passed_over_is_said_in_the_run_and_where_nothing_is_left(tmp_path, day_of, capfd):
    path = written(tmp_path, tables())
    (path.parent / "notes.csv").write_text("a,b\n")
    (path.parent / "part-1.parquet.crdownload").write_bytes(b"PAR1")
    assert run(tmp_path, day_of) == 0
    passed_over = "pins: passed over notes.csv (no Parquet), part-1.parquet.crdownload (unfinished, or a copy)"
    assert f"    {passed_over}\n" in capfd.readouterr().err
    path.unlink()
    assert run(tmp_path, day_of, output_root=tmp_path / "other") == MISSING_INPUT
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("error: no raw pins of date=2026-11-20: no Parquet file in ")
    assert f"{passed_over}; dates there: pins none, boards 2026-11-20, users 2026-11-20; bring them" in line


def test_the_dates_that_are_there_have_files_and_older_ones_are_counted(tmp_path, day_of, capfd):
    written(tmp_path, tables())
    for table in ("pins", "boards", "users"):
        folder = tmp_path / "input" / table
        for number in range(21, 27):
            shutil.copytree(folder / DATE, folder / f"date=2026-11-{number}")
        (folder / "date=2026-11-28").mkdir()
        (folder / "date=soon").mkdir()
    assert run(tmp_path, day_of, date=dt.date(2026, 11, 28)) == MISSING_INPUT
    newest = ", ".join(f"2026-11-{number}" for number in range(22, 27))
    assert f"; dates there: {newest} (2 older ones are there, too); bring them" in capfd.readouterr().err


def test_the_log_of_a_table_format_ends_the_run_with_a_line(tmp_path, day_of, capfd):
    path = written(tmp_path, tables())
    (path.parents[1] / "_delta_log").mkdir()
    assert run(tmp_path, day_of) == FAILED
    said = capfd.readouterr().err
    assert "_delta_log belongs to a table of Delta Lake" in said
    assert "Traceback" not in said


def test_a_column_that_a_file_lacks_is_named_with_the_columns_that_it_has(tmp_path):
    path = written(tmp_path, tables())
    pq.write_table(pa.table({"pin": [1], "board_id": [1]}), path)
    with pytest.raises(RawInputError) as error:
        raw_shards(SnapshotTarget(path.parent).contents(), RAW_PINS)
    assert "pins have no column pin_id, user_id; expected pin_id int64, " in str(error.value)
    assert "; found pin int64, board_id int64; " in str(error.value)


MAPPING = """
[pins]
source = "pins.parquet"
[pins.columns]
pin_id = "pin_id"
board_id = "board_id"
user_id = "user_id"
image_signature = "image_signature"
created_at = { column = "created_at", unit = "s" }
[boards]
source = "boards.parquet"
[boards.columns]
board_id = "board_id"
user_id = "user_id"
[users]
source = "users.parquet"
[users.columns]
user_id = "user_id"
"""


def test_what_the_refusal_of_a_number_as_time_advises_works(tmp_path, day_of, capfd):
    snapshot = tables(created_at=pa.array([1_400_000_000] * N_PINS))
    path = written(tmp_path / "raw", snapshot)
    assert run(tmp_path / "raw", day_of) == FAILED
    refusal = capfd.readouterr().err
    assert f"{path}: column 'created_at' holds int64, which can't become created_at" in refusal
    assert 'store a timestamp, or import the number with unit = "s"' in refusal
    for name, rows in snapshot.items():
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    (tmp_path / "own.toml").write_text(MAPPING)
    import_raw(tmp_path / "own.toml", tmp_path, tmp_path / "input", dt.date(2026, 11, 20))
    assert run(tmp_path, day_of) == 0
    as_timestamps = tables(created_at=pa.array([1_400_000_000] * N_PINS, pa.timestamp("s")))
    written(tmp_path / "stored", as_timestamps)
    assert run(tmp_path / "stored", day_of) == 0
    facts = [open_dataset(tmp_path / way / "output", "facts") for way in ("", "stored")]
    assert facts[0].manifest.digest == facts[1].manifest.digest
    assert facts[0].to_table()["created_at"][0].as_py() == dt.datetime(2014, 5, 13, 16, 53, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize("type_", [pa.int64(), pa.string()])
def test_what_the_refusal_of_lost_digits_advises_works(tmp_path, day_of, capfd, type_):
    parents = [None, 804_244_445_969_719_701] * (N_PINS // 2)
    written(tmp_path, tables(parent_pin_id=pa.array(parents, pa.int64()).cast(pa.float64(), safe=False)))
    assert run(tmp_path, day_of) == FAILED
    said = capfd.readouterr().err
    assert "row 2: column 'parent_pin_id' holds 8.042444459697197e+17" in said
    assert "store it as an integer or a text" in said
    written(tmp_path, tables(parent_pin_id=pa.array(parents, pa.int64()).cast(type_)))
    assert run(tmp_path, day_of, output_root=tmp_path / "other") == 0
    parent_ids = open_dataset(tmp_path / "other", "facts").to_table()["parent_pin_id"].drop_null().unique()
    assert parent_ids.to_pylist() == [804_244_445_969_719_701]
