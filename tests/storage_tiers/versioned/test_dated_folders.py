"""Who asks for one version looks into few folders, however many dates there are; odd names hide nothing."""

import datetime as dt
import os

import pyarrow as pa
import pytest

from storage_tiers import Version, open_dataset
from storage_tiers.obstacles import obstacles
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.versioned.dated_folders import dates_in
from storage_tiers.versioned.verification import faults_at_a_glance
from storage_tiers.versioned.versions import listed_versions, published_versions

FIRST = dt.date(2026, 1, 1)
ROWS = pa.table({"board_id": [1, 2], "name": ["a", "b"]})


@pytest.fixture
def listed(monkeypatch):
    """The folders that were listed, one entry each time."""
    seen, listdir = [], os.listdir

    def counted(folder="."):
        seen.append(str(folder))
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", counted)
    return seen


@pytest.fixture
def many(publish):
    """Publish so many dates of a dataset."""

    def make(root, n_days):
        for number in range(n_days):
            publish(root, ROWS, "board_joins", n_parts=1, date=FIRST + dt.timedelta(days=number))
        return FIRST + dt.timedelta(days=n_days - 1)

    return make


def test_the_folders_that_a_look_takes_do_not_grow_with_the_dates(tmp_path, many, listed):
    looks = {}
    for n_days in (3, 12):
        root = tmp_path / str(n_days)
        newest = many(root, n_days)
        tiers = [RandomAccessTier(root), SqlBatchTier(root)]
        for tier in tiers:
            tier.serve(open_dataset(root, "board_joins"))
        for what, look in {
            "a date": lambda root=root: open_dataset(root, "board_joins", date=FIRST, iteration=1),
            "the newest": lambda root=root: open_dataset(root, "board_joins"),
            "validated": lambda tiers=tiers, newest=newest: [
                one.validate("board_joins", Version(newest, 1)) for one in tiers
            ],
            "selected": lambda tiers=tiers: [one.select("board_joins") for one in tiers],
        }.items():
            listed.clear()
            look()
            looks.setdefault(what, []).append(len(listed))
    assert all(few == many for few, many in looks.values()), looks


def test_a_listing_looks_once_into_each_folder_and_opens_no_file(tmp_path, many, listed, monkeypatch):
    many(tmp_path, 5)
    listed.clear()
    monkeypatch.setattr("io.open", None)
    assert len(published_versions(tmp_path, "board_joins")) == 5
    assert len(listed) == len(set(listed)) == 2 + 2 * 5


@pytest.mark.parametrize(
    "name", ["date=2026-13-45", "date=2026-02-30", "date=20260101", "date=", "date=2026-W01-1", "x"]
)
def test_names_of_no_date_hide_no_other(tmp_path, many, name):
    many(tmp_path, 2)
    for tree in ("full", "_manifests/full"):
        (tmp_path / "board_joins" / tree / name / "iteration=1").mkdir(parents=True)
    assert len(published_versions(tmp_path, "board_joins")) == 2
    assert open_dataset(tmp_path, "board_joins").version == Version(FIRST + dt.timedelta(days=1), 1)
    assert dates_in(tmp_path / "board_joins" / "full") == [FIRST, FIRST + dt.timedelta(days=1)]
    told = [str(error) for _, error in obstacles(tmp_path, ["board_joins"])]
    is_like_a_date = len(name) == len("date=2026-02-30") and name.count("-") == 2 and "W" not in name
    assert all("is no date of the calendar" in line for line in told)
    assert len(told) == 2 * is_like_a_date


def test_a_folder_that_can_not_be_read_is_named_and_hides_no_other(tmp_path, many, monkeypatch):
    many(tmp_path, 3)
    closed = tmp_path / "board_joins" / "full" / f"date={FIRST}"

    def refused(call):
        def listing(folder="."):
            if str(folder) == str(closed):
                raise PermissionError(13, "Permission denied", str(folder))
            return call(folder)

        return listing

    monkeypatch.setattr(os, "listdir", refused(os.listdir))
    monkeypatch.setattr(os, "scandir", refused(os.scandir))
    assert len(published_versions(tmp_path, "board_joins")) == 2
    assert open_dataset(tmp_path, "board_joins").n_rows == 2
    told = [str(error) for _, error in obstacles(tmp_path, ["board_joins"])]
    assert told == [f"{closed}: it can't be looked into (Permission denied); let it be read"]


@pytest.mark.parametrize(
    "damage", ["manifest cut", "manifest gone", "folder gone", "part gone", "part cut", "marked", "file"]
)
def test_a_glance_names_each_kind_of_damage_once(tmp_path, many, damage):
    many(tmp_path, 3)
    place = open_dataset(tmp_path, "board_joins", date=FIRST).place
    part = place.folder / "part-00000.parquet"
    if damage == "manifest cut":
        place.manifest.write_bytes(place.manifest.read_bytes()[:100])
    elif damage == "manifest gone":
        place.manifest.unlink()
    elif damage in ("folder gone", "file"):
        place.folder.rename(tmp_path / "away")
        if damage == "file":
            place.folder.touch()
    elif damage == "part gone":
        part.unlink()
    elif damage == "part cut":
        part.write_bytes(b"PAR1")
    else:
        place.damage_mark.write_text("a bit is another")
    listing = listed_versions(tmp_path, "board_joins", "full")
    ((version, error),) = faults_at_a_glance(tmp_path, "board_joins", "full", listing)
    assert version == place.version
    assert "date=2026-01-01" in str(error)
    by_names = [*faults_at_a_glance(tmp_path, "board_joins", "full", listing, by_names=True)]
    assert len(by_names) == (damage in ("manifest gone", "folder gone", "file", "marked"))
