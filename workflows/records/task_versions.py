"""What a task reads and makes, as its targets say: the versions of datasets, what tiers hold, raw tables.

Records and lineage ask the targets and not the task's run, so that they know of what another run published meanwhile,
and of what a failed attempt left done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import luigi

from joins.errors import DiscoveryError
from storage_tiers.stores.address import Root
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.manifest import InputVersion, Manifest, manifest_there
from storage_tiers.versioned.versions import VersionPlace
from workflows.records.record import Made
from workflows.tasks.targets import DatasetTarget

_MOST_INPUTS_OPENED = 100  # to count their rows; pictures of a day are made from those of every earlier day


@runtime_checkable
class LoadedTarget(Protocol):
    """A target that says what a tier holds."""

    def loaded(self) -> tuple[str, TierVersion]:
        """Return the name of the tier, and the version as it holds it."""


@runtime_checkable
class FolderTarget(Protocol):
    """A target that is a folder of raw files."""

    folder: Root


@dataclass(frozen=True, slots=True)
class TaskVersions:
    """What a task made, and the manifests of what it published."""

    made: tuple[Made, ...] = ()
    manifests: tuple[Manifest, ...] = ()


def versions_made(task: luigi.Task) -> TaskVersions:
    """Return what there is of what a task makes."""
    made, manifests = [], []
    for target in targets_of(task):
        if isinstance(target, DatasetTarget):
            manifest = manifest_there(target.place)
            if manifest and target.exists():
                manifests.append(manifest)
                made.append(_published(manifest))
        elif isinstance(target, LoadedTarget):
            try:
                made.append(_loaded(*target.loaded()))
            except DiscoveryError:  # not loaded, which is what the attempt failed in
                continue
    return TaskVersions(tuple(made), tuple(manifests))


def targets_of(task: luigi.Task) -> list[luigi.Target]:
    """Return the targets of a task."""
    return cast("list[luigi.Target]", luigi.task.flatten(task.output()))  # type: ignore[no-untyped-call]


def targets_read(task: luigi.Task) -> list[luigi.Target]:
    """Return the targets of the tasks that a task needs."""
    return cast("list[luigi.Target]", luigi.task.flatten(task.input()))  # type: ignore[no-untyped-call]


def versions_read(task: luigi.Task, made: TaskVersions) -> tuple[InputVersion, ...]:
    """Return what was read, as the manifests of what was made say; where nothing was, what was there to be read."""
    read = [given for manifest in made.manifests for given in manifest.inputs]
    if not read and targets_of(task):  # a day as a whole makes nothing itself
        places = (target.place for target in targets_read(task) if isinstance(target, DatasetTarget))
        read = [manifest.as_input() for manifest in map(manifest_there, places) if manifest]
    return tuple(dict.fromkeys(read))


def n_rows_read(root: Root, made: TaskVersions) -> int | None:
    """Return the rows of the versions that something was made from; None where they are too many to be opened."""
    loaded = sum(one.n_rows for one in made.made if one.tier)
    inputs = {given for manifest in made.manifests for given in manifest.inputs}
    if len(inputs) > _MOST_INPUTS_OPENED:
        return None
    places = (VersionPlace(root, given.dataset, given.variant, given.version) for given in inputs)
    return loaded + sum(manifest.n_rows for manifest in map(manifest_there, places) if manifest)


def described(target: luigi.Target) -> Iterator[tuple[str, str]]:
    """Yield the path of the dataset, tier or raw table that a target is a version of, and which version."""
    if isinstance(target, DatasetTarget):
        place = target.place
        yield str((place.root / place.dataset / place.variant).absolute()), str(place.version)
    elif isinstance(target, FolderTarget):
        yield str(target.folder.parent.absolute()), target.folder.name


def _published(manifest: Manifest) -> Made:
    version = manifest.version
    return Made(
        manifest.dataset,
        manifest.variant,
        version.date,
        version.iteration,
        manifest.digest,
        manifest.n_rows,
        manifest.n_bytes,
    )


def _loaded(tier: str, loaded: TierVersion) -> Made:
    date, iteration = loaded.version.date, loaded.version.iteration
    return Made(loaded.dataset, "", date, iteration, loaded.source_digest, loaded.n_rows, loaded.n_bytes, tier)
