"""Stale is what was made from other input, settings or code than there are now; all else is not."""

import datetime as dt
import json
import os
import shutil
from collections import Counter
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from storage_tiers.errors import VersionNotFoundError
from storage_tiers.versioned.manifest import read_manifest, write_manifest
from storage_tiers.versioned.versions import Version, VersionPlace
from workflows.config_files import SettingsError
from workflows.staleness import changes, published
from workflows.staleness.changes import DatasetVersion
from workflows.staleness.code_digest import CODE_DIGEST
from workflows.staleness.derived_from import children_of
from workflows.staleness.stale import staleness_of

FRIDAY = dt.date(2026, 11, 20)


@pytest.fixture
def day(built_day, tmp_path, day_of):
    """A copy of the built day, whose raw files keep their times."""
    shutil.copytree(built_day.input_root, tmp_path / "input")
    shutil.copytree(built_day.output_root, tmp_path / "output")
    return day_of(tmp_path / "input", tmp_path / "output")


def found_of(day, **asked):
    return staleness_of(day, None, None, **asked)


def pins_of(day):
    (path,) = (day.root.parent / "input" / "pins" / f"date={FRIDAY}").glob("*.parquet")
    return path


def test_a_day_that_is_as_it_was_made_is_not_stale(day):
    found = found_of(day)
    assert (found.n_dates, found.stale, found.unknown) == (1, (), {})
    assert list(found.lines()) == [f"0 of 1 dates under {day.root} are stale"]


def test_other_input_is_told_with_what_derives_from_it_and_what_to_do(day):
    pins = pins_of(day)
    pq.write_table(pq.read_table(pins).slice(1), pins)
    (one,) = found_of(day).stale
    (change,) = one.changes.changes
    assert change.kind == "input"
    assert change.what.startswith("pins: 1 file, ")
    assert {made.dataset for made in change.made} == {"image_files", "facts", "boards", "users", "rejected_rows"}
    derived = {made.dataset for made in one.derived}
    assert {"repin_edges", "board_ranks", "board_categories", "pin_joins", "board_joins", "user_joins"} <= derived
    assert not derived & {made.dataset for made in change.made}
    lines = "\n".join(one.lines())
    assert "as iterations 3 to 5, " in lines
    assert f"rebuild --date {FRIDAY} --input " in lines
    assert json.loads(found_of(day).as_json())["stale"][0]["changes"]["changes"][0]["kind"] == "input"


def test_a_setting_is_told_by_its_values(day):
    (one,) = found_of(day.clone(damping=0.5)).stale
    (change,) = one.changes.changes
    assert (change.kind, change.what) == ("setting", "damping was 0.85, now 0.5")
    assert DatasetVersion("board_ranks", Version(FRIDAY, 1)) in change.made
    assert "facts" not in {made.dataset for made in change.made}


def test_folders_of_pictures_are_told_where_others_would_give_other_signatures(day, configure):
    _rewrite(day, "image_files", 0, lambda manifest: replace(manifest, counts={"outside_picture_roots": 1}))
    assert not found_of(day).stale
    configure("pictures", picture_roots="/srv/pictures")
    (one,) = found_of(day).stale
    (change,) = one.changes.changes
    assert (change.kind, change.what) == ("setting", "picture_roots was none, now /srv/pictures")
    assert {made.dataset for made in change.made} == {"image_files"}


def test_other_code_is_told_of_the_datasets_that_it_makes(day, monkeypatch):
    real = changes.code_digest
    monkeypatch.setattr(
        changes, "code_digest", lambda one, module: "other" if one.task == "BoardCategories" else real(one, module)
    )
    (one,) = found_of(day).stale
    assert one.changes.is_of_code_alone
    assert {made.dataset for made in one.changes.made} == {"board_categories"}
    derived = {made.dataset for made in one.derived}
    assert {"board_features", "board_joins"} <= derived
    assert not derived & {"facts", "repin_edges", "board_ranks"}


