"""What is published in a store is what its manifests say; one listing tells it, and odd keys hide nothing."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from storage_tiers import Dataset, Version, VersionNotFoundError, open_dataset
from storage_tiers.stores.address import root_of
from storage_tiers.stores.opened_stores import traffic_of
from storage_tiers.versioned.asked_version import newest_published, resolve_version
from storage_tiers.versioned.versions import dataset_names, described_names, listed_versions, published_versions

DAY = dt.date(2026, 11, 20)
MANIFESTS = "board_joins/_manifests/full"


@pytest.fixture
def versions(s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]) -> list[Version]:
    """Two iterations of a day, and one of the day after."""
    asked = [(DAY, 1), (DAY, 2), (DAY + dt.timedelta(days=1), 1)]
    table = wide_table(3)
    return [publish(root_of(s3_root), table, n_parts=1, date=date, iteration=i).version for date, i in asked]


def test_the_newest_of_all_of_a_date_and_of_an_iteration_is_found_by_one_request(
    s3_root: str, versions: list[Version]
) -> None:
    first, second, third = versions
    root = root_of(s3_root)
    traffic = traffic_of(root.scheme, root.bucket)
    for date, iteration, expected in (
        (None, None, third),
        (DAY, None, second),
        (DAY, 1, first),
        (None, 2, second),
        (DAY, 7, None),
    ):
        traffic.forget()
        assert newest_published(root, "board_joins", "full", date, iteration) == expected
        assert traffic.n_requests == 1
    assert newest_published(root, "board_joins", hidden={third}) == second
    assert published_versions(root, "board_joins") == versions
    assert dataset_names(root) == described_names(root) == ["board_joins"]


def test_keys_of_nothing_of_ours_are_no_versions_and_no_datasets(s3_root: str, versions: list[Version]) -> None:
    root = root_of(s3_root)
    for odd in (
        f"{MANIFESTS}/date=2026-02-30/iteration=1.json",
        f"{MANIFESTS}/date=2026-11-20/iteration=01.json",
        f"{MANIFESTS}/date=2026-11-20/iteration=3.json.tmp",
        f"{MANIFESTS}/date=2026-11-20/iteration=4/5.json",
        f"{MANIFESTS}/iteration=9.json",
        "board_joins/full/date=2026-11-25/iteration=1/part-00000.parquet",
        "_runs/day.log",
        ".hidden/full/x",
        "notes.txt",
        "a folder/of others/x",
    ):
        (root / odd).touch()
    assert published_versions(root, "board_joins") == versions
    assert dataset_names(root) == ["board_joins"]
    assert listed_versions(root, "board_joins", "full").there == versions


def test_a_folder_that_somebody_made_is_no_version(
    s3_root: str, versions: list[Version], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = root_of(s3_root) / MANIFESTS
    found = home.listed()
    made = [
        replace(found[0], key=key) for key in (home.key, f"{home.key}/date=2026-11-22")
    ]  # ending in / on the server
    monkeypatch.setattr("storage_tiers.stores.store_path.cached_objects", lambda *_place: [*made, *found])
    assert published_versions(root_of(s3_root), "board_joins") == versions


def test_what_is_not_there_is_told_with_what_is(s3_root: str, versions: list[Version]) -> None:
    root = root_of(s3_root)
    with pytest.raises(
        VersionNotFoundError, match=r"date=2026-12-24 is not published under s3://.*; 3 published \(newest"
    ):
        open_dataset(s3_root, "board_joins", date="2026-12-24")
    with pytest.raises(VersionNotFoundError, match="published: board_joins/full"):
        open_dataset(s3_root, "board_joins", "light")
    with pytest.raises(VersionNotFoundError, match="datasets published: board_joins"):
        resolve_version(root, "pin_joins")
    with pytest.raises(VersionNotFoundError, match="datasets published: none; begin with interest-graph run"):
        open_dataset(f"{s3_root}/elsewhere", "board_joins")
    assert len(versions) == 3
