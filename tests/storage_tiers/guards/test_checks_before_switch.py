"""Nothing damaged begins to serve, by a load or by going back: it is named, and what served goes on serving."""

import datetime as dt
import shutil

import numpy as np
import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Version
from storage_tiers.guards import file_checks
from storage_tiers.guards.file_checks import check_published, digest_lately
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.registry import TIERS
from storage_tiers.versioned.datasets import open_dataset, open_version
from storage_tiers.versioned.manifest import write_manifest

NAME = "board_joins"
DAY = dt.date(2026, 11, 20)
OLD, SERVING, NEW = (Version(DAY, iteration) for iteration in (1, 2, 3))


def numbers(value):
    """Make rows whose files are of equal size, whichever value is in them."""
    return pa.table({"board_id": np.arange(3000), "n_pins": np.full(3000, value)})


@pytest.fixture(params=TIERS, ids=lambda tier: tier.name)
def tier(request, tmp_path, publish):
    """A tier in which the second of two versions serves; a third is published, and not loaded."""
    tier = request.param(tmp_path)
    for version in (OLD, SERVING):
        tier.serve(publish(tmp_path, numbers(version.iteration), iteration=version.iteration))
    publish(tmp_path, numbers(3), iteration=3)
    publish(tmp_path, numbers(4), "pin_joins", iteration=3)
    return tier


def part_of(tier, version, name=NAME, number=1):
    return open_dataset(tier.root, name, date=version.date, iteration=version.iteration).part_paths[number]


def one_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def missing(_tier, path):
    path.unlink()


def truncated(_tier, path):
    path.write_bytes(path.read_bytes()[:-100])


def changed_in_place(_tier, path):
    one_byte(path)


def of_another_version(tier, path):
    other = part_of(tier, SERVING)
    assert other.stat().st_size == path.stat().st_size
    shutil.copy(other, path)


def of_another_dataset(tier, path):
    other = part_of(tier, NEW, "pin_joins")
    assert other.stat().st_size == path.stat().st_size
    shutil.copy(other, path)


DAMAGES = (missing, truncated, changed_in_place, of_another_version, of_another_dataset)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_part_is_named_and_not_loaded(tier, damage):
    dataset = open_dataset(tier.root, NAME, iteration=3)
    part = part_of(tier, NEW)
    damage(tier, part)
    with pytest.raises(DamagedVersionError, match=rf"board_joins/full {NEW}: {part.name}: .*run --repair"):
        tier.load(dataset)
    assert (tier.current(NAME), tier.validate(NAME, SERVING).is_current) == (SERVING, True)
    if tier.copies:
        assert tier.versions(NAME) == [OLD, SERVING]


@pytest.mark.parametrize("damage", DAMAGES)
def test_going_back_to_a_damaged_version_is_refused_and_changes_nothing(tier, damage):
    held = tier.version_folder(NAME, OLD) / "data.mdb" if tier.copies else part_of(tier, OLD)
    if tier.copies and damage in (of_another_version, of_another_dataset):
        other = tier.version_folder(NAME, SERVING) / "data.mdb"
        assert other.stat().st_size == held.stat().st_size
        shutil.copy(other, held)
    else:
        damage(tier, held)
    with pytest.raises(DamagedVersionError, match=rf"{held.name}"):
        tier.make_current({NAME: OLD})
    assert tier.current(NAME) == SERVING


@pytest.mark.parametrize("of", ["another version", "another dataset", "this one, edited"])
def test_a_manifest_that_is_not_of_the_version_is_refused(tier, of):
    place = open_dataset(tier.root, NAME, iteration=3).place
    if of == "this one, edited":
        place.manifest.write_text(place.manifest.read_text().replace('"n_rows": ', '"n_rows": 1'))
    else:
        name, iteration = (NAME, 2) if of == "another version" else ("pin_joins", 3)
        shutil.copy(open_dataset(tier.root, name, iteration=iteration).place.manifest, place.manifest)
    with pytest.raises(DamagedVersionError, match=r"iteration=3\.json"):
        tier.load(open_version(place))
    assert tier.current(NAME) == SERVING


