"""A manifest is data: whatever whoever writes the output folder puts there, it names no file but its parts."""

import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage_tiers import DamagedVersionError, Dataset
from storage_tiers.bounded_files import MAX_BYTES
from storage_tiers.versioned.manifest import Check, Manifest, Part, read_manifest, write_manifest
from storage_tiers.versioned.versions import Version, VersionPlace

FRIDAY = dt.date(2026, 11, 20)
RANKS = pa.table({"board_id": [1, 2, 3, 4, 5], "page_rank": [0.2] * 5})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
) | st.sampled_from(
    ["../../etc/passwd", "/etc/passwd", "part-00000.parquet", "part-00001.parquet\n", "", "full", "2026-11-20"]
)


@pytest.fixture
def place(tmp_path: Path, publish: Callable[..., Dataset]) -> VersionPlace:
    publish(tmp_path, RANKS, "board_ranks", date=FRIDAY, iteration=1)
    return VersionPlace(tmp_path, "board_ranks", "full", Version(FRIDAY, 1))


def changed(place: VersionPlace, **changes: object) -> None:
    """Write a manifest of this place, whole in itself, in which some fields are others."""
    fields = {name: getattr(read_manifest(place), name) for name in Manifest.__dataclass_fields__}
    write_manifest(Manifest(**(fields | changes)), place.manifest)  # type: ignore[arg-type] # wrong ones on purpose


def a_part(**changes: Any) -> Part:
    fields: dict[str, Any] = {
        "number": 0, "name": "part-00000.parquet", "n_rows": 5, "n_bytes": 9, "digest": "ab" * 32,
        "first_key": 1, "last_key": 5,
    }  # fmt: skip
    return Part(**(fields | changes))


@pytest.mark.parametrize(
    "changes",
    [
        *({"parts": (a_part(name=name),)} for name in ("../../../etc/passwd", "/etc/passwd", "part-00001.parquet")),
        *({"parts": (a_part(name=name),)} for name in ("part-00000.parquet\n", "part-00000.parquet/..", "\x1b[2J", "")),
        *({"parts": (a_part(n_rows=-1),)}, {"parts": (a_part(n_bytes=2**63),)}, {"parts": (a_part(digest="../x"),)}),
        *({"parts": ()}, {"parts": (a_part(number=1, name="part-00001.parquet"),)}, {"parts": (a_part(), a_part())}),
        *({"key": "user_id"}, {"created_at": dt.datetime(2026, 11, 20)}, {"dataset": "../board_ranks"}),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_manifest_that_is_whole_but_names_what_none_does_is_damaged(place: VersionPlace, changes: Any) -> None:
    changed(place, **changes)
    with pytest.raises(DamagedVersionError, match="make it again"):
        read_manifest(place)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"null", b"[]", b"3", b'"x"', b"{}", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"NaN"),
        *(b"\x80\x04\x95\x10", b"!!python/object/apply:os.system [x]", b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>"),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_damaged_whatever_it_is(place: VersionPlace, content: bytes) -> None:
    place.manifest.write_bytes(content)
    with pytest.raises(DamagedVersionError):
        read_manifest(place)


def test_a_huge_manifest_is_not_read_a_pipe_not_waited_for_and_a_folder_is_none(place: VersionPlace) -> None:
    with place.manifest.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DamagedVersionError, match="bytes; allowed are"):
        read_manifest(place)
    place.manifest.unlink()
    os.mkfifo(place.manifest)
    with pytest.raises(DamagedVersionError, match="no regular file"):
        read_manifest(place)
    place.manifest.unlink()
    place.manifest.mkdir()
    with pytest.raises(DamagedVersionError):
        read_manifest(place)


# The manifest is written anew each time; a busy disk has no deadline.
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_manifest_that_was_changed_anywhere_is_of_its_place_or_damaged(
    place: VersionPlace, data: st.DataObject
) -> None:
    whole = place.manifest.read_bytes()
    content = json.loads(whole)
    if data.draw(st.booleans()):
        content.pop("manifest_digest")  # as in the manifests of earlier releases
    at, name = content, data.draw(st.sampled_from(sorted(content)))
    while isinstance(at[name], dict | list) and at[name] and data.draw(st.booleans()):
        at = at[name]
        name = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
    if data.draw(st.booleans()):
        at[name] = data.draw(ANYTHING)
    else:
        del at[name]
    try:
        place.manifest.write_text(json.dumps(content))
        manifest = read_manifest(place)
    except DamagedVersionError:
        return
    finally:
        place.manifest.write_bytes(whole)
    assert (manifest.dataset, manifest.variant, manifest.version) == ("board_ranks", "full", Version(FRIDAY, 1))
    assert [part.name for part in manifest.parts] == [
        f"part-{number:05d}.parquet" for number in range(len(manifest.parts))
    ]
    assert (manifest.n_rows >= 0, manifest.key in manifest.schema, bool(manifest.digest)) == (True, True, True)


def test_a_manifest_tells_no_secret_of_its_parameters_and_checks(place: VersionPlace) -> None:
    check = Check("looked", passed=True, detail="read s3://k:hush@pins")
    changed(place, parameters={"of": "s3://k:hush@pins", "n": 3}, checks=(check,))
    assert "hush" not in place.manifest.read_text()
    assert read_manifest(place).parameters == {"of": "s3://***@pins", "n": 3}
