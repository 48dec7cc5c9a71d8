"""The manifest of a version: what was published, from what, with what. It is put in place last, which is the commit.

Everything a reader must know stands here, so that a key names its part without listing or opening files:
schema, key, hash and number of parts, and for each part its rows, bytes, digest and key range. What the fields mean
stands here alone: in the footer of every part it would cost each lookup kilobytes.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Literal

import msgspec

from joins.arrow.fields import FieldMeaning
from joins.shown_text import count_text
from joins.uri_secrets import without_secrets
from storage_tiers.bounded_files import UNREADABLE, read_bounded, words_of_unreadable
from storage_tiers.errors import DamagedVersionError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Variant, Version, VersionPlace

_MOST = 2**63 - 1  # rows, bytes, iterations
_NAME = re.compile(r"[^/\0._][^/\0]*")  # of a dataset, of a raw table: it becomes the name of a folder
_PART_NAME = re.compile(r"part-(\d{5,})(?:-([0-9a-f]{12}))?\.parquet")
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
_OWN_DIGEST = "manifest_digest"
Parameter = str | int | float | bool | None
Key = int | str | None


def part_name(number: int, digest: str = "") -> str:
    """Return the file name of a part, fixed by its number so that a task that runs twice changes nothing.

    In a store its digest is part of its name, so that runs that race never write over each other's parts.
    """
    return f"part-{number:05d}{f'-{digest[:12]}' if digest else ''}.parquet"


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file: the partition ``number`` of the dataset."""

    number: int
    name: str
    n_rows: int
    n_bytes: int
    digest: str  # BLAKE2b-256 of the file, hex
    first_key: Key
    last_key: Key
    footer_bytes: int = 0  # as the file itself says at its end; 0 where it isn't noted, as on a local disk


@dataclass(frozen=True, slots=True)
class InputVersion:
    """A version that another one was made from, with the digest it had then."""

    dataset: str
    variant: Variant
    date: dt.date
    iteration: int
    digest: str

    @property
    def version(self) -> Version:
        """Date and iteration."""
        return Version(self.date, self.iteration)


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file of a raw table; ``name`` is its path below the folder of table and date."""

    name: str
    n_bytes: int
    modified_at: dt.datetime  # when it was written, by its file system
    digest: str  # BLAKE2b-256 of the file, hex


@dataclass(frozen=True, slots=True)
class RawFiles:
    """The files of a raw table that a version was read off. Those of equal digest are equal, whenever written."""

    table: str
    n_files: int
    n_bytes: int
    digest: str  # BLAKE2b-256 over the name and the digest of each file, sorted by name; hex
    files: tuple[RawFile, ...] = field(default=(), compare=False)  # sorted by name; older manifests have none

    def __str__(self) -> str:
        files = count_text(self.n_files, "file")
        return f"{files}, {self.n_bytes:,} bytes, digest {self.digest[:12]}"


@dataclass(frozen=True, slots=True)
class Check:
    """Something looked at before publishing, and what was seen.

    A failed one of level ``error`` stops the publication; one of level ``warn`` is recorded.
    """

    name: str
    passed: bool
    detail: str
    level: Literal["error", "warn"] = "error"  # older manifests have none


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one version holds. Between equal runs ``created_at`` differs, and when copied raw files were written."""

    dataset: str
    variant: Variant
    date: dt.date
    iteration: int
    key: str
    key_is_unique: bool
    partition_hash: str
    parts: tuple[Part, ...]
    schema: dict[str, str]  # field name to Arrow type
    fields: dict[str, FieldMeaning] = field(default_factory=dict)  # by path, at every depth; older manifests have none
    inputs: tuple[InputVersion, ...] = ()
    raw_files: tuple[RawFiles, ...] = ()  # where raw tables were read; older manifests have none
    parameters: dict[str, Parameter] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    nulls: dict[str, int] = field(default_factory=dict)  # by column; older manifests have none
    totals: dict[str, int | float] = field(default_factory=dict)  # what checks compare; older manifests have none
    code_version: str = ""
    created_at: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

    @property
    def version(self) -> Version:
        """Date and iteration."""
        return Version(self.date, self.iteration)

    @property
    def key_is_integer(self) -> bool:
        """Whether keys are numbers, not text."""
        return self.schema[self.key].startswith(("int", "uint"))

    @property
    def n_rows(self) -> int:
        """Rows over all parts."""
        return sum(part.n_rows for part in self.parts)

    @property
    def n_bytes(self) -> int:
        """Bytes of all part files."""
        return sum(part.n_bytes for part in self.parts)

    @property
    def digest(self) -> str:
        """One digest over the parts, in their order: equal datasets have equal digests, wherever they lie."""
        combined = hashlib.blake2b(digest_size=32)
        for part in self.parts:
            combined.update(f"{part_name(part.number)} {part.digest}\n".encode())
        return combined.hexdigest()

    def as_input(self) -> InputVersion:
        """Return how the manifest of another version refers to this one."""
        return InputVersion(self.dataset, self.variant, self.date, self.iteration, self.digest)


_KNOWN = {one.name for one in fields(Manifest)} | {"rows", "bytes", "digest", _OWN_DIGEST}


