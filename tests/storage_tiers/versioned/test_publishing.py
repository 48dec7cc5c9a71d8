"""Publishing: what is read is what was written, whole or not at all, whoever dies or races in between."""

import datetime as dt
import json
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.arrow.fields import FieldMeaning, described, unset_in_light, without_meanings
from storage_tiers import DamagedVersionError, Dataset, DatasetError, Version, open_dataset
from storage_tiers.light import project_light
from storage_tiers.versioned.manifest import Check
from storage_tiers.versioned.row_groups import GroupBounds, row_groups
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset, staging_folder
from storage_tiers.versioned.versions import VARIANTS, published_versions

VERSION = Version(dt.date(2026, 11, 20), 1)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
OTHER_RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.4, 0.3, 0.2, 0.1]})

PUBLISHER = """
import sys
from pathlib import Path
import pyarrow as pa
from storage_tiers import Version
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
import datetime as dt
import json

root, rank, limit = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
if limit:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
table = pa.table({"board_id": range(50_000), "page_rank": [rank * n for n in range(50_000)]})
spec = DatasetSpec("board_ranks", table.schema, "board_id")
with stage_dataset(root, spec, "full", Version(dt.date(2026, 11, 20), 1)) as staging:
    part = staging.writer(0, table)
    print("written", flush=True)
    sys.stdin.readline()
    staging.publish([part], Provenance())
print("published", flush=True)
"""

moments = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)).map(  # noqa: DTZ001 - the zone follows
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=dt.UTC)
)
texts = st.text(st.characters(codec="utf-8"), max_size=8)
int64s = st.integers(-(2**63), 2**63 - 1)
rows = st.fixed_dictionaries(
    {
        "board_id": int64s,
        "name": st.none() | texts,
        "page_rank": st.none() | st.floats(allow_nan=False),
        "is_corrected": st.none() | st.booleans(),
        "created_at": st.none() | moments,
        "terms": st.none() | st.lists(st.none() | texts, max_size=3),
        "owner": st.none() | st.fixed_dictionaries({"user_id": st.none() | int64s, "joined_at": st.none() | moments}),
        "pin_joins": st.none()
        | st.lists(
            st.none() | st.fixed_dictionaries({"image_signature": st.none() | texts, "n_pins": st.none() | int64s}),
            max_size=3,
        ),
        "pins": st.none() | st.lists(int64s, max_size=3),
    }
)
many_rows = st.lists(rows, max_size=12, unique_by=lambda row: row["board_id"])


def staged_folders(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "_staging").iterdir() if path.is_dir())


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(deadline=None, max_examples=30)
@given(many_rows, st.integers(1, 4))
def test_what_is_read_is_what_was_published(
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    drawn: list[dict[str, object]],
    n_parts: int,
) -> None:
    table = pa.Table.from_pylist(drawn, wide_table(0).schema)
    with tempfile.TemporaryDirectory() as root:
        dataset = publish(Path(root), table, n_parts=n_parts)
        dataset.verify()
        read = dataset.to_table()
        assert read.schema.metadata == table.schema.metadata
        assert [field.metadata for field in read.schema] == [field.metadata for field in table.schema]
        assert read.sort_by("board_id").equals(table.sort_by("board_id"))
        assert (dataset.n_rows, dataset.n_parts) == (len(drawn), n_parts)


