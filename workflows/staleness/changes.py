"""What the versions of a date were made from or with that is another now: raw files, settings, versions, code."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Literal

from joins.errors import RawInputError
from storage_tiers.versioned.manifest import Manifest, Parameter, RawFiles
from storage_tiers.versioned.versions import Version
from workflows.catalog import FACTS
from workflows.daily import DailyDiscovery
from workflows.origins.bases import ONCE
from workflows.origins.differences import (
    Difference,
    picture_differences,
    raw_differences,
    root_differences,
    setting_differences,
    version_differences,
)
from workflows.settings import RANKS_ON, SHAPING
from workflows.staleness.code_digest import CODE_DIGEST, code_digest
from workflows.staleness.published import Published
from workflows.staleness.raw_now import raw_files_now
from workflows.tasks.derived import task_of
from workflows.tasks.pictures.picture_groups import GroupPictures
from workflows.tasks.tiers import SPECS

Kind = Literal["input", "setting", "code"]
_SHOWN = 12  # characters of a digest


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One version of one dataset."""

    dataset: str
    version: Version

    def __str__(self) -> str:
        return f"{self.dataset} {self.version}"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is another now than when some versions were made from it or with it."""

    kind: Kind
    what: str
    made: tuple[DatasetVersion, ...]

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed under the versions that serve of a date, and what can't be told."""

    changes: tuple[Change, ...] = ()
    unknown: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # raw tables that aren't there any more, without which nothing can be rebuilt

    @property
    def made(self) -> set[DatasetVersion]:
        """The versions that were made from or with something else."""
        return {made for change in self.changes for made in change.made}

    @property
    def is_of_code_alone(self) -> bool:
        """Whether nothing but code changed, which may give the same rows."""
        return bool(self.changes) and all(change.kind == "code" for change in self.changes)


def changes_of(day: DailyDiscovery, published: Published, *, every_byte: bool = False) -> Changes:
    """Compare all that serves of a date with what there is now.

    Raw files whose size and time are as they were are read only if `every_byte` is asked for.
    """
    manifests = published.served(day.date)
    if not manifests:
        return Changes()
    raw_now: Mapping[str, RawFiles] = {}
    unknown = list(_not_recorded(manifests))
    gone: tuple[str, ...] = ()
    try:
        raw_now = raw_files_now(day, manifests, every_byte=every_byte)
        gone = _gone(manifests, raw_now)
    except RawInputError as error:  # of this date alone: others are compared all the same
        unknown.append(str(error))
    unknown += [f"raw {', '.join(gone)} are gone"] if gone else []
    found: dict[tuple[Kind, str], list[DatasetVersion]] = defaultdict(list)
    for one in _differences(day, published, manifests, raw_now):
        found[one.kind, one.what].append(DatasetVersion(one.dataset, one.version))
    for manifest in manifests:
        if what := _other_code(manifest):
            found["code", what].append(DatasetVersion(manifest.dataset, manifest.version))
    changes = tuple(Change(kind, what, tuple(dict.fromkeys(made))) for (kind, what), made in found.items())
    return Changes(changes, tuple(unknown), gone)


def _differences(
    day: DailyDiscovery, published: Published, manifests: Sequence[Manifest], raw_now: Mapping[str, RawFiles]
) -> Iterator[Difference]:
    """Yield what raw files, settings and versions are other ones now; each difference names the dataset it is about."""
    settings: dict[str, Parameter] = {name: getattr(day, name) for name in (*SHAPING, RANKS_ON.name)}
    pictures = day.sibling(GroupPictures)
    once = {one.dataset: one for one in manifests if one.dataset in ONCE}
    yield from raw_differences(manifests, raw_now)
    for manifest in manifests:
        now = {given: digest for given in manifest.inputs if (digest := published.digest_now(given))}
        yield from version_differences([manifest], now)
    yield from setting_differences([one for one in manifests if one.dataset not in ONCE], settings)
    yield from picture_differences(once, str(pictures.stamp()["algorithm"]), pictures.max_distance)
    yield from root_differences(once, pictures.picture_roots)


def _other_code(manifest: Manifest) -> str:
    """Say that the code that makes a dataset is another now; nothing where it is the same, or none is recorded."""
    then = manifest.parameters.get(CODE_DIGEST)
    task = task_of(SPECS[manifest.dataset])
    now = code_digest(task.derivation, task.__module__)
    if then is None or then == now:
        return ""
    return f"the code of {manifest.dataset}: digest {str(then)[:_SHOWN]} then; {now[:_SHOWN]} now"


def _not_recorded(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Say what manifests of earlier releases don't hold."""
    without = [manifest for manifest in manifests if CODE_DIGEST not in manifest.parameters]
    if without:
        releases = ", ".join(sorted({manifest.code_version or "an unknown release" for manifest in without}))
        now = installed_version("interest-graph")
        yield f"the code isn't recorded that made them ({releases}; this is interest-graph {now})"
    if any(manifest.dataset == FACTS.name and not manifest.raw_files for manifest in manifests):
        yield "the raw files aren't recorded that they were read off"


def _gone(manifests: Sequence[Manifest], raw_now: Mapping[str, RawFiles]) -> tuple[str, ...]:
    """Return which raw tables aren't there any more."""
    facts = (manifest for manifest in manifests if manifest.dataset == FACTS.name)
    return tuple(sorted({files.table for manifest in facts for files in manifest.raw_files} - {*raw_now}))
