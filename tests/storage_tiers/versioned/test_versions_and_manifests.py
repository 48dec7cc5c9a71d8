"""Versions have an order and a place; the manifest says what a version holds, and is its commit."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from joins.arrow.fields import FieldMeaning
from storage_tiers import DamagedVersionError, Dataset, DatasetError, Version, VersionNotFoundError, open_dataset
from storage_tiers.versioned.asked_version import resolve_version
from storage_tiers.versioned.manifest import (
    Check,
    InputVersion,
    Manifest,
    Part,
    RawFiles,
    read_manifest,
    write_manifest,
)
from storage_tiers.versioned.staging import Provenance
from storage_tiers.versioned.verification import faults_of, settle
from storage_tiers.versioned.versions import (
    VersionPlace,
    dataset_names,
    lost_versions,
    published_versions,
)

FRIDAY = dt.date(2026, 11, 20)
SATURDAY = dt.date(2026, 11, 21)
RANKS = pa.table({"board_id": [1, 2], "page_rank": [0.25, 0.75]})
NESTED = pa.table({"board_id": [1], "pins": [[{"pin_id": 1, "n": 2}]]})


def a_manifest(**changes: object) -> Manifest:
    part = Part(0, "part-00000.parquet", 2, 100, "ab" * 32, "0017", "null")
    fields = {
        "dataset": "image_signatures",
        "variant": "full",
        "date": FRIDAY,
        "iteration": 0,
        "key": "image_signature",
        "key_is_unique": True,
        "partition_hash": "splitmix64",
        "parts": (part,),
        "schema": {"image_signature": "string"},
        "inputs": (InputVersion("facts", "full", FRIDAY, 0, "cd" * 32),),
        "parameters": {"damping": 0.85, "solver": "auto", "iterations": 2, "exact": True, "limit": None},
        "counts": {"pins": 2},
        "checks": (Check("rows", passed=True, detail="2 of 2"),),
        "code_version": "0.1.0",
        "created_at": dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC),
    }
    return Manifest(**(fields | changes))


def test_versions_sort_by_date_and_then_by_iteration_as_a_number() -> None:
    versions = [Version(SATURDAY, 1), Version(FRIDAY, 10), Version(FRIDAY, 2), Version(FRIDAY, 0)]
    assert [version.iteration for version in sorted(versions)] == [0, 2, 10, 1]


def test_a_negative_iteration_is_no_version() -> None:
    with pytest.raises(ValueError, match="iteration is -1; allowed: a whole number from 0"):
        Version(FRIDAY, -1)


def test_the_newest_version_is_the_default(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    for date, iteration in [(SATURDAY, 1), (FRIDAY, 10), (FRIDAY, 9)]:
        publish(tmp_path, RANKS, "board_ranks", date=date, iteration=iteration)
    assert open_dataset(tmp_path, "board_ranks").version == Version(SATURDAY, 1)
    assert open_dataset(str(tmp_path), "board_ranks", date=FRIDAY).version == Version(FRIDAY, 10)
    assert open_dataset(tmp_path, "board_ranks", iteration=9).version == Version(FRIDAY, 9)


def test_an_unknown_version_is_an_error_that_lists_what_is_there(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    publish(tmp_path, RANKS, "board_ranks", date=FRIDAY, iteration=2)
    with pytest.raises(VersionNotFoundError, match=r"board_ranks/full date=2026-11-21 iteration=0 is not published"):
        resolve_version(tmp_path, "board_ranks", date=SATURDAY, iteration=0)
    with pytest.raises(VersionNotFoundError, match=r"1 published \(newest: date=2026-11-20 iteration=2\)"):
        resolve_version(tmp_path, "board_ranks", date=SATURDAY)
    with pytest.raises(VersionNotFoundError, match=r"datasets published: board_ranks$"):
        resolve_version(tmp_path, "pin_joins")
    with pytest.raises(VersionNotFoundError, match=r"board_ranks/light of any .*; published: board_ranks/full$"):
        resolve_version(tmp_path, "board_ranks", "light")
    (tmp_path / "empty").mkdir()
    with pytest.raises(VersionNotFoundError, match=r"datasets published: none; begin with interest-graph run"):
        resolve_version(tmp_path / "empty", "pin_joins")


def test_only_folders_named_like_a_version_with_a_manifest_are_versions(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    for folder in ("date=2026-02-30/iteration=1", "date=2026-11-20/iteration=01", "date=today/iteration=1"):
        other = tmp_path / "board_ranks" / "full" / folder
        other.mkdir(parents=True)
        (other / "_manifest.json").write_text("{}")
        described = tmp_path / "board_ranks" / "_manifests" / "full" / f"{folder}.json"
        described.parent.mkdir(parents=True, exist_ok=True)
        described.write_text("{}")
    (tmp_path / "board_ranks" / "full" / "date=2026-11-22" / "iteration=1").mkdir(parents=True)
    assert published_versions(tmp_path, "board_ranks") == [dataset.version]


def test_the_folders_of_the_tiers_are_no_datasets(tmp_path: Path) -> None:
    for folder in ("pin_joins/full", "pin_joins/light", "board_ranks/full", "_staging/full", ".trash/full"):
        (tmp_path / folder).mkdir(parents=True)
    assert dataset_names(tmp_path) == ["board_ranks", "pin_joins"]


def test_a_manifest_without_its_folder_and_a_folder_without_its_manifest_are_no_published_versions(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    lost, cut_off, sound = (publish(tmp_path, RANKS, "board_ranks", iteration=number) for number in (1, 2, 3))
    shutil.rmtree(lost.folder)
    cut_off.place.manifest.unlink()
    assert published_versions(tmp_path, "board_ranks") == [sound.version]
    assert lost_versions(tmp_path, "board_ranks") == [lost.version]


@pytest.fixture
def place(tmp_path: Path) -> VersionPlace:
    made = VersionPlace(tmp_path, "image_signatures", "full", Version(FRIDAY, 0))
    made.manifest.parent.mkdir(parents=True)
    return made


def test_a_manifest_is_read_as_it_was_written_and_keys_that_look_like_numbers_stay_text(place: VersionPlace) -> None:
    manifest = a_manifest()
    write_manifest(manifest, place.manifest)
    assert read_manifest(place) == manifest
    written = json.loads(place.manifest.read_text())
    assert (written["rows"], written["bytes"], written["digest"]) == (2, 100, manifest.digest)


def test_equal_parts_have_equal_digests_whatever_else_differs() -> None:
    other_part = Part(0, "part-00000.parquet", 2, 100, "ff" * 32, "0017", "null")
    assert a_manifest(code_version="9", iteration=3).digest == a_manifest().digest
    assert a_manifest(parts=(other_part,)).digest != a_manifest().digest


def test_a_manifest_whose_parts_were_changed_is_refused(place: VersionPlace) -> None:
    write_manifest(a_manifest(), place.manifest)
    place.manifest.write_text(place.manifest.read_text().replace("abab", "acac", 1))
    with pytest.raises(DamagedVersionError, match="does not fit its parts"):
        read_manifest(place)


def test_a_flipped_bit_anywhere_in_a_manifest_is_refused(place: VersionPlace) -> None:
    manifest = a_manifest(parameters={"damping": 0.85}, counts={"rejected": 7})
    write_manifest(manifest, place.manifest)
    content = place.manifest.read_bytes()
    for at in range(len(content)):
        for bit in range(8):
            place.manifest.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            with pytest.raises(DamagedVersionError):
                read_manifest(place)


def test_a_manifest_without_a_digest_of_its_own_is_read_where_earlier_releases_put_it(place: VersionPlace) -> None:
    place.folder.mkdir(parents=True)
    write_manifest(a_manifest(), place.inner_manifest)
    content = json.loads(place.inner_manifest.read_text())
    del content["manifest_digest"]
    place.inner_manifest.write_text(json.dumps(content))
    assert read_manifest(place) == a_manifest()


EDITS = {
    "parameters": {"damping": 0.5},
    "counts": {"rejected": 8},
    "checks": [{"name": "rows are complete", "passed": True, "detail": "9 rows", "level": "error"}],
    "raw_files": [],
    "inputs": [],
    "code_version": "interest-graph 9",
    "created_at": "2026-01-01T00:00:00Z",
    "rows": 1,
    "bytes": 1,
    "schema": {"board_id": "int32"},
    "key_is_unique": False,
    "fields": {},
}


@pytest.mark.parametrize("name", EDITS)
def test_whoever_edits_a_value_of_a_manifest_is_noticed(place: VersionPlace, name: str) -> None:
    raw = (RawFiles("pins", 1, 10, "ab"),)
    write_manifest(
        a_manifest(raw_files=raw, fields={"page_rank": FieldMeaning("the rank", "", "derived")}), place.manifest
    )
    content = json.loads(place.manifest.read_text())
    assert content[name] != EDITS[name]
    place.manifest.write_text(json.dumps(content | {name: EDITS[name]}))
    with pytest.raises(
        DamagedVersionError, match=r"does not fit what it says; it was edited or damaged; make it again"
    ):
        read_manifest(place)


@pytest.mark.parametrize("name", ["first_key", "last_key", "n_rows", "n_bytes"])
def test_whoever_edits_what_a_manifest_says_of_a_part_is_noticed(place: VersionPlace, name: str) -> None:
    write_manifest(a_manifest(), place.manifest)
    content = json.loads(place.manifest.read_text())
    content["parts"][0][name] = 77
    content["parts"][0][name] = content["parts"][0][name] if name.startswith("n_") else "0000"
    place.manifest.write_text(json.dumps(content))
    with pytest.raises(DamagedVersionError, match="it was edited or damaged"):
        read_manifest(place)


@pytest.mark.parametrize("edit", [{}, {"damping": 0.5}])
def test_whoever_takes_the_digest_out_as_well_is_noticed(place: VersionPlace, edit: dict[str, float]) -> None:
    write_manifest(a_manifest(parameters={"damping": 0.85}), place.manifest)
    content = json.loads(place.manifest.read_text())
    del content["manifest_digest"]
    content["parameters"] |= edit
    for written in (content, content | {"manifest_digest": None}, content | {"manifest_digest": ""}):
        place.manifest.write_text(json.dumps(written))
        with pytest.raises(DamagedVersionError, match="edited or"):
            read_manifest(place)


def test_a_manifest_that_says_the_same_in_other_json_is_the_same(place: VersionPlace) -> None:
    write_manifest(a_manifest(parameters={"damping": 0.85}), place.manifest)
    content = json.loads(place.manifest.read_text())
    place.manifest.write_text(json.dumps(dict(reversed(content.items())), indent=7))
    assert read_manifest(place) == a_manifest(parameters={"damping": 0.85})


def test_a_repair_gives_the_manifest_of_an_earlier_release_a_digest(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    place = publish(tmp_path, RANKS, "board_ranks").place
    content = json.loads(place.manifest.read_text())
    del content["manifest_digest"]
    place.inner_manifest.write_text(json.dumps(content))
    place.manifest.unlink()
    (told,) = faults_of(place, every_byte=True)
    assert "nobody can tell whether it was edited" in str(told)
    assert settle(place) == []
    assert [*faults_of(place, every_byte=True)] == []
    assert "manifest_digest" in json.loads(place.manifest.read_text())
    assert not [path for path in place.folder.iterdir() if path.name.startswith((".", "_manifest"))]


def test_a_manifest_of_another_version_is_refused(place: VersionPlace) -> None:
    write_manifest(a_manifest(iteration=3), place.manifest)
    with pytest.raises(
        DamagedVersionError, match=r"the manifest of .* iteration=3, not of .* iteration=0; make it again"
    ):
        read_manifest(place)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"dataset": "board_ranks"', b"\xff\xfe", b"[]"])
def test_a_file_that_is_no_manifest_is_refused_by_name(place: VersionPlace, content: bytes) -> None:
    place.manifest.write_bytes(content)
    with pytest.raises(DamagedVersionError, match=r"iteration=0\.json is no manifest"):
        read_manifest(place)


def test_a_manifest_where_an_earlier_release_put_it_is_read(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    dataset.place.manifest.rename(dataset.place.inner_manifest)
    assert published_versions(tmp_path, "board_ranks") == [dataset.version]
    assert open_dataset(tmp_path, "board_ranks").manifest == dataset.manifest
    publish(tmp_path, RANKS, "board_ranks")  # published already
    assert not dataset.place.manifest.exists()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            ["pins.nope"],
            "'pins.nope' in a list of columns; inside it are pins.list.element.pin_id, pins.list.element.n",
        ),
        (["pins.pin_id"], "inside it are pins.list.element.pin_id"),
        (["board_id.x"], "'board_id.x' in a list of columns; it holds no others"),
        (["board_id."], "it holds no others"),
        (["board_id", 5], "there is no column 5 in a list of columns; columns there: board_id, pins"),
        (iter(["board_id", None]), "there is no column None in"),
        ("board_id", "there is no column 'board_id' in a list of columns; columns there"),
        ([""], "there is no column '' in"),
    ],
)
def test_names_of_no_column_are_refused_inside_one_as_well(
    tmp_path: Path, publish: Callable[..., Dataset], columns: object, said: str
) -> None:
    with pytest.raises(DatasetError) as told:
        publish(tmp_path, NESTED, "board_ranks").to_table(columns)
    assert said in str(told.value)


@pytest.mark.parametrize("name", ["board_id", "pins", "pins.list", "pins.list.element", "pins.list.element.n"])
def test_a_column_may_be_named_by_what_is_inside_it(tmp_path: Path, publish: Callable[..., Dataset], name: str) -> None:
    read = publish(tmp_path, NESTED, "board_ranks").to_table(iter([name]))
    assert read.column_names == [name.partition(".")[0]]
    assert read.num_rows == 1


@pytest.mark.parametrize("root", ["nowhere", "a file", "a file/below"])
def test_an_output_that_is_no_folder_is_told(tmp_path: Path, root: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(VersionNotFoundError, match=r".*: (it is a file|there is no such folder); give the output"):
        open_dataset(tmp_path / root, "pin_joins")


@pytest.mark.parametrize("name", ["", "../board_ranks", "board_rank", "_manifests", "/", "board_ranks/full"])
def test_an_unknown_dataset_is_told_with_those_there_are(
    tmp_path: Path, publish: Callable[..., Dataset], name: str
) -> None:
    publish(tmp_path, RANKS, "board_ranks")
    with pytest.raises(VersionNotFoundError, match=r"is not published under .*; datasets published: board_ranks$"):
        open_dataset(tmp_path, name)


@pytest.mark.parametrize("variant", ["medium", "", "Full", None])
def test_an_unknown_variant_is_told_with_those_there_are(tmp_path: Path, variant: str) -> None:
    with pytest.raises(DatasetError, match=r"there is no variant .*; allowed: full, light"):
        open_dataset(tmp_path, "board_ranks", variant)


def test_the_manifest_says_what_a_version_was_made_from(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    facts = publish(tmp_path, RANKS, "facts", iteration=0)
    provenance = Provenance(
        inputs=[facts.manifest.as_input()],
        parameters={"damping": 0.85},
        counts={"edges": 7},
        checks=[Check("ranks sum to one", passed=True, detail="1.0")],
        code_version="0.1.0",
    )
    manifest = publish(tmp_path, RANKS, "board_ranks", provenance=provenance).manifest
    assert manifest.inputs == (InputVersion("facts", "full", FRIDAY, 0, facts.manifest.digest),)
    assert (manifest.parameters, manifest.counts) == ({"damping": 0.85}, {"edges": 7})
    assert manifest.checks[0].passed
    assert manifest.schema == {"board_id": "int64", "page_rank": "double"}