def test_every_part_is_sorted_and_the_manifest_names_its_first_and_last_key(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(tmp_path, wide_table(100).take([*range(99, -1, -1)]))
    for part, table in zip(dataset.manifest.parts, dataset.iter_parts(["board_id"]), strict=True):
        keys = table["board_id"].to_pylist()
        assert keys == sorted(keys)
        assert (part.first_key, part.last_key, part.n_rows) == (keys[0], keys[-1], len(keys))


def test_the_same_rows_in_another_order_give_the_same_bytes(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    table = wide_table(100)
    first = publish(tmp_path / "first", table)
    again = publish(tmp_path / "again", table.take([*range(50, 100), *range(50)]))
    assert tree(first.folder) == tree(again.folder)
    assert first.manifest.digest == again.manifest.digest


def test_an_empty_dataset_has_a_schema_and_no_rows(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(tmp_path, wide_table(0))
    assert dataset.to_table().equals(wide_table(0))
    assert {(part.n_rows, part.first_key) for part in dataset.manifest.parts} == {(0, None)}


@settings(deadline=None, max_examples=20)
@given(many_rows)
def test_light_is_a_projection_of_full(wide_table: Callable[[int], pa.Table], drawn: list[dict[str, object]]) -> None:
    full = pa.Table.from_pylist(drawn, wide_table(0).schema)
    light = project_light(full)
    assert light.schema.equals(full.schema, check_metadata=True)
    assert light.drop_columns("pins").equals(full.drop_columns("pins"))
    assert light["pins"].null_count == len(drawn)
    assert project_light(light).equals(light)


def test_full_and_light_are_written_from_the_same_rows(tmp_path: Path, wide_table: Callable[[int], pa.Table]) -> None:
    table = wide_table(50)
    spec = DatasetSpec("board_joins", table.schema, "board_id")
    with (
        stage_dataset(tmp_path, spec, "full", VERSION) as full,
        stage_dataset(tmp_path, spec, "light", VERSION) as light,
    ):
        full_part, light_part = full.writer(0, table), light.writer(0, project_light(table))
        full.publish([full_part], Provenance())
        light.publish([light_part], Provenance(inputs=[]))
    assert open_dataset(tmp_path, "board_joins").to_table().equals(table)
    assert open_dataset(tmp_path, "board_joins", "light").to_table().equals(project_light(table))


def test_row_groups_are_bounded_in_rows_and_in_bytes() -> None:
    short = pa.table({"board_id": range(2_500)})
    long = pa.table({"board_id": [1, 2, 3], "name": ["x" * 2_000, "y" * 300, "z" * 300]})
    assert [group.num_rows for group in row_groups(short)] == [1024, 1024, 452]
    assert [group.num_rows for group in row_groups(long, GroupBounds(1_024, 1_000))] == [1, 2]


def test_row_groups_of_full_are_for_lookups_and_those_of_light_for_scans(tmp_path: Path) -> None:
    wide = pa.table({"board_id": range(2_500), "name": ["x" * 2_000] * 2_500})
    spec = DatasetSpec("boards", wide.schema, "board_id")
    found = {}
    for variant in VARIANTS:
        with stage_dataset(tmp_path, spec, variant, VERSION) as staging:
            staging.publish([staging.writer(0, wide)], Provenance())
        with open_dataset(tmp_path, "boards", variant).opened(0) as part:
            found[variant] = [part.metadata.row_group(group).num_rows for group in range(part.num_row_groups)]
    assert found == {"full": [512, 512, 512, 512, 452], "light": [2_500]}


def test_an_unsorted_part_is_refused_with_the_keys_that_show_it(tmp_path: Path) -> None:
    spec = DatasetSpec("board_ranks", RANKS.schema, "board_id")
    with (
        stage_dataset(tmp_path, spec, "full", VERSION) as staging,
        pytest.raises(DatasetError, match="not sorted by board_id: 3 stands before 2"),
    ):
        staging.writer(0, RANKS.take([0, 2, 1, 3]))


def test_a_part_with_another_schema_is_refused_with_both_schemas(tmp_path: Path) -> None:
    spec = DatasetSpec("board_ranks", RANKS.schema, "board_id")
    with (
        stage_dataset(tmp_path, spec, "full", VERSION) as staging,
        pytest.raises(DatasetError, match=r"current=\(board_id int64\) != declared=\(board_id int64, page_rank double"),
    ):
        staging.writer(0, RANKS.select(["board_id"]))


@pytest.mark.parametrize("numbers", [[], [1], [0, 2], [0, 0]])
def test_a_version_with_a_gap_in_its_parts_is_not_published(tmp_path: Path, numbers: list[int]) -> None:
    spec = DatasetSpec("board_ranks", RANKS.schema, "board_id")
    with stage_dataset(tmp_path, spec, "full", VERSION) as staging:
        parts = [staging.writer(number, RANKS) for number in numbers]
        with pytest.raises(DatasetError, match="must be numbered from 0 without gaps"):
            staging.publish(parts, Provenance())
    assert published_versions(tmp_path, "board_ranks") == []


def test_a_failed_check_stops_the_publication(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    checks = [Check("rows", passed=True, detail="4"), Check("ranks sum to one", passed=False, detail="sum is 0.98")]
    with pytest.raises(DatasetError, match=r"is not published: ranks sum to one: sum is 0\.98"):
        publish(tmp_path, RANKS, "board_ranks", provenance=Provenance(checks=checks))
    assert published_versions(tmp_path, "board_ranks") == []
    assert staged_folders(tmp_path) == []


def test_publishing_the_same_content_again_is_accepted_and_other_content_is_refused(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    first = publish(tmp_path, RANKS, "board_ranks")
    before = first.place.manifest.read_bytes()
    publish(tmp_path, RANKS, "board_ranks")
    with pytest.raises(DatasetError, match="published by another run with other content: digest there="):
        publish(tmp_path, OTHER_RANKS, "board_ranks")
    assert first.place.manifest.read_bytes() == before
    assert open_dataset(tmp_path, "board_ranks").to_table().sort_by("board_id").equals(RANKS)
    assert staged_folders(tmp_path) == []


def test_a_folder_in_the_way_that_holds_what_is_not_ours_is_named(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    way = tmp_path / "board_ranks" / "full" / VERSION.folder
    way.mkdir(parents=True)
    (way / "notes.txt").touch()
    refused = r"iteration=1 is no published version and holds notes\.txt; remove what lies there"
    with pytest.raises(DatasetError, match=refused):
        publish(tmp_path, RANKS, "board_ranks")
    shutil.rmtree(way)
    way.touch()
    with pytest.raises(DatasetError, match="remove what lies there"):
        publish(tmp_path, RANKS, "board_ranks")


def test_a_published_folder_holds_the_parts_and_an_empty_marker_alone(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    folder = publish(tmp_path, RANKS, "board_ranks", n_parts=2).folder
    sizes = {path.name: path.stat().st_size > 0 for path in folder.iterdir()}
    assert sizes == {"_SUCCESS": False, "part-00000.parquet": True, "part-00001.parquet": True}


def test_an_unfinished_version_is_invisible_and_a_finished_one_appears_whole(tmp_path: Path) -> None:
    spec = DatasetSpec("board_ranks", RANKS.schema, "board_id")
    with stage_dataset(tmp_path, spec, "full", VERSION) as staging:
        part = staging.writer(0, RANKS)
        assert published_versions(tmp_path, "board_ranks") == []
        assert not list(tmp_path.glob("board_ranks/**/*.parquet"))
        staging.publish([part], Provenance())
        assert open_dataset(tmp_path, "board_ranks").to_table().equals(RANKS)


def test_a_missing_cut_or_changed_part_is_named(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    torn = dataset.part_paths[1]
    content = torn.read_bytes()

    torn.write_bytes(content[:4] + bytes([content[4] ^ 1]) + content[5:])
    with pytest.raises(DamagedVersionError, match=r"board_ranks/full date=2026-11-20 iteration=1: part-00001.*digest"):
        open_dataset(tmp_path, "board_ranks").verify()

    torn.write_bytes(content[:-1])
    with pytest.raises(
        DamagedVersionError, match=rf"part-00001.parquet: bytes current={len(content) - 1} != published"
    ):
        open_dataset(tmp_path, "board_ranks")

    torn.unlink()
    with pytest.raises(DamagedVersionError, match=r"part-00001.parquet: the file is missing"):
        open_dataset(tmp_path, "board_ranks")
    with pytest.raises(DamagedVersionError, match=r"part-00001.parquet: the file is missing"):
        dataset.verify()


def test_two_parts_that_changed_places_are_noticed(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks", n_parts=2)
    first, second = (path.read_bytes() for path in dataset.part_paths)
    dataset.part_paths[0].write_bytes(second)
    dataset.part_paths[1].write_bytes(first)
    with pytest.raises(DamagedVersionError, match=r"part-00000.parquet"):
        open_dataset(tmp_path, "board_ranks").verify()


def test_a_writer_that_is_killed_leaves_nothing_visible_and_the_next_one_cleans_up(
    tmp_path: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    with run_python(PUBLISHER, tmp_path, 0.5, 0) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "written\n"
        killed.send_signal(signal.SIGKILL)
    assert published_versions(tmp_path, "board_ranks") == []
    (abandoned,) = staged_folders(tmp_path)

    with run_python(PUBLISHER, tmp_path, 0.5, 0) as again:
        output, errors = again.communicate("go\n")
    assert (output, errors) == ("written\npublished\n", "")
    open_dataset(tmp_path, "board_ranks").verify()
    assert abandoned not in staged_folders(tmp_path)


def test_the_staging_folder_of_a_living_writer_is_kept(
    tmp_path: Path, publish: Callable[..., Dataset], run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    with run_python(PUBLISHER, tmp_path, 0.5, 0) as living:
        assert living.stdout is not None
        assert living.stdout.readline() == "written\n"
        publish(tmp_path, RANKS, "facts")
        assert len(staged_folders(tmp_path)) == 1
        output, errors = living.communicate("go\n")
    assert (output, errors) == ("published\n", "")


@pytest.mark.parametrize(("second_rank", "n_published"), [(0.5, 2), (0.25, 1)])
def test_of_two_racing_runs_equal_ones_both_succeed_and_different_ones_leave_one(
    tmp_path: Path, run_python: Callable[..., subprocess.Popen[str]], second_rank: float, n_published: int
) -> None:
    with run_python(PUBLISHER, tmp_path, 0.5, 0) as first, run_python(PUBLISHER, tmp_path, second_rank, 0) as second:
        for run in (first, second):
            assert run.stdout is not None
            assert run.stdout.readline() == "written\n"
        for run in (first, second):
            assert run.stdin is not None
            run.stdin.write("go\n")
            run.stdin.flush()
        outputs = [run.communicate() for run in (first, second)]
    assert [output for output, _ in outputs].count("published\n") == n_published
    assert sum("published by another run with other content" in errors for _, errors in outputs) == 2 - n_published
    open_dataset(tmp_path, "board_ranks").verify()
    assert staged_folders(tmp_path) == []


def test_a_disk_that_is_full_publishes_nothing_and_leaves_nothing(
    tmp_path: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    with run_python(PUBLISHER, tmp_path, 0.5, 50_000) as run:
        output, errors = run.communicate("go\n")
    assert (output, run.returncode) == ("", 1)
    assert "File too large" in errors
    assert published_versions(tmp_path, "board_ranks") == []
    assert staged_folders(tmp_path) == []


def test_many_runs_that_start_at_once_do_not_remove_each_others_folders(tmp_path: Path) -> None:
    lost = []

    def stage_often() -> None:
        for _ in range(25):
            with staging_folder(tmp_path, "facts") as folder:
                if not folder.is_dir():
                    lost.append(folder)

    threads = [threading.Thread(target=stage_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    assert staged_folders(tmp_path) == []


def test_a_part_is_compressed_and_has_statistics_on_the_key_alone(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks", n_parts=1)
    columns = pq.read_metadata(dataset.part_paths[0]).row_group(0)
    assert [columns.column(leaf).is_stats_set for leaf in (0, 1)] == [True, False]
    assert columns.column(0).compression == "ZSTD"


def test_what_fields_mean_is_in_the_manifest_and_on_the_schema_and_not_in_the_parts(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    terms = pa.list_(pa.field("element", pa.struct([described("term", pa.string(), "a word")])))
    schema = pa.schema(
        [
            described("board_id", pa.int64(), "the board", source="raw"),
            unset_in_light(described("terms", terms, "words")),
        ],
        {"made": "up"},
    )
    rows = [{"board_id": 7, "terms": [{"term": "sofa"}]}]
    dataset = publish(tmp_path / "described", pa.Table.from_pylist(rows, schema))
    bare = publish(tmp_path / "bare", pa.Table.from_pylist(rows, without_meanings(schema)))
    assert dataset.schema.equals(schema, check_metadata=True)
    assert dataset.manifest.fields["terms.term"] == FieldMeaning("a word", "", "derived")
    assert tree(dataset.folder) == tree(bare.folder)
    assert bare.manifest.fields == {}


def test_a_manifest_from_before_fields_had_meanings_still_opens(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    path = dataset.place.manifest
    content = json.loads(path.read_text())
    del content["fields"], content["manifest_digest"]
    dataset.place.inner_manifest.write_text(json.dumps(content))
    path.unlink()
    assert open_dataset(tmp_path, "board_ranks").schema.equals(RANKS.schema)
