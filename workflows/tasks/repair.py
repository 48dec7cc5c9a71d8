"""Which tasks make again what a date has lost: they are asked for by version, whatever the date's day would need.

A day that is finished asks for its last iteration alone, and takes what that was made from for granted.
"""

from collections.abc import Iterator
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.registry import open_tier
from storage_tiers.versioned.verification import settle
from workflows.daily import DailyDiscovery
from workflows.origins.bases import base_below
from workflows.progress import say
from workflows.tasks.base import DiscoveryTask, IterationTask
from workflows.tasks.derived import task_of
from workflows.tasks.faults import Fault, bytes_told, places_of, published_faults, tier_faults
from workflows.tasks.tiers import LOADS, SPECS, ReceiptTarget, datasets_of


def tasks_of_lost(day: DailyDiscovery) -> list[DiscoveryTask]:
    """Return the tasks that make again what is missing, of another size, or known to be damaged; each is told."""
    return _tasks(day, [*published_faults(day.root, day.date), *tier_faults(day.root, day.date)])


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
        faults += tier_faults(day.root, day.date, every_byte=True, on_bytes=on_bytes)
    for fault in faults:
        if fault.tier and fault.version:
            receipt = ReceiptTarget(open_tier(fault.tier, day.root), fault.dataset, fault.version)
            Path(receipt.path).unlink(missing_ok=True)
    return _tasks(day, faults)


def iterations_above(day: DailyDiscovery, base: int) -> int:
    """Return how many iterations a date has above a base, or is to have where it has none yet: repairs add none."""
    newest = max((place.version.iteration for place in places_of(day.root, day.date)), default=base)
    return newest - base if newest > base else day.iterations


def _tasks(day: DailyDiscovery, faults: list[Fault]) -> list[DiscoveryTask]:
    for line in dict.fromkeys(f"  {fault.error.where}: {fault.error.problem}" for fault in faults):
        say(line)
    return list(dict.fromkeys(task for fault in faults for task in _task(day, fault)))


def _task(day: DailyDiscovery, fault: Fault) -> Iterator[DiscoveryTask]:
    if fault.version is None:
        return
    if fault.dataset not in SPECS:
        raise DatasetError(
            f"{fault.dataset} is made by no run, so none can make it again",
            remedy="publish it as it was published first",
        )
    task, iteration = task_of(SPECS[fault.dataset]), fault.version.iteration
    is_iterated = issubclass(task, IterationTask)
    base = base_below(day.root, fault.version) if is_iterated else iteration
    if fault.tier:
        dataset = {} if fault.dataset in datasets_of(fault.tier) else {"dataset": fault.dataset}
        last = iteration if is_iterated else base + day.iterations
        yield day.sibling(LOADS[fault.tier], base=base, iteration=last, **dataset)
    else:
        yield day.sibling(task, base=base, **({"iteration": iteration} if is_iterated else {}))
