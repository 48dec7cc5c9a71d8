"""Publishing into a store: what is read is what was written, whole or not at all, whoever dies or races in between."""

import datetime as dt
import json
import pickle
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError, Version, VersionNotFoundError, open_dataset
from storage_tiers.stores.address import root_of
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.manifest import Check, write_manifest
from storage_tiers.versioned.on_stores import publishing
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import VersionPlace, published_versions

DAY = dt.date(2026, 11, 20)
PLACE = "board_joins/full/date=2026-11-20/iteration=1"

PUBLISHER = """
import datetime as dt
import os
import sys

import pyarrow as pa
from storage_tiers import Version
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset

root, rank, n_versions = root_of(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
table = pa.table({"board_id": range(20_000), "page_rank": [rank * n for n in range(20_000)]})
spec = DatasetSpec("board_ranks", table.schema, "board_id")
for iteration in range(1, n_versions + 1):
    with stage_dataset(root, spec, "full", Version(dt.date(2026, 11, 20), iteration)) as staging:
        parts = [staging.writer(number, table.slice(7_000 * number, 7_000)) for number in range(3)]
        print("written", flush=True)
        sys.stdin.readline()
        try:
            staging.publish(parts, Provenance())
        except RuntimeError as error:
            print("lost", error, flush=True)
        else:
            print("won", flush=True)
"""


def keys(root: str) -> list[str]:
    """What lies below an address, by its names."""
    place = root_of(root)
    return [found.key.removeprefix(f"{place.key}/") for found in place.listed()]


def parts(root: str) -> list[str]:
    return [key for key in keys(root) if key.endswith(".parquet")]


