"""What a version was made from and what there is now: pure comparisons of manifests with the present.

Only what is there is compared. Raw files or versions that are gone, as an old snapshot may be, are no difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from storage_tiers.versioned.manifest import InputVersion, Manifest, Parameter, RawFiles
from storage_tiers.versioned.versions import Version

_SHOWN = 12  # characters of a digest
_OWN_HASH = "phash64"  # pictures of equal hash are the same, at no distance
Kind = Literal["input", "setting"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a version was made from or with, which is another now."""

    version: Version
    kind: Kind
    what: str
    table: str = ""  # the raw table, if it is one
    dataset: str = field(default="", compare=False)  # that was made; one thing may differ for many

    def __str__(self) -> str:
        made = "from other input" if self.kind == "input" else "with other settings"
        return f"{self.version} was made {made}: {self.what}"

    def of(self, version: Version) -> "Difference":
        """Return the same of a version that was made from this one."""
        return replace(self, version=version)


def raw_differences(manifests: Iterable[Manifest], now: Mapping[str, RawFiles]) -> Iterator[Difference]:
    """Yield the raw tables whose files are others than those that versions were read off.

    Examples
    --------
    >>> import datetime
    >>> then, now = RawFiles("pins", 1, 70, "ab" * 32), RawFiles("pins", 2, 90, "cd" * 32)
    >>> facts = Manifest("facts", "full", datetime.date(2026, 11, 20), 0, "", False, "", (), {}, raw_files=(then,))
    >>> for difference in raw_differences([facts], {"pins": now}):
    ...     print(difference.what)
    pins: 1 file, 70 bytes, digest abababababab then; 2 files, 90 bytes, digest cdcdcdcdcdcd now
    """
    for manifest in manifests:
        for then in manifest.raw_files:
            here = now.get(then.table)
            if here is not None and here != then:
                what = f"{then.table}: {then} then; {here} now{changed_file(then, here)}"
                yield Difference(manifest.version, "input", what, then.table, manifest.dataset)


def changed_file(then: RawFiles, now: RawFiles | None) -> str:
    """Return the words for the first file of a table that isn't what it was; none if all are gone, or none is recorded.

    Examples
    --------
    >>> import datetime
    >>> from storage_tiers.versioned.manifest import RawFile
    >>> at = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
    >>> file = RawFile("part-0.parquet", 70, at, "ab" * 32)
    >>> then = RawFiles("pins", 1, 70, "ab" * 32, (file,))
    >>> changed_file(then, RawFiles("pins", 1, 90, "cd" * 32, (RawFile("part-0.parquet", 90, at, "cd" * 32),)))
    ' (part-0.parquet differs)'
    >>> changed_file(then, RawFiles("pins", 0, 0, "", (RawFile("part-1.parquet", 70, at, "ab" * 32),)))
    ' (part-0.parquet is missing; 1 more differs)'
    """
    if now is None:
        return ""
    before, after = ({file.name: file.digest for file in files.files} for files in (then, now))
    other = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if not (before and other):
        return ""
    first = other[0]
    what = "is missing" if first not in after else "differs" if first in before else "is new"
    more = f"; {len(other) - 1:,} more {'differ' if other[2:] else 'differs'}" if other[1:] else ""
    return f" ({first} {what}{more})"


def setting_differences(manifests: Iterable[Manifest], now: Mapping[str, Parameter]) -> Iterator[Difference]:
    """Yield the settings of iterations whose value is another than the one that stands in a manifest."""
    for manifest in manifests:
        for name, value in now.items():
            then = manifest.parameters.get(name, value)
            if then != value:
                what = f"{name} was {then}, now {value}"
                yield Difference(manifest.version, "setting", what, dataset=manifest.dataset)


def picture_differences(manifests: Mapping[str, Manifest], algorithm: str, max_distance: int) -> Iterator[Difference]:
    """Yield the settings of pictures that are others, of the datasets of a date by name.

    They shaped nothing where no pin needed the signature of a picture, or no picture was compared.
    """
    files, members = manifests.get("image_files"), manifests.get("picture_members")
    if files is None or not files.n_rows:
        return
    then = str(files.parameters.get("algorithm", algorithm))
    if then != algorithm:
        what = f"signature was {_short(then, algorithm)}"
        yield Difference(files.version, "setting", what, dataset=files.dataset)
    elif algorithm != _OWN_HASH and members is not None and members.n_rows:
        distance = members.parameters.get("max_distance", max_distance)
        if distance != max_distance:
            what = f"max_distance was {distance}, now {max_distance}"
            yield Difference(members.version, "setting", what, dataset=members.dataset)


def root_differences(manifests: Mapping[str, Manifest], now: Sequence[str]) -> Iterator[Difference]:
    """Yield the folders that pictures may be read from, where others would give other signatures.

    That is where pictures were refused, or some may have been read from what is no longer named.

    Examples
    --------
    >>> import datetime
    >>> parameters = {"picture_roots": "/disk"}
    >>> date = datetime.date(2026, 11, 20)
    >>> files = Manifest("image_files", "full", date, 0, "", False, "", (), {}, parameters=parameters)
    >>> [difference.what for difference in root_differences({"image_files": files}, ["/disk", "/other"])]
    []
    >>> [difference.what for difference in root_differences({"image_files": files}, [])]
    ['picture_roots was /disk, now none']
    """
    files = manifests.get("image_files")
    if files is None:
        return
    then = str(files.parameters.get("picture_roots", " ".join(now))).split()  # older manifests have none
    refused = files.counts.get("outside_picture_roots", 0)
    if set(then) - set(now) or (refused and set(then) != set(now)):
        what = f"picture_roots was {' '.join(then) or 'none'}, now {' '.join(now) or 'none'}"
        yield Difference(files.version, "setting", what, dataset=files.dataset)


def version_differences(manifests: Iterable[Manifest], now: Mapping[InputVersion, str]) -> Iterator[Difference]:
    """Yield the first version that another one was made from and that has another content now, and say how many more.

    Parameters
    ----------
    manifests
        Of the versions that were made.
    now
        The digest that each input has now; those that are gone are missing.
    """
    other = [
        (manifest, given)
        for manifest in manifests
        for given in manifest.inputs
        if now.get(given, given.digest) != given.digest
    ]
    for manifest, given in other[:1]:
        digests = f"digest {given.digest[:_SHOWN]} then; digest {now[given][:_SHOWN]} now"
        more = f" (and {len(other) - 1:,} more)" if other[1:] else ""
        what = f"{manifest.dataset} from {given.dataset} {given.version}, {digests}{more}"
        yield Difference(manifest.version, "input", what, dataset=manifest.dataset)


def _short(then: str, now: str) -> str:
    """Return both algorithms by the name of the setting, with their edition only where it is all that differs."""
    names = then.partition("/")[0], now.partition("/")[0]
    before, after = names if names[0] != names[1] else (then, now)
    return f"{before}, now {after}"
