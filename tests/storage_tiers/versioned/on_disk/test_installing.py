"""A version comes to its place whole or not at all, wherever its publisher is killed, and whatever lay there before."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from storage_tiers import Dataset, DatasetError, open_dataset
from storage_tiers.versioned.versions import VersionPlace

RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
OTHER_RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.4, 0.3, 0.2, 0.1]})

# Publishes RANKS into a copy of a folder, killed before the first call that changes it, the second, and so on.
KILLED_AT_EACH_STEP = """
import itertools, os, shutil, signal, sys
from pathlib import Path
import pyarrow as pa
from storage_tiers import Version
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset

def die_before(step):
    calls = itertools.count()
    def killing(function):
        def call(*arguments, **options):
            if next(calls) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)
        return call
    for name in ("rename", "replace", "unlink", "mkdir", "fsync"):
        setattr(os, name, killing(getattr(os, name)))

table = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
spec = DatasetSpec("board_ranks", table.schema, "board_id")
for step in itertools.count():
    root = Path(sys.argv[1]) / f"{step:02d}"
    shutil.copytree(sys.argv[2], root)
    child = os.fork()
    if not child:
        with stage_dataset(root, spec, "full", Version("2026-11-20", 1)) as staging:
            part = staging.writer(0, table)
            die_before(step)
            staging.publish([part], Provenance())
            os._exit(0)
    if not os.waitpid(child, 0)[1]:
        break
"""


def lose_manifest(place: VersionPlace) -> None:
    place.manifest.unlink()


def lose_folder(place: VersionPlace) -> None:
    shutil.rmtree(place.folder)


def lose_part(place: VersionPlace) -> None:
    (place.folder / "part-00000.parquet").unlink()


def mark(place: VersionPlace) -> None:
    path = place.folder / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[::-1])
    place.damage_mark.write_text("digest")


def damage_manifest(place: VersionPlace) -> None:
    place.manifest.write_bytes(b"{")


def damage_part_of_an_earlier_release(place: VersionPlace) -> None:
    place.manifest.rename(place.inner_manifest)
    lose_part(place)


def lose_everything(place: VersionPlace) -> None:
    shutil.rmtree(place.root / "board_ranks")


BEFORE = [
    lose_everything,
    lose_manifest, lose_folder, lose_part, mark, damage_manifest, damage_part_of_an_earlier_release,
]  # fmt: skip
KNOWS_ITS_DIGEST = [lose_folder, lose_part, mark, damage_part_of_an_earlier_release]


def rows_of(output: Path) -> pa.Table | None:
    """What a reader of ours gets; None where it is refused."""
    try:
        dataset = open_dataset(output, "board_ranks")
        dataset.verify()
    except DatasetError:
        return None
    return dataset.to_table()


@pytest.mark.parametrize("before", BEFORE, ids=lambda before: before.__name__)
def test_a_publisher_that_is_killed_anywhere_leaves_a_whole_version_or_none(
    tmp_path: Path,
    publish: Callable[..., Dataset],
    run_python: Callable[..., subprocess.Popen[str]],
    before: Callable[[VersionPlace], None],
) -> None:
    before(publish(tmp_path / "before", RANKS, "board_ranks", n_parts=1).place)
    with run_python(KILLED_AT_EACH_STEP, tmp_path / "killed", tmp_path / "before") as killed:
        assert killed.wait() == 0, killed.stderr
    outputs = sorted((tmp_path / "killed").iterdir())
    assert len(outputs) > 10
    found = [rows_of(output) for output in outputs]
    assert all(rows is None or rows.equals(RANKS) for rows in found)
    assert found[0] is None
    assert found[-1] is not None
    assert [rows is not None for rows in found] == sorted(rows is not None for rows in found)  # once there, it stays
    for output in outputs:
        publish(output, RANKS, "board_ranks", n_parts=1).verify()
        assert [path.name for path in (output / "_staging").iterdir()] == [".lock"]
        everything = ds.dataset(output / "board_ranks" / "full", format="parquet", partitioning="hive").to_table()
        assert everything.select(RANKS.column_names).equals(RANKS)
        assert not list(output.rglob("*.damaged"))


@pytest.mark.parametrize("before", KNOWS_ITS_DIGEST)
def test_what_was_lost_comes_back_as_it_was_or_not_at_all(
    tmp_path: Path, publish: Callable[..., Dataset], before: Callable[[VersionPlace], None]
) -> None:
    place = publish(tmp_path, RANKS, "board_ranks").place
    before(place)
    left = sorted(path.name for path in place.folder.parent.rglob("*"))
    refused = r"can't be made again as it was: digest before=\w+ != ours=\w+; .*; bring that back, or see"
    with pytest.raises(DatasetError, match=refused):
        publish(tmp_path, OTHER_RANKS, "board_ranks")
    assert sorted(path.name for path in place.folder.parent.rglob("*")) == left
    assert publish(tmp_path, RANKS, "board_ranks").to_table().sort_by("board_id").equals(RANKS)


def test_where_a_version_is_cut_off_any_content_may_follow(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    publish(tmp_path, OTHER_RANKS, "board_ranks").place.manifest.unlink()
    assert publish(tmp_path, RANKS, "board_ranks").to_table().sort_by("board_id").equals(RANKS)


def test_what_is_replaced_goes_whole_and_its_manifest_stays(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    place = publish(tmp_path, RANKS, "board_ranks").place
    manifest, part = place.manifest.read_bytes(), place.folder / "part-00001.parquet"
    part.unlink()
    (place.folder / "part-00007.parquet").write_bytes(b"of no version")
    publish(tmp_path, RANKS, "board_ranks").verify()
    assert place.manifest.read_bytes() == manifest
    names = sorted(path.name for path in place.folder.iterdir())
    assert names == ["_SUCCESS", "part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