def test_what_is_read_is_what_was_published_and_its_digest_that_of_a_local_copy(
    s3_root: str, tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    table = wide_table(300)
    stored, local = publish(root_of(s3_root), table), publish(tmp_path / "output", table)
    stored.verify()
    read = stored.to_table()
    assert read.sort_by("board_id").equals(table.sort_by("board_id"))
    assert read.schema.metadata == table.schema.metadata
    assert read.equals(local.to_table())
    assert stored.manifest.digest == local.manifest.digest
    assert [part.digest for part in stored.manifest.parts] == [part.digest for part in local.manifest.parts]
    assert stored.to_table(["board_id", "owner.user_id"]).equals(local.to_table(["board_id", "owner.user_id"]))
    assert stored.schema.equals(local.schema, check_metadata=True)
    reader = pickle.loads(pickle.dumps(stored.reader(["board_id"])))  # noqa: S301 - as it travels to a worker
    assert reader(2).equals(local.reader(["board_id"])(2))


def test_the_layout_is_the_local_one_with_digests_in_the_names_of_parts(
    s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(root_of(s3_root), wide_table(30))
    names = [f"part-{part.number:05d}-{part.digest[:12]}.parquet" for part in dataset.manifest.parts]
    assert keys(s3_root) == [
        "board_joins/_manifests/full/date=2026-11-20/iteration=1.json",
        f"{PLACE}/_SUCCESS",
        *(f"{PLACE}/{name}" for name in names),
    ]
    assert list((local_home(root_of(s3_root)) / "_staging").glob("*-*")) == []


def test_a_name_that_holds_another_digest_than_its_part_has_is_damage(
    s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(root_of(s3_root), wide_table(30))
    first = replace(dataset.manifest.parts[0], name="part-00000-0123456789ab.parquet")
    write_manifest(replace(dataset.manifest, parts=(first, *dataset.manifest.parts[1:])), dataset.place.manifest)
    with pytest.raises(DamagedVersionError, match="part 0 is called 'part-00000-0123456789ab"):
        open_dataset(s3_root, "board_joins")


def test_publishing_the_same_again_changes_nothing_and_other_content_is_refused(
    s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    root = root_of(s3_root)
    publish(root, wide_table(30))
    before = {found.key: found.e_tag for found in root.listed()}
    publish(root, wide_table(30))
    assert {found.key: found.e_tag for found in root.listed()} == before
    with pytest.raises(DatasetError, match=r"published by another run with other content.*remove s3://.*json first"):
        publish(root, wide_table(31))
    assert {found.key: found.e_tag for found in root.listed()} == before


def test_a_failed_check_uploads_nothing(
    s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    with pytest.raises(DatasetError, match="n_rows: 30 of 31"):
        publish(root_of(s3_root), wide_table(30), provenance=Provenance(checks=[Check("n_rows", False, "30 of 31")]))
    assert keys(s3_root) == []


def test_what_a_dead_run_uploaded_is_no_version_and_goes_with_the_next_publication(
    s3_root: str,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = root_of(s3_root)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            publish(root, wide_table(90), n_parts=5)
    assert len(parts(s3_root)) == 5
    assert published_versions(root, "board_joins") == []
    with pytest.raises(VersionNotFoundError):
        open_dataset(s3_root, "board_joins")
    dataset = publish(root, wide_table(30))
    assert sorted(key.rpartition("/")[2] for key in parts(s3_root)) == [part.name for part in dataset.manifest.parts]


def test_a_part_that_vanishes_while_it_is_published_is_put_again(
    s3_root: str,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root, committed = root_of(s3_root), publishing.commit

    def commit_and_remove(place: VersionPlace, content: bytes) -> object:
        done = committed(place, content)
        place.folder.store.delete([next(found.key for found in place.folder.listed() if "part-" in found.key)])
        return done

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "commit", commit_and_remove)
        publish(root, wide_table(30)).verify()


def test_a_version_that_was_copied_between_disk_and_store_is_the_same_version(
    s3_root: str, tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    local, root = publish(tmp_path / "output", wide_table(30)), root_of(s3_root)
    for path in sorted((tmp_path / "output").rglob("*")):
        if path.is_file() and "_staging" not in path.parts:
            (root / path.relative_to(tmp_path / "output")).write_bytes(path.read_bytes())
    copied = open_dataset(s3_root, "board_joins")
    copied.verify()
    assert copied.to_table().equals(local.to_table())
    (copied.folder / copied.manifest.parts[1].name).unlink()
    publish(root, wide_table(30)).verify()  # which mends it under the names of its manifest
    assert [key.rpartition("/")[2] for key in parts(s3_root)] == [part.name for part in local.manifest.parts]


def test_a_damaged_manifest_is_replaced_by_the_next_publication(
    s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(root_of(s3_root), wide_table(30))
    dataset.place.manifest.write_bytes(b"{")
    with pytest.raises(DamagedVersionError, match="is no manifest"):
        open_dataset(s3_root, "board_joins")
    publish(root_of(s3_root), wide_table(30)).verify()


def race(run_python: Callable[..., object], root: str, ranks: tuple[float, ...], n_versions: int) -> list[list[str]]:
    """Let several publish the same versions at the same moment; return what each says of each version."""
    racers = [run_python(PUBLISHER, root, rank, n_versions) for rank in ranks]
    said: list[list[str]] = []
    for _ in range(n_versions):
        for racer in racers:
            assert racer.stdout.readline() == "written\n", racer.stderr.read()
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said.append([racer.stdout.readline().partition(" ")[0].strip() for racer in racers])
    for racer in racers:
        racer.communicate()
    return said


def test_of_two_runs_that_race_with_other_content_one_wins_and_the_other_leaves_nothing(
    s3_root: str, run_python: Callable[..., object]
) -> None:
    n_versions = 12
    said = race(run_python, s3_root, (1.0, 2.0), n_versions)
    assert [sorted(each) for each in said] == [["lost", "won"]] * n_versions
    for iteration, (first, _) in enumerate(said, 1):
        dataset = open_dataset(s3_root, "board_ranks", iteration=iteration)
        dataset.verify()
        assert dataset.to_table(["page_rank"])["page_rank"][1].as_py() == (1.0 if first == "won" else 2.0)
    assert len(parts(s3_root)) == 3 * n_versions


def test_two_runs_that_race_with_the_same_content_both_succeed(s3_root: str, run_python: Callable[..., object]) -> None:
    assert race(run_python, s3_root, (1.0, 1.0), 4) == [["won", "won"]] * 4
    assert len(parts(s3_root)) == 3 * 4


@pytest.mark.slow
def test_two_hundred_races_have_one_winner_each(s3_root: str, run_python: Callable[..., object]) -> None:
    said = race(run_python, s3_root, (1.0, 2.0), 200)
    assert [sorted(each) for each in said] == [["lost", "won"]] * 200
    assert len(parts(s3_root)) == 3 * 200
    with cached_listings():  # each version's listing has them all
        for iteration in range(1, 201):
            open_dataset(s3_root, "board_ranks", iteration=iteration).verify()


def publisher(run_python: Callable[..., object], root: str) -> object:
    """Start a publisher that has staged its parts and is about to publish them."""
    started = run_python(PUBLISHER, root, 1.0, 1)
    assert started.stdout.readline() == "written\n", started.stderr.read()
    started.stdin.write("go\n")
    started.stdin.flush()
    return started


@pytest.mark.slow
def test_a_publisher_that_is_killed_leaves_nothing_half_visible_and_its_rerun_the_same_digest(
    s3_root: str, run_python: Callable[..., object]
) -> None:
    first, began = publisher(run_python, f"{s3_root}/whole"), time.monotonic()
    assert first.communicate()[0] == "won\n"
    took = time.monotonic() - began
    digest = open_dataset(f"{s3_root}/whole", "board_ranks").manifest.digest
    moments = random.Random(19)  # noqa: S311 - of kills
    for kill in range(20):
        root = f"{s3_root}/{kill}"
        killed = publisher(run_python, root)
        time.sleep(moments.uniform(0, 1.2 * took))
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        for version in published_versions(root_of(root), "board_ranks"):
            open_dataset(root, "board_ranks", iteration=version.iteration).verify()
        assert publisher(run_python, root).communicate()[0] == "won\n"
        dataset = open_dataset(root, "board_ranks")
        dataset.verify()
        assert dataset.manifest.digest == digest
        assert len(parts(root)) == 3


def test_nothing_that_is_written_holds_a_credential(
    s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    publish(root_of(s3_root), wide_table(30))
    manifest = json.loads(
        (root_of(s3_root) / "board_joins/_manifests/full/date=2026-11-20/iteration=1.json").read_text()
    )
    shown = f"{manifest} {open_dataset(s3_root, 'board_joins')!r} {root_of(s3_root)!r} {root_of(s3_root).store!r}"
    assert "trialsecret123" not in shown
    assert "trialaccess" not in shown
    spec = DatasetSpec("board_joins", wide_table(1).schema, "board_id")
    with stage_dataset(root_of(s3_root), spec, "full", Version(DAY, 2)) as staging:
        assert "trialsecret123" not in repr(staging.writer)
