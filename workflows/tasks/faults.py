"""What is wrong under an output folder: with published versions, with what tiers hold of them, and with their receipts.

``status`` and every run look at sizes and pointers; ``verify`` and ``run --repair`` read every byte.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storage_tiers.errors import DamagedVersionError, DatasetError, VersionNotFoundError
from storage_tiers.obstacles import obstacles
from storage_tiers.registry import TIERS
from storage_tiers.tier import Tier
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.verification import faults_of, strangers
from storage_tiers.versioned.versions import (
    MANIFESTS_FOLDER,
    VARIANTS,
    Version,
    VersionPlace,
    all_places,
    dataset_names,
    how_to_repair,
    published_versions,
)
from workflows.progress import progress_of
from workflows.tasks.tiers import SPECS, ReceiptTarget, datasets_of, receipts_in


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. A run of the version's date mends it; where there is no version, a person must.

    ``tier`` is the one that lost something; without one, the published version itself is lost or damaged.
    """

    error: DatasetError
    dataset: str
    version: Version | None
    tier: str = ""

    def __str__(self) -> str:
        return str(self.error)


def places_of(output: Path, date: dt.date | None = None) -> list[VersionPlace]:
    """Return all versions under an output folder, or those of a date, whether they are sound or not."""
    names = {*dataset_names(output), *(path.parent.name for path in output.glob(f"*/{MANIFESTS_FOLDER}"))}
    places = (place for name in sorted(names) for variant in VARIANTS for place in all_places(output, name, variant))
    return [place for place in places if date in (None, place.version.date)]


def obstacle_faults(output: Path, date: dt.date | None = None) -> list[Fault]:
    """Return what lies under an output folder where something else belongs; nothing else can be told before it is gone.

    With a date, folders of other dates are passed over.
    """
    names = {*SPECS, *(f"_{tier.name}" for tier in TIERS), *dataset_names(output)}
    return [Fault(error, "", None) for _, error in obstacles(output, names, date)]


def refuse_obstacles(output: Path, date: dt.date | None = None) -> None:
    """Raise DatasetError if anything lies under an output folder where something else belongs."""
    faults = obstacle_faults(output, date)
    for fault in faults[:1]:
        more = f" (and {len(faults) - 1:,} more such; interest-graph verify names all)" if faults[1:] else ""
        raise DatasetError(fault.error.problem + more, where=fault.error.where, remedy=fault.error.remedy)


def published_faults(
    output: Path, date: dt.date | None = None, *, every_byte: bool = False, on_bytes: OnBytes = ignore_bytes
) -> Iterator[Fault]:
    """Yield what is wrong with the published versions; by every byte also files that no version knows."""
    for place in places_of(output, date):
        for error in faults_of(place, every_byte=every_byte, on_bytes=on_bytes):
            yield Fault(error, place.dataset, place.version)
    names = dataset_names(output) if every_byte else []
    for name in names:
        for variant in VARIANTS:
            for path, stray in strangers(output, name, variant):
                if date is None or f"date={date}" in path.parts:
                    yield Fault(stray, name, None)


def tier_faults(
    output: Path, date: dt.date | None = None, *, every_byte: bool = False, on_bytes: OnBytes = ignore_bytes
) -> Iterator[Fault]:
    """Yield what is wrong with what the tiers hold, with their pointers, what they announce, and their receipts."""
    for tier in (tier(output) for tier in TIERS):
        receipts = receipts_in(tier)
        for name in sorted({*tier.datasets(), *receipts, *datasets_of(tier.name)}):
            versions = _versions_in(tier, name, receipts.get(name, {}))
            for version in versions:
                if date in (None, version.date):
                    receipt = receipts.get(name, {}).get(version)
                    error = _error_of_loaded(tier, name, version, receipt, on_bytes if every_byte else None)
                    if error:
                        yield Fault(error, name, version, tier.name)
            noted = versions or sorted(receipts.get(name, {}))
            if noted and date in (None, noted[-1].date):  # the newest mends what serves
                error = serving_error(tier, name, every_byte=every_byte)
                if error:
                    error.remedy = how_to_repair(output, noted[-1].date)  # even if the tier has none to name it by
                    yield Fault(error, name, noted[-1], tier.name)


def serving_error(tier: Tier, name: str, *, every_byte: bool = False) -> DatasetError | None:
    """Return what is wrong with what serves of a dataset that was loaded into a tier."""
    try:
        tier.check_serving(name, every_byte=every_byte)
    except DatasetError as error:
        return error
    return None


@contextmanager
def bytes_told(output: Path, date: dt.date | None = None) -> Iterator[OnBytes]:
    """Give what a look at every byte tells of the bytes that it read; from two seconds on it is said how far it is."""
    total, n_read = max(1, _bytes_to_read(output, date)), 0
    with progress_of(None, "looking at every byte", total, "bytes") as progress:

        def tell(n_bytes: int) -> None:
            nonlocal n_read
            n_read = min(total, n_read + n_bytes)
            progress(n_read)

        yield tell


def _bytes_to_read(output: Path, date: dt.date | None) -> int:
    """Return how many bytes a look at every byte reads, as far as they are known."""
    n_bytes = 0
    for place in places_of(output, date):
        manifest = manifest_there(place)
        n_bytes += manifest.n_bytes if manifest else 0
    for tier in (tier(output) for tier in TIERS if tier.copies):
        versions = ((name, version) for name in tier.datasets() for version in tier.versions(name))
        for name, version in versions:
            with suppress(DatasetError):
                n_bytes += tier.validate(name, version).n_bytes if date in (None, version.date) else 0
    return n_bytes


def _versions_in(tier: Tier, name: str, receipts: Mapping[Version, ReceiptTarget]) -> list[Version]:
    """Return the versions that a tier must have, and those that it has.

    Where it reads the published ones, that is the current one. Where it lost everything, it is the newest published.
    """
    noted, there = {*receipts} - tier.dropped(name), {*tier.versions(name)}
    if tier.copies:
        newest = [version for variant in VARIANTS for version in published_versions(tier.root, name, variant)[-1:]]
        return sorted(noted | there) or sorted({*newest})[-1:]
    with suppress(DatasetError):  # a pointer that names nothing is told as what serves
        noted |= {tier.select(name)}
    return sorted(noted & there)


def _error_of_loaded(
    tier: Tier, name: str, version: Version, receipt: ReceiptTarget | None, on_bytes: OnBytes | None
) -> DatasetError | None:
    where, remedy = f"{tier.title} {name} {version}", how_to_repair(tier.root, version.date)
    try:
        held = tier.verify(name, version, on_bytes) if on_bytes else tier.validate(name, version)
    except VersionNotFoundError:
        why = "its receipt says that it was loaded" if receipt else "[tiers] of the settings names its dataset"
        return DamagedVersionError(f"it isn't there, and {why}", where=where, remedy=remedy)
    except DatasetError as error:
        return error if tier.copies else None  # what is wrong with the published files is told of these
    if receipt and receipt.digest != held.source_digest:
        what = f"its receipt is of other content: digest there={receipt.digest[:12]} != here={held.source_digest[:12]}"
        return DamagedVersionError(what, where=where, remedy=remedy)
    if not receipt and name in datasets_of(tier.name):
        return DamagedVersionError("no receipt says that its load was finished", where=where, remedy=remedy)
    return None
