"""Which versions may go: what others were made from stays, and removing leaves each whole or gone."""

import datetime as dt
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers.versioned.removal import PublishedVersion, finish_removals, needed_versions, remove_versions
from storage_tiers.versioned.staging import Provenance
from storage_tiers.versioned.verification import faults_of, strangers
from storage_tiers.versioned.versions import Version, VersionPlace, all_places, published_versions

FRIDAY, SATURDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
ROWS = pa.table({"board_id": [1, 2]})


@pytest.fixture
def made(publish, tmp_path):
    """Publish a version that was made from others, and return it with its manifest."""

    def make(name, date, iteration, *inputs, rows=ROWS):
        provenance = Provenance(inputs=[manifest.as_input() for _, manifest in inputs])
        dataset = publish(tmp_path, rows, name, date=date, iteration=iteration, provenance=provenance)
        return PublishedVersion(name, "full", Version(date, iteration)), dataset.manifest

    return make


def test_what_another_date_was_made_from_stays_with_all_that_it_was_made_from(made):
    files = made("files", FRIDAY, 0)
    groups = made("groups", FRIDAY, 0, files)
    facts = made("facts", FRIDAY, 0, files)
    joins = made("joins", FRIDAY, 2, facts)
    later = made("groups", SATURDAY, 0, groups)
    published = dict([files, groups, facts, joins, later])
    wanted = [one for one in published if one.version.date == FRIDAY]
    assert needed_versions(wanted, published) == {groups[0]: later[0], files[0]: groups[0]}
    del published[later[0]]
    assert needed_versions(wanted, published) == {}


def test_an_input_without_rows_gave_nothing_and_pins_nothing(made):
    groups = made("groups", FRIDAY, 0, rows=ROWS.slice(0, 0))
    later = made("groups", SATURDAY, 0, groups)
    assert needed_versions([groups[0]], dict([groups, later])) == {}


def test_what_holds_a_copy_of_its_inputs_pins_none_of_them(made):
    groups = made("groups", FRIDAY, 0)
    rebuilt = made("groups", FRIDAY, 3, groups)
    published = dict([groups, rebuilt])
    assert needed_versions([groups[0]], published) == {groups[0]: rebuilt[0]}
    assert needed_versions([groups[0]], published, lambda version: version.iteration == 3) == {}


def test_an_input_that_is_gone_already_pins_nothing(made):
    groups = made("groups", FRIDAY, 0)
    later = made("groups", SATURDAY, 0, groups)
    assert needed_versions([groups[0]], dict([later])) == {}


def test_removed_versions_are_gone_and_the_others_are_left(made, tmp_path):
    versions = [made("facts", FRIDAY, iteration)[0] for iteration in (0, 3)]
    gone = PublishedVersion("facts", "full", Version(FRIDAY, 1))
    remove_versions(tmp_path, [versions[0], gone])
    assert published_versions(tmp_path, "facts") == [Version(FRIDAY, 3)]
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]


class Killed(BaseException):
    """Ends a removal as a kill does: nothing of ours catches it."""


@pytest.mark.parametrize("call", range(1, 7))
@pytest.mark.parametrize("place_of_manifest", ["beside", "inside, of an earlier release"])
def test_a_removal_that_was_cut_off_leaves_no_half_version_and_is_gone_on_with(
    made, tmp_path, monkeypatch, call, place_of_manifest
):
    versions = [made("facts", FRIDAY, iteration)[0] for iteration in (0, 3)]
    kept = made("facts", SATURDAY, 0)[0]
    places = {one: VersionPlace(tmp_path, "facts", "full", one.version) for one in (*versions, kept)}
    if place_of_manifest != "beside":
        for place in places.values():
            place.manifest.rename(place.inner_manifest)
    calls = iter(range(1, 99))

    def rename(path, target, rename=Path.rename):
        if next(calls) == call:
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with suppress(Killed):
        remove_versions(tmp_path, versions)
    monkeypatch.undo()
    there = [place.version for place in all_places(tmp_path, "facts", "full")]
    assert there == published_versions(tmp_path, "facts")
    for place in all_places(tmp_path, "facts", "full"):
        assert not [*faults_of(place)]
    finish_removals(tmp_path)
    assert published_versions(tmp_path, "facts") == there
    folders = {path.relative_to(tmp_path / "facts" / "full") for path in (tmp_path / "facts" / "full").glob("*/*")}
    assert folders == {version.folder for version in there}
    assert not [*tmp_path.rglob("*.removed")]
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]


def test_what_is_published_again_after_a_removal_that_was_cut_off_stays(made, tmp_path):
    one = made("facts", FRIDAY, 0)[0]
    place = VersionPlace(tmp_path, "facts", "full", one.version)
    place.manifest.rename(place.removal_mark)
    made("facts", FRIDAY, 0)
    finish_removals(tmp_path)
    assert published_versions(tmp_path, "facts") == [one.version]
    assert not [*faults_of(place, every_byte=True)]


def test_the_files_of_a_removal_that_was_cut_off_are_told_as_what_they_are(made, tmp_path):
    one = made("facts", FRIDAY, 0)[0]
    place = VersionPlace(tmp_path, "facts", "full", one.version)
    place.manifest.rename(place.removal_mark)
    left = list(strangers(tmp_path, "facts", "full"))
    said = "is left of a removal that was cut off; the next interest-graph clean or run goes on with it"
    assert [str(error) for _, error in left] == [f"{path} {said}" for path in sorted(place.folder.glob("*.parquet"))]
    assert left
    finish_removals(tmp_path)
    assert list(strangers(tmp_path, "facts", "full")) == []


def test_a_version_is_named_by_what_it_is():
    version = Version(FRIDAY, 2)
    assert str(PublishedVersion("facts", "full", version)) == "facts date=2026-11-20 iteration=2"
    assert str(PublishedVersion("pin_joins", "light", version)) == "pin_joins/light date=2026-11-20 iteration=2"