def write_manifest(manifest: Manifest, path: Root) -> None:
    """Write the manifest as indented JSON with digests that a reader can recompute: of its parts, and of itself."""
    path.write_bytes(manifest_bytes(manifest))


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return what the file of a manifest holds."""
    content = msgspec.to_builtins(manifest)
    for part in content["parts"]:
        if not part["footer_bytes"]:
            del part["footer_bytes"]
    content["parameters"] = {name: _without_secrets(value) for name, value in manifest.parameters.items()}
    content["checks"] = [check | {"detail": without_secrets(check["detail"])} for check in content["checks"]]
    content |= {"rows": manifest.n_rows, "bytes": manifest.n_bytes, "digest": manifest.digest}
    content[_OWN_DIGEST] = _own_digest(content)
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def read_manifest(place: VersionPlace) -> Manifest:
    """Read the manifest of a version.

    Raises DamagedVersionError if it isn't there, or isn't the manifest of this version, or its digests don't fit: that
    of its parts, and that of all it says. The second tells accidents and careless edits, not who writes it anew.
    """
    path = place.found_manifest
    try:
        content = msgspec.json.decode(read_bounded(path))
        manifest = msgspec.convert(content, Manifest)
    except FileNotFoundError:
        raise DamagedVersionError(f"{path} is missing", where=str(place), remedy=place.how_to_repair) from None
    except UNREADABLE as error:
        problem = f"{path} is no manifest ({words_of_unreadable(error)})"
        raise DamagedVersionError(problem, where=str(place), remedy=place.how_to_repair) from error
    problem = _problem_of(manifest, content, place)
    if problem:
        raise DamagedVersionError(problem, where=str(path), remedy=place.how_to_repair)
    return manifest


def manifest_there(place: VersionPlace) -> Manifest | None:
    """Return the manifest of a version; None where there is none, or none that can be read."""
    try:
        return read_manifest(place)
    except DamagedVersionError:
        return None


def _own_digest(content: dict[str, object]) -> str:
    """Return the digest of all that a manifest says but this digest, however its JSON is indented."""
    said = {name: value for name, value in content.items() if name != _OWN_DIGEST}
    return hashlib.blake2b(msgspec.json.encode(said, order="sorted"), digest_size=32).hexdigest()


def _without_secrets(value: Parameter) -> Parameter:
    return without_secrets(value) if isinstance(value, str) else value


def _problem_of(manifest: Manifest, content: dict[str, object], place: VersionPlace) -> str:
    """Return the first thing that is wrong with what a manifest says, nothing where all is right."""
    wrong = (
        _problems_of_digests(manifest, content, place),
        _problems_of_shape(manifest),
        _problems_of_place(manifest, place),
    )
    return next(chain.from_iterable(wrong), "")


def _problems_of_digests(manifest: Manifest, content: dict[str, object], place: VersionPlace) -> Iterator[str]:
    digest, own = content.get("digest"), content.get(_OWN_DIGEST)
    if digest != manifest.digest:
        yield f"digest {digest} does not fit its parts ({manifest.digest})"
    unknown = content.keys() - _KNOWN  # a flipped bit in the name of a field would make it a missing one
    if unknown:
        yield f"it has a field {min(unknown)!r}, which no manifest has"
    if own is None and place.found_manifest == place.manifest:  # releases without a digest put it into the folder
        yield f"it has no {_OWN_DIGEST}, which every manifest has that lies there; it was edited or cut"
    if own is not None and own != _own_digest(content):
        yield f"{_OWN_DIGEST} {own} does not fit what it says; it was edited or damaged"


def _problems_of_place(manifest: Manifest, place: VersionPlace) -> Iterator[str]:
    if (manifest.dataset, manifest.variant, manifest.version) != (place.dataset, place.variant, place.version):
        yield f"it is the manifest of {manifest.dataset}/{manifest.variant} {manifest.version}, not of {place}"


def _problems_of_shape(manifest: Manifest) -> Iterator[str]:
    """Yield what no manifest of ours says, though its types are right; names of files and folders above all."""
    if not manifest.parts or manifest.key not in manifest.schema:
        yield f"it has {len(manifest.parts)} parts, and its key is {manifest.key!r}"
    for number, part in enumerate(manifest.parts):
        name = _PART_NAME.fullmatch(part.name)
        is_named = name is not None and int(name[1]) == number and (name[2] or "") in part.digest[:12]
        if part.number != number or not is_named:
            yield f"part {number} is called {part.name!r}; allowed: part-{number:05d}.parquet"
        if not (0 <= part.n_rows <= _MOST and 0 <= part.n_bytes <= _MOST and _HEX_DIGEST.fullmatch(part.digest)):
            yield f"part {number} has {part.n_rows} rows, {part.n_bytes} bytes and the digest {part.digest!r}"
    for given in manifest.inputs:
        if not 0 <= given.iteration <= _MOST:
            yield f"it was made from {given.dataset} iteration={given.iteration}"
    folders = [
        manifest.dataset,
        *(given.dataset for given in manifest.inputs),
        *(raw.table for raw in manifest.raw_files),
    ]
    yield from (f"{name!r} is no name of a dataset or raw table" for name in folders if not _NAME.fullmatch(name))
    if not manifest.created_at.tzinfo:
        yield f"its time {manifest.created_at} has no zone"
