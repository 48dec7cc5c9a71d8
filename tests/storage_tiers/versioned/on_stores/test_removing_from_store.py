"""Removing from a store: the manifest goes first, what is cut off is finished, what a dead run left is cleaned."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress

import pyarrow as pa
import pytest

from storage_tiers import Dataset, VersionNotFoundError, open_dataset
from storage_tiers.stores import s3_store
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.on_stores import clearing
from storage_tiers.versioned.removal import PublishedVersion, finish_removals, remove_versions
from storage_tiers.versioned.staging import remove_abandoned
from storage_tiers.versioned.versions import listed_versions, published_versions

NO_AGE = dt.timedelta(seconds=-5)


@pytest.fixture
def dataset(s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]) -> Dataset:
    return publish(root_of(s3_root), wide_table(30))


def removed(dataset: Dataset) -> PublishedVersion:
    return PublishedVersion("board_joins", "full", dataset.version)


def test_a_removed_version_leaves_nothing(s3_root: str, dataset: Dataset) -> None:
    told: list[PublishedVersion] = []
    remove_versions(root_of(s3_root), [removed(dataset)], told.append)
    assert told == [removed(dataset)]
    assert root_of(s3_root).listed() == []
    remove_versions(root_of(s3_root), [removed(dataset)])  # again: there is nothing


@pytest.mark.parametrize("request_number", range(1, 9))
def test_a_removal_that_is_cut_off_anywhere_leaves_it_whole_or_gone_and_can_be_finished(
    s3_root: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, request_number: int
) -> None:
    done = 0

    def cut_off(name: str) -> Callable[..., object]:
        whole = getattr(s3_store.BucketStore, name)

        def request(*given: object) -> object:
            nonlocal done
            done += 1
            if done == request_number:
                raise KeyboardInterrupt
            return whole(*given)

        return request

    with monkeypatch.context() as patched:
        for name in ("get", "put", "delete", "described", "listed"):
            patched.setattr(s3_store.BucketStore, name, cut_off(name))
        with suppress(KeyboardInterrupt):
            remove_versions(root_of(s3_root), [removed(dataset)])
    if published_versions(root_of(s3_root), "board_joins"):
        dataset.verify()
        remove_versions(root_of(s3_root), [removed(dataset)])
    else:
        with pytest.raises(VersionNotFoundError):
            open_dataset(s3_root, "board_joins")
        finish_removals(root_of(s3_root))
    assert root_of(s3_root).listed() == []


def test_a_version_is_published_again_after_a_removal_that_was_cut_off(
    s3_root: str, dataset: Dataset, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset.place.removal_mark.write_bytes(dataset.place.manifest.read_bytes())
    dataset.place.manifest.unlink()
    assert listed_versions(root_of(s3_root), "board_joins", "full").removed == {dataset.version}
    again = publish(root_of(s3_root), wide_table(31))
    again.verify()
    listing = listed_versions(root_of(s3_root), "board_joins", "full")
    assert (listing.published, listing.removed) == ([dataset.version], frozenset())
    assert len([found for found in root_of(s3_root).listed() if found.key.endswith(".parquet")]) == again.n_parts


def test_finishing_a_removal_spares_a_version_whose_manifest_is_still_there(s3_root: str, dataset: Dataset) -> None:
    dataset.place.removal_mark.touch()
    finish_removals(root_of(s3_root))
    open_dataset(s3_root, "board_joins").verify()
    assert not dataset.place.removal_mark.exists()


def test_what_a_dead_run_left_is_cleaned_when_it_is_a_day_old_and_not_before(s3_root: str, dataset: Dataset) -> None:
    root, other = root_of(s3_root), dataset.folder.with_name("iteration=2")
    orphans = [other / "part-00000-0123456789ab.parquet", dataset.folder / "part-00000-0123456789ab.parquet"]
    for path in orphans:
        path.write_bytes(b"left")
    assert clearing.leftovers(root) == []  # they may belong to a publication that lives
    assert remove_abandoned(root) == (0, 0)
    assert all(path.exists() for path in orphans)
    found = clearing.leftovers(root, older_than=NO_AGE)
    assert sorted(one.key for one in found) == sorted(path.key for path in orphans)
    clearing.remove_leftovers(root, found)
    dataset.verify()
    assert len(root.listed()) == dataset.n_parts + 2


def test_cleaning_only_looks_where_it_is_asked_to_look(
    s3_root: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = dataset.folder / "part-00009-0123456789ab.parquet"
    orphan.write_bytes(b"left")
    monkeypatch.setattr(clearing.leftovers, "__defaults__", (NO_AGE,))
    assert remove_abandoned(root_of(s3_root), only_look=True) == (1, 4)
    assert orphan.exists()
    assert remove_abandoned(root_of(s3_root)) == (1, 4)
    assert not orphan.exists()


def test_parts_of_a_version_whose_manifest_is_damaged_are_not_cleaned(s3_root: str, dataset: Dataset) -> None:
    dataset.place.manifest.write_bytes(b"{")
    assert clearing.leftovers(root_of(s3_root), older_than=NO_AGE) == []