def test_what_is_not_there_does_not_begin_to_serve(tier):
    for switch in (tier.advance, tier.make_current):
        with pytest.raises(Exception, match="is not loaded for"):
            switch({NAME: Version(DAY, 9)})
    assert tier.current(NAME) == SERVING


def test_a_sound_version_is_loaded_and_gone_back_from(tier):
    tier.serve(open_dataset(tier.root, NAME, iteration=3))
    tier.make_current({NAME: OLD})
    assert tier.current(NAME) == OLD


def test_folders_of_two_loaded_versions_that_were_swapped_are_told(tmp_path, publish):
    tier = RandomAccessTier(tmp_path)
    for version in (OLD, SERVING):
        tier.serve(publish(tmp_path, numbers(version.iteration), iteration=version.iteration))
    first, second = (tier.version_folder(NAME, version) for version in (OLD, SERVING))
    first.rename(tmp_path / "aside")
    second.rename(first)
    (tmp_path / "aside").rename(second)
    for version in (OLD, SERVING):
        with pytest.raises(DamagedVersionError, match=r"it is board_joins date=.* that lies there, by its _tier.json"):
            tier.validate(NAME, version)


def published_as(dataset, **changed):
    """Write a manifest that says something else, with digests that fit."""
    manifest = dataset.manifest
    parts = tuple(
        type(part)(**{name: getattr(part, name) for name in part.__slots__} | changed) for part in manifest.parts
    )
    fields = {name: getattr(manifest, name) for name in manifest.__slots__}
    write_manifest(type(manifest)(**fields | {"parts": parts}), dataset.place.manifest)
    return open_version(dataset.place)


def test_rows_are_compared_with_the_manifest(tmp_path, publish):
    dataset = published_as(publish(tmp_path, numbers(1)), n_rows=7)
    with pytest.raises(DamagedVersionError, match=r"part-00000.parquet: rows current=\d+ != published=7"):
        check_published(dataset)


def test_a_sample_of_keys_is_looked_for_where_readers_look(tmp_path, publish):
    dataset = publish(tmp_path, numbers(1))
    one, other = dataset.manifest.parts[:2]
    names = [dataset.folder / part.name for part in (one, other)]
    names[0].rename(tmp_path / "aside")
    names[1].rename(names[0])
    (tmp_path / "aside").rename(names[1])
    fields = {name: getattr(dataset.manifest, name) for name in dataset.manifest.__slots__}
    swapped = [
        type(one)(0, one.name, other.n_rows, other.n_bytes, other.digest, other.first_key, other.last_key),
        type(one)(1, other.name, one.n_rows, one.n_bytes, one.digest, one.first_key, one.last_key),
    ]
    parts = (*swapped, *dataset.manifest.parts[2:])
    write_manifest(type(dataset.manifest)(**fields | {"parts": parts}), dataset.place.manifest)
    with pytest.raises(DamagedVersionError, match=r"part-00000.parquet: the key \d+ lies in it, where no reader looks"):
        check_published(open_version(dataset.place))


def test_a_file_is_digested_again_when_it_was_written_to_and_after_a_while(tmp_path, monkeypatch):
    path, n_read = tmp_path / "file", []
    digest = file_checks.file_digest
    monkeypatch.setattr(file_checks, "file_digest", lambda *given: n_read.append(given) or digest(*given))
    path.write_bytes(b"one")
    first = digest_lately(path)
    assert (digest_lately(path), len(n_read)) == (first, 1)
    path.write_bytes(b"two")
    assert digest_lately(path) != first
    assert len(n_read) == 2
    monkeypatch.setattr(file_checks, "_LATELY_S", -1.0)
    digest_lately(path)
    assert len(n_read) == 3
