"""Compares what is published of a day with the raw files and settings that are there now, and says what can be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storage_tiers.stores.address import Root, is_store
from storage_tiers.versioned.manifest import InputVersion, Manifest, Parameter, RawFiles, manifest_there, read_manifest
from storage_tiers.versioned.versions import Version, VersionPlace, published_versions
from workflows.catalog import DERIVATIONS, FACTS
from workflows.commands.days.replace import why_needed
from workflows.daily import DailyDiscovery, command_name, options_of
from workflows.origins.bases import newest_iteration
from workflows.origins.differences import (
    Difference,
    picture_differences,
    raw_differences,
    root_differences,
    setting_differences,
    version_differences,
)
from workflows.settings import RANKS_ON, SHAPING
from workflows.staleness.raw_now import raw_files_now
from workflows.tasks.pictures.picture_groups import GroupPictures
from workflows.tasks.raw_input.accepted_input import AcceptedInput
from workflows.tasks.raw_input.raw_digests import raw_files


@dataclass(frozen=True, slots=True)
class Origin:
    """What a day was made from, against the present: what differs, and what can't be told."""

    differences: tuple[Difference, ...]
    unknown: tuple[str, ...] = ()

    @property
    def all_raw_differ(self) -> bool:
        """Whether no raw table is as it was, as if the input were another folder."""
        others = {one.table for one in self.differences if one.table}
        return others == set(AcceptedInput.derivation.raw)


def origin_of(day: DailyDiscovery) -> Origin:
    """Compare what is there of a day with the present: raw files, settings and versions.

    Looked at are the base of the day and all iterations under it up to its last: they never mix inputs or settings.
    """
    once = _manifests(day, day.base, "once")
    iterated = _iterated(day)
    everything = [*once.values(), *iterated]
    now = _raw_now(day, once)
    pictures = day.sibling(GroupPictures)
    settings: dict[str, Parameter] = {name: getattr(day, name) for name in (*SHAPING, RANKS_ON.name)}
    found = [
        *raw_differences(once.values(), now),
        *picture_differences(once, str(pictures.stamp()["algorithm"]), pictures.max_distance),
        *root_differences(once, pictures.picture_roots),
        *setting_differences(iterated, settings),
        *version_differences(everything, _inputs_now(day.root, everything)),
    ]
    return Origin(tuple(dict.fromkeys(found)), tuple(_unknown(day, once, now)))


def _raw_now(day: DailyDiscovery, once: Mapping[str, Manifest]) -> dict[str, RawFiles]:
    """Return what the raw tables of a day are now, if anything of it is there.

    Every byte is read of files on a disk. Those in a store are fetched only where they may be others: its own times
    can't be set, as those of files can.
    """
    if once and is_store(day.input_root):
        return raw_files_now(day, once.values())
    return {files.table: files for files in raw_files(day, AcceptedInput.derivation.raw)} if once else {}


def _iterated(day: DailyDiscovery) -> list[Manifest]:
    """Read the manifests of the iterations under the base of a day, up to its last, as far as they are there.

    Each starts from the one before, so that one setting made in between would shape half of what comes out.
    """
    return [
        manifest
        for number in range(day.base + 1, day.version.iteration + 1)
        for when in ("every iteration", "last iteration")
        for manifest in _manifests(day, number, when).values()
    ]


def lines_of_finished(day: DailyDiscovery, origin: Origin) -> Iterator[str]:
    """Say which parts of a finished version were made from what else, and what can be done about it."""
    yield from dict.fromkeys(f"{difference.of(day.version)}" for difference in origin.differences)
    yield from _may_be_another_folder(day, origin)
    yield "versions that are published stay as they are; to have one of the present input and settings:"
    yield from _rebuilds(day, origin)


def lines_of_unfinished(day: DailyDiscovery, origin: Origin) -> Iterator[str]:
    """Say what a day was begun with that is another now, and what can be done about it."""
    yield from dict.fromkeys(f"error: {difference}" for difference in origin.differences)
    yield from _may_be_another_folder(day, origin)
    yield f"{day.version} would mix both, so nothing was built; put back what is other now, or build the date anew:"
    yield from _rebuilds(day, origin)


def _may_be_another_folder(day: DailyDiscovery, origin: Origin) -> Iterator[str]:
    if origin.all_raw_differ:
        yield (
            f"no raw table under {day.input_root} is the one it was: if it was made from another folder, "
            "name that with --input"
        )


def _rebuilds(day: DailyDiscovery, origin: Origin) -> Iterator[str]:
    newest = newest_iteration(day.root, day.date)
    base = 0 if newest is None else newest + 1
    options = options_of(output=day.output_root, input_root=day.input_root, iterations=day.iterations)
    command = f"{command_name()} rebuild --date {day.date}"
    yield f"  {command}{options}"
    yield f"    builds the date anew, as iteration {base + day.iterations}, which serves when it is complete"
    needed = why_needed(day.sibling(DailyDiscovery, base=base, iterations=day.iterations))
    if origin.all_raw_differ:
        return  # perhaps they belong to another collection: nothing to lead people to remove
    if needed:
        yield f"    (its older versions stay beside it: {needed})"
    else:
        yield f"  {command} --replace{options}"
        yield "    the same, and removes the older versions of the date"


def _unknown(day: DailyDiscovery, once: Mapping[str, Manifest], now: Mapping[str, object]) -> Iterator[str]:
    facts = once.get(FACTS.name)
    gone = [files.table for files in facts.raw_files if files.table not in now] if facts else []
    if facts and not facts.raw_files:
        yield f"{facts.version}: which raw files it was made from isn't recorded, so that they can't be compared"
    if gone:
        yield f"raw {', '.join(gone)} of date={day.date} are gone, so that they can't be compared"


def _manifests(day: DailyDiscovery, iteration: int, when: str) -> dict[str, Manifest]:
    """Read the manifests of one iteration of the datasets that are made so often, as far as they are there."""
    version = Version(day.date, iteration)
    specs = (spec for derivation in DERIVATIONS if derivation.when == when for spec in derivation.outputs)
    targets = {spec.name: day.target(spec, version) for spec in specs}
    return {name: read_manifest(target.place) for name, target in targets.items() if target.exists()}


def _inputs_now(root: Root, manifests: Sequence[Manifest]) -> dict[InputVersion, str]:
    """Return the digest that each input of some versions has now, of those that are still there."""
    inputs = {given for manifest in manifests for given in manifest.inputs}
    datasets = {(given.dataset, given.variant) for given in inputs}
    there = {dataset: set(published_versions(root, *dataset)) for dataset in datasets}
    found = {
        given: manifest_there(VersionPlace(root, given.dataset, given.variant, given.version))
        for given in inputs
        if given.version in there[given.dataset, given.variant]
    }
    return {given: manifest.digest for given, manifest in found.items() if manifest}
