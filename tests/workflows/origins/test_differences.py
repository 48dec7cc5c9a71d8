"""What a version was made from and what there is now, compared without a file."""

import datetime as dt

import pytest

from storage_tiers.versioned.manifest import InputVersion, Manifest, Part, RawFile, RawFiles
from storage_tiers.versioned.versions import Version
from workflows.origins.differences import (
    changed_file,
    picture_differences,
    raw_differences,
    setting_differences,
    version_differences,
)

DAY = dt.date(2026, 11, 20)
ROWS = (Part(0, "part-00000.parquet", 5, 100, "aa", 1, 5),)


def manifest(dataset="facts", iteration=0, parts=ROWS, **fields):
    return Manifest(dataset, "full", DAY, iteration, "key", True, "hash", parts, {"key": "int64"}, **fields)


def raw(table="pins", n_files=1, n_bytes=70, digest="ab" * 32):
    return RawFiles(table, n_files, n_bytes, digest)


@pytest.mark.parametrize("now", [raw(n_files=2), raw(n_bytes=71), raw(digest="cd" * 32)])
def test_any_difference_of_the_files_is_one(now):
    (difference,) = raw_differences(
        [manifest(raw_files=(raw(), raw("boards")))], {"pins": now, "boards": raw("boards")}
    )
    assert str(difference).startswith(
        "date=2026-11-20 iteration=0 was made from other input: pins: 1 file, 70 bytes, di"
    )


def test_tables_that_are_gone_or_were_never_recorded_are_no_difference():
    assert list(raw_differences([manifest(raw_files=(raw(),)), manifest()], {})) == []
    assert list(raw_differences([manifest()], {"pins": raw()})) == []


def test_when_a_file_was_written_makes_no_difference_and_the_first_that_differs_is_named():
    def files(*contents, hour=1):
        at = dt.datetime(2026, 11, 20, hour, tzinfo=dt.UTC)
        return RawFiles("pins", 2, 2, "", tuple(RawFile(name, 1, at, digest) for name, digest in contents))

    before = files(("a", "1"), ("b", "2"))
    assert before == files(("a", "1"), ("b", "2"), hour=7)
    assert changed_file(before, files(("a", "1"), ("b", "2"), hour=7)) == ""
    assert changed_file(before, files(("a", "1"), ("b", "3"))) == " (b differs)"
    assert changed_file(before, files(("a", "1"))) == " (b is missing)"
    assert changed_file(before, files(("0", "1"), ("1", "1"), ("a", "1"))) == " (0 is new; 2 more differ)"
    assert changed_file(before, files()) == " (a is missing; 1 more differs)"
    assert changed_file(before, None) == ""
    assert changed_file(files(), before) == ""  # an older manifest, which names no files


def test_settings_are_compared_where_a_manifest_has_them():
    made = manifest("board_ranks", 2, parameters={"damping": 1.0, "ranks_on": "driver"})
    now = {"damping": 1, "ranks_on": "engine", "tolerance": 1e-8}
    (difference,) = setting_differences([made, manifest()], now)
    assert (
        str(difference) == "date=2026-11-20 iteration=2 was made with other settings: ranks_on was driver, now engine"
    )
    assert str(difference.of(Version(DAY, 4))).startswith("date=2026-11-20 iteration=4 was made with")


def test_settings_of_pictures_count_where_pictures_were_needed():
    parameters = {"algorithm": "dct256/1", "max_distance": 32}
    day = {name: manifest(name, parameters=parameters) for name in ("image_files", "picture_members")}
    assert [each.what for each in picture_differences(day, "phash64", 9)] == ["signature was dct256, now phash64"]
    assert [each.what for each in picture_differences(day, "dct256/2", 9)] == ["signature was dct256/1, now dct256/2"]
    assert [each.what for each in picture_differences(day, "dct256/1", 9)] == ["max_distance was 32, now 9"]
    assert list(picture_differences(day, "dct256/1", 32)) == []
    day["picture_members"] = manifest("picture_members", parts=(), parameters=parameters)
    assert list(picture_differences(day, "dct256/1", 9)) == []  # no picture of the day was compared
    day["image_files"] = manifest("image_files", parts=(), parameters=parameters)
    assert list(picture_differences(day, "phash64", 32)) == []
    assert list(picture_differences({}, "phash64", 32)) == []


def test_hashes_that_are_the_group_know_no_distance():
    parameters = {"algorithm": "phash64", "max_distance": 32}
    day = {name: manifest(name, parameters=parameters) for name in ("image_files", "picture_members")}
    assert list(picture_differences(day, "phash64", 9)) == []


def test_a_version_that_has_another_content_now_is_named_once_with_the_number_of_others():
    facts = InputVersion("facts", "full", DAY, 0, "ab" * 32)
    edges = InputVersion("repin_edges", "full", DAY, 0, "ef" * 32)
    made = [manifest(name, 1, inputs=(facts, edges)) for name in ("board_ranks", "board_features")]
    (difference,) = version_differences(made, {facts: "cd" * 32, edges: edges.digest})
    assert difference.what == (
        "board_ranks from facts date=2026-11-20 iteration=0, digest abababababab then; digest cdcdcdcdcdcd now "
        "(and 1 more)"
    )
    assert list(version_differences(made, {edges: edges.digest})) == []
