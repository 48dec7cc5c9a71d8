"""What is wrong under an output folder: with published versions, with what tiers hold of them, and with their receipts.

``status`` and every run look at sizes and pointers; ``verify`` and ``run --repair`` read every byte.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from joins.shown_text import count_text
from storage_tiers.errors import DamagedVersionError, DatasetError, VersionNotFoundError
from storage_tiers.obstacles import RECORDS_FOLDER, is_of_a_date, is_of_records, obstacles
from storage_tiers.registry import TIERS
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.tier import Tier
from storage_tiers.versioned.asked_version import newest_published
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.verification import faults_at_a_glance, faults_of, is_there, strangers
from storage_tiers.versioned.versions import (
    VARIANTS,
    Version,
    VersionPlace,
    all_places,
    dataset_names,
    described_names,
    how_to_repair,
    listed_versions,
)
from workflows.operations.run_lock import holder_of
from workflows.progress import progress_of
from workflows.tasks.tiers import SPECS, ReceiptTarget, datasets_named, receipts_in
from workflows.tiers_in_use import tiers_in_use


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


def places_of(output: Root, date: dt.date | None = None) -> list[VersionPlace]:
    """Return all versions under an output folder, or those of a date, whether they are sound or not."""
    names = described_names(output)
    return [place for name in names for variant in VARIANTS for place in all_places(output, name, variant, date)]


def obstacle_faults(output: Root, date: dt.date | None = None) -> list[Fault]:
    """Return what lies under an output folder where something else belongs, in the way of what builds.

    With a date, folders of other dates are passed over. Records are no part of what is built.
    """
    records = str(local_home(output) / RECORDS_FOLDER)
    return [
        fault
        for faults in sorted_obstacles(output, date)
        for fault in faults
        if not Path(fault.error.where).is_relative_to(records)
    ]


def sorted_obstacles(output: Root, date: dt.date | None = None) -> tuple[list[Fault], list[Fault]]:
    """Return what is in the way of everything, so that nothing else can be told before it is gone; and what isn't.

    The latter is in the way of one date, or of records.
    """
    home = local_home(output)  # in a store nothing is in the way of a name that is longer
    names = {*SPECS, *(f"_{tier.name}" for tier in TIERS), *dataset_names(output)}
    of_all, of_dates = list[Fault](), list[Fault]()
    for path, error in obstacles(home, names, date):
        is_passable = home in path.parents and (is_of_a_date(path, home) or is_of_records(path, home))
        (of_dates if is_passable else of_all).append(Fault(error, "", None))
    return of_all, of_dates


def losses_by_date(output: Root) -> dict[dt.date, list[Fault]]:
    """Return which dates have lost versions, or such as are known to be damaged, oldest date first; by names alone."""
    found: dict[dt.date, list[Fault]] = {}
    for name in described_names(output):
        for variant in VARIANTS:
            listing = listed_versions(output, name, variant)
            for version, error in faults_at_a_glance(output, name, variant, listing, by_names=True):
                found.setdefault(version.date, []).append(Fault(error, name, version))
    return dict(sorted(found.items()))


def lines_of_other_dates(output: Root, date: dt.date) -> Iterator[str]:
    """Say in one line that versions of other dates are lost, which a run leaves out; nothing is opened for it."""
    others = {day: faults for day, faults in losses_by_date(output).items() if day != date}
    if others:
        n_lost, first = sum(map(len, others.values())), next(iter(others.values()))[0]
        dates = "another date is" if len(others) == 1 else f"{len(others):,} other dates are"
        which = f"{count_text(n_lost, 'version')} of {dates} lost or damaged (first: {first.error.where})"
        yield f"left out: {which}; interest-graph status names each"


def refuse_obstacles(output: Root, date: dt.date | None = None) -> None:
    """Raise DatasetError if anything lies under an output folder where something else belongs."""
    refuse(obstacle_faults(output, date))


def refuse(in_the_way: Sequence[Fault]) -> None:
    """Raise DatasetError that names the first of what is in the way, if anything is."""
    for fault in in_the_way[:1]:
        more = f" (and {len(in_the_way) - 1:,} more such; interest-graph verify names all)" if in_the_way[1:] else ""
        raise DatasetError(fault.error.problem + more, where=fault.error.where, remedy=fault.error.remedy)


def published_faults(
    output: Root, date: dt.date | None = None, *, every_byte: bool = False, on_bytes: OnBytes = ignore_bytes
) -> Iterator[Fault]:
    """Yield what is wrong with the published versions; by every byte also files that no version knows."""
    for place in places_of(output, date):
        for error in faults_of(place, every_byte=every_byte, on_bytes=on_bytes):
            if is_there(place):
                yield Fault(error, place.dataset, place.version)
    names = dataset_names(output) if every_byte else []
    for name in names:
        for variant in VARIANTS:
            for path, stray in strangers(output, name, variant):
                if date is None or f"date={date}" in path.parts:
                    yield Fault(stray, name, None)


def tier_faults(
    output: Root, date: dt.date | None = None, *, every_byte: bool = False, on_bytes: OnBytes = ignore_bytes
) -> Iterator[Fault]:
    """Yield what is wrong with what the tiers hold, with their pointers, what they announce, and their receipts.

    What another process works on may not be loaded yet, or have no receipt: of that date, this is no fault.
    """
    for tier in tiers_in_use(output):
        receipts, (wanted, wrong) = receipts_in(tier), datasets_named(tier.name)
        if wrong:
            yield Fault(DatasetError(wrong.problem, where=wrong.where, remedy=wrong.remedy), "", None)
        try:
            names = sorted({*tier.datasets(), *receipts, *wanted})
        except DatasetError as down:  # its server can't be asked: nothing is known of what it holds
            yield Fault(down, "", None, tier.name)
        else:
            told = on_bytes if every_byte else None
            yield from (
                fault for name in names for fault in _faults_in(tier, name, receipts.get(name, set()), date, told)
            )


def _faults_in(
    tier: Tier, name: str, noted: AbstractSet[Version], date: dt.date | None, on_bytes: OnBytes | None
) -> Iterator[Fault]:
    """Yield what is wrong with a dataset in a tier; ``noted`` are the versions that receipts name."""
    versions = _versions_in(tier, name, noted, date)
    for version in versions:
        if date in (None, version.date):
            error = _error_of_loaded(tier, name, version, on_bytes)
            if error:
                yield Fault(error, name, version, tier.name)
    known = versions or sorted(noted)
    if known and date in (None, known[-1].date):  # the newest mends what serves
        is_at_work = bool(holder_of(tier.root, known[-1].date))
        error = serving_error(tier, name, every_byte=on_bytes is not None)
        if error and not is_at_work:
            error.remedy = how_to_repair(tier.root, known[-1].date)  # even if the tier has none to name it by
            yield Fault(error, name, known[-1], tier.name)


def serving_error(tier: Tier, name: str, *, every_byte: bool = False) -> DatasetError | None:
    """Return what is wrong with what serves of a dataset that was loaded into a tier."""

    def look() -> DatasetError | None:
        try:
            tier.check_serving(name, every_byte=every_byte)
        except DatasetError as error:
            return error
        return None

    return _lasting(tier, look)


def _lasting(tier: Tier, look: Callable[[], DatasetError | None]) -> DatasetError | None:
    """Return what a look finds wrong, and still finds when whoever installs or switches at that moment has done so."""
    if look() is None:
        return None
    tier.wait_for_writers()
    return look()


@contextmanager
def bytes_told(output: Root, date: dt.date | None = None) -> Iterator[OnBytes]:
    """Give what a look at every byte tells of the bytes that it read; from two seconds on it is said how far it is."""
    total, n_read = max(1, _bytes_to_read(output, date)), 0
    with progress_of(None, "looking at every byte", total, "bytes") as progress:

        def tell(n_bytes: int) -> None:
            nonlocal n_read
            n_read = min(total, n_read + n_bytes)
            progress(n_read)

        yield tell


def _bytes_to_read(output: Root, date: dt.date | None) -> int:
    """Return how many bytes a look at every byte reads, as far as they are known."""
    n_bytes = 0
    for place in places_of(output, date):
        manifest = manifest_there(place)
        n_bytes += manifest.n_bytes if manifest else 0
    for tier in (tier for tier in tiers_in_use(output) if tier.copies):
        with suppress(DatasetError):  # of a server that is down
            held = [(name, version) for name in tier.datasets() for version in tier.versions(name)]
            n_bytes += sum(_bytes_of_loaded(tier, *one) for one in held if date in (None, one[1].date))
    return n_bytes


def _bytes_of_loaded(tier: Tier, name: str, version: Version) -> int:
    with suppress(DatasetError):
        return tier.validate(name, version).n_bytes
    return 0


def _versions_in(tier: Tier, name: str, receipts: AbstractSet[Version], date: dt.date | None) -> list[Version]:
    """Return the versions that a tier must have, and those that it has; with a date, those of it and the newest.

    Where it reads the published ones, that is the current one. Where it lost everything, it is the newest published.
    """
    noted = receipts - tier.dropped(name)
    if tier.copies:
        newest = (newest_published(tier.root, name, variant) for variant in VARIANTS)
        return sorted(noted | {*tier.versions(name)}) or sorted(filter(None, newest))[-1:]
    with suppress(DatasetError):  # a pointer that names nothing is told as what serves
        noted = noted | {tier.select(name)}
    if date is None:
        return sorted(noted & {*tier.versions(name)})
    last = next((version for version in sorted(noted, reverse=True) if tier.holds(name, version)), None)
    return sorted(
        {version for version in noted if version == last or (version.date == date and tier.holds(name, version))}
    )


def _error_of_loaded(tier: Tier, name: str, version: Version, on_bytes: OnBytes | None) -> DatasetError | None:
    """Return what is wrong with a version that a tier must have."""
    is_at_work = bool(holder_of(tier.root, version.date))  # before the look: it may end in the midst
    return _lasting(tier, partial(_error_now, tier, name, version, on_bytes, is_at_work=is_at_work))


def _error_now(
    tier: Tier, name: str, version: Version, on_bytes: OnBytes | None, *, is_at_work: bool
) -> DatasetError | None:
    where, remedy = f"{tier.title} {name} {version}", how_to_repair(tier.root, version.date)
    receipt = ReceiptTarget(tier, name, version)
    is_noted = Path(receipt.path).exists()
    try:
        # The published files are looked at by themselves, once for all tiers that read them.
        held = tier.verify(name, version, on_bytes) if on_bytes and tier.copies else tier.validate(name, version)
    except VersionNotFoundError:
        why = "its receipt says that it was loaded" if is_noted else "[tiers] of the settings names its dataset"
        error = DamagedVersionError(f"it isn't there, and {why}", where=where, remedy=remedy)
        return None if is_at_work else error
    except DatasetError as error:
        return error if tier.copies else None  # what is wrong with the published files is told of these
    if is_noted and receipt.digest != held.source_digest:
        what = f"its receipt is of other content: digest there={receipt.digest[:12]} != here={held.source_digest[:12]}"
        return None if is_at_work else DamagedVersionError(what, where=where, remedy=remedy)
    if not is_noted and not is_at_work and name in datasets_named(tier.name)[0]:
        return DamagedVersionError("no receipt says that its load was finished", where=where, remedy=remedy)
    return None
