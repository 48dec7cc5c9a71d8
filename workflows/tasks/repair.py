"""Which tasks make again what a date has lost: they are asked for by version, whatever the date's day would need.

A day that is finished asks for its last iteration alone, and takes what that was made from for granted.
"""

from collections.abc import Sequence
from pathlib import Path

from storage_tiers.stores.address import Root
from storage_tiers.versioned.verification import settle
from storage_tiers.versioned.versions import Version
from workflows.daily import DailyDiscovery
from workflows.origins.bases import base_below, bases_of
from workflows.progress import say
from workflows.tasks.base import DiscoveryTask, IterationTask
from workflows.tasks.derived import task_of
from workflows.tasks.faults import Fault, bytes_told, places_of, published_faults, serving_error, tier_faults
from workflows.tasks.lost_datasets import lost_datasets
from workflows.tasks.tiers import LOADS, SPECS, ReceiptTarget, datasets_of
from workflows.tiers_in_use import opened_tier, tiers_in_use


def tasks_of_lost(day: DailyDiscovery, *, told: bool = True) -> list[DiscoveryTask]:
    """Return the tasks that make again what is missing, of another size, or known to be damaged; `told`: and say each.

    What a tier hasn't got may simply not be loaded yet, so that only published versions are told.
    """
    faults = [*published_faults(day.root, day.date), *lost_datasets(day.root, day.date)]
    if told:
        _tell(faults)
    return _tasks(day, [*faults, *tier_faults(day.root, day.date)])


def tasks_of_damaged(day: DailyDiscovery) -> list[DiscoveryTask]:
    """Read every byte of a date and return the tasks that make again what is damaged; each is told.

    What is damaged is marked, and its receipts are removed, so that no task takes it for complete. It stays in its
    place until what replaces it is whole: that must have the digest that it was published with.
    """
    with bytes_told(day.root, day.date) as on_bytes:
        faults = [
            Fault(error, place.dataset, place.version)
            for place in places_of(day.root, day.date)
            for error in settle(place, on_bytes)
        ]
        faults += lost_datasets(day.root, day.date)
        faults += tier_faults(day.root, day.date, every_byte=True, on_bytes=on_bytes)
    for fault in faults:
        if fault.tier and fault.version:
            receipt = ReceiptTarget(opened_tier(fault.tier, day.root), fault.dataset, fault.version)
            Path(receipt.path).unlink(missing_ok=True)
    _tell(faults)
    return _tasks(day, faults)


def mend_announced(root: Root) -> None:
    """Write anew what tiers tell other programs, the DuckDB file among it, where it is damaged or of another place.

    It is of all dates, so that a repair of any of them mends it.
    """
    for tier in (tier for tier in tiers_in_use(root) if not tier.copies):
        faults = [error for name in tier.datasets() if (error := serving_error(tier, name, every_byte=True))]
        if faults:
            tier.make_current({})
            mended = dict.fromkeys(f"  written anew: {error.where}: {error.problem}" for error in faults)
            say("\n".join(mended))


def iterations_above(day: DailyDiscovery, base: int) -> int:
    """Return how many iterations a date has above a base, or is to have where it has none yet: repairs add none."""
    next_base = min((one.iteration for one in bases_of(day.root, day.date) if one.iteration > base), default=None)
    there = [place.version.iteration for place in places_of(day.root, day.date)]
    newest = max((number for number in there if next_base is None or number < next_base), default=base)
    return newest - base if newest > base else day.iterations


def _tell(faults: Sequence[Fault]) -> None:
    for line in dict.fromkeys(f"{fault.error.where}: {fault.error.problem}" for fault in faults):
        say(f"  damaged: {line}")


def _tasks(day: DailyDiscovery, faults: Sequence[Fault]) -> list[DiscoveryTask]:
    made_by_runs = [fault for fault in faults if fault.dataset in SPECS]
    for name in dict.fromkeys(fault.dataset for fault in faults if fault.dataset and fault.dataset not in SPECS):
        say(f"  {name} is made by no run, so that none makes it again: publish it, or load it, as at first")
    return list(dict.fromkeys(_task(day, fault, fault.version) for fault in made_by_runs if fault.version))


def _task(day: DailyDiscovery, fault: Fault, version: Version) -> DiscoveryTask:
    task, of_iteration = task_of(SPECS[fault.dataset]), {"iteration": version.iteration}
    is_iterated = issubclass(task, IterationTask)
    base = base_below(day.root, version) if is_iterated else version.iteration
    if not fault.tier:
        return day.sibling(task, base=base, **(of_iteration if is_iterated else {}))
    load = LOADS[fault.tier]
    if version == day.version and base == day.base and fault.dataset in datasets_of(fault.tier):
        return day.sibling(load, **of_iteration)  # which the day needs itself
    if not is_iterated:
        of_iteration = {"iteration": base + day.iterations}
    return day.sibling(load, base=base, dataset=fault.dataset, **of_iteration)