def test_a_rewritten_upstream_version_is_told(day):
    _rewrite(
        day, "board_ranks", 2, lambda manifest: replace(manifest, parts=(replace(manifest.parts[0], digest="0" * 64),))
    )
    (one,) = found_of(day).stale
    assert [change.what.partition(",")[0] for change in one.changes.changes] == [
        "board_features from board_ranks date=2026-11-20 iteration=2"
    ]


def test_manifests_of_earlier_releases_say_what_they_do_not_record(day):
    def without(manifest):
        return replace(manifest, parameters={k: v for k, v in manifest.parameters.items() if k != CODE_DIGEST})

    _rewrite(day, "facts", 0, without)
    found = found_of(day)
    assert not found.stale
    (line, _) = found.lines()
    assert line.startswith("1 of 1 dates (first: 2026-11-20): the code isn't recorded that made them (interest-graph ")
    shutil.rmtree(day.root.parent / "input")
    assert "raw boards, pins, users are gone, so that they can't be compared" in "\n".join(found_of(day).lines())
    (one,) = found_of(day.clone(damping=0.5)).stale
    assert list(one.lines())[-1] == "  rebuild: not possible, as raw boards, pins, users are gone"


def test_a_file_of_the_same_size_and_time_is_read_where_every_byte_is_asked_for(day):
    pins = pins_of(day)
    old = pins.stat().st_mtime - 1000
    content = bytearray(pins.read_bytes())
    _rewrite_raw_times(day, old)
    os.utime(pins, (old, old))
    content[len(content) // 2] ^= 1
    pins.write_bytes(content)
    os.utime(pins, (old, old))
    assert not found_of(day).stale
    assert found_of(day, every_byte=True).stale
    os.utime(pins, (old + 60, old + 60))
    assert found_of(day).stale


def test_each_manifest_is_read_once(day, monkeypatch):
    read = Counter()
    real = published.manifest_there

    def counted(place):
        read[place] += 1
        return real(place)

    monkeypatch.setattr(published, "manifest_there", counted)
    assert found_of(day.clone(damping=0.5)).stale
    assert max(read.values()) == 1


def test_nothing_derives_from_a_version_without_rows(day):
    there = published.Published(day.root)
    children = children_of(there, there.dates)
    n_rows = {DatasetVersion(one.dataset, one.version): one.n_rows for one in there.served(FRIDAY)}
    assert 0 in n_rows.values()
    assert {made for made in children if not n_rows[made]} == set()
    assert {made.dataset for made in children} >= {"facts", "repin_edges", "board_ranks"}


def test_dates_of_which_nothing_is_there_are_an_error_that_names_those_that_are(day, tmp_path):
    monday = dt.date(2026, 11, 23)
    with pytest.raises(VersionNotFoundError, match="1 dates are, from 2026-11-20 to 2026-11-20"):
        staleness_of(day, monday, monday)
    with pytest.raises(VersionNotFoundError, match="there is no such folder"):
        found_of(day.clone(output_root=str(tmp_path / "elsewhere")))


def _rewrite(day, name, iteration, change):
    place = VersionPlace(day.root, name, "full", Version(FRIDAY, iteration))
    write_manifest(change(read_manifest(place)), place.manifest)


def _rewrite_raw_times(day, seconds):
    """Let manifests name an earlier time of the raw pins, as if they had been written long before the run."""
    at = dt.datetime.fromtimestamp(int(seconds), dt.UTC)

    def earlier(manifest):
        raw = tuple(
            replace(files, files=tuple(replace(file, modified_at=at) for file in files.files))
            if files.table == "pins"
            else files
            for files in manifest.raw_files
        )
        return replace(manifest, raw_files=raw)

    for name in ("image_files", "facts", "boards", "users", "rejected_rows"):
        _rewrite(day, name, 0, earlier)


def test_dates_the_wrong_way_round_are_to_be_swapped(day):
    with pytest.raises(SettingsError, match="start 2026-11-21 is later than stop 2026-11-20; swap them"):
        staleness_of(day, FRIDAY + dt.timedelta(days=1), FRIDAY)
