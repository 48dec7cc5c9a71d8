"""Many inputs at all doors, on every core: dealt out in lots, each tried in a process that may crash or hang."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from tests.fuzzing.attempts import try_door
from tests.fuzzing.door import Attempts, Door, Fault
from tests.fuzzing.every_door import DOORS

LOT_INPUTS = 2_000
_LOT_S = 30.0  # that the inputs of a lot may take about
_OTHER_SEEDS = 1_000_003
_TOLD_EVERY = 20  # a line for each such part of all inputs
CRASHED = "the process crashed"


class Lot(NamedTuple):
    """So many inputs of a door, which follow from their seed."""

    door: str
    n_inputs: int
    seed_number: int


@dataclass(slots=True)
class Campaign:
    """What came of all inputs, by door."""

    seed_number: int
    found: Path
    attempts: dict[str, Attempts] = field(default_factory=dict)
    n_inputs: int = 0
    n_tried: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def progress(self) -> str:
        """Return how far it is, where another twentieth of all inputs is through; else nothing."""
        with self._guard:
            n_tried = sum(made.n_tried for made in self.attempts.values())
            is_further = n_tried * _TOLD_EVERY // self.n_inputs > self.n_tried * _TOLD_EVERY // self.n_inputs
            self.n_tried = n_tried
        return f"{n_tried:,} of {self.n_inputs:,} tried" if is_further else ""

    def known(self, door: str) -> dict[str, Fault]:
        """Return the faults that were met at a door."""
        with self._guard:
            return dict(self.attempts[door].faults) if door in self.attempts else {}

    def add(self, made: Attempts) -> int:
        """Add what came of a lot; return how many inputs were tried."""
        with self._guard:
            whole = self.attempts.setdefault(made.door, Attempts(made.door))
            whole.n_tried += made.n_tried
            whole.n_succeeded += made.n_succeeded
            whole.seconds += made.seconds
            for refusal, n in made.refusals.items():
                whole.refusals[refusal] = whole.refusals.get(refusal, 0) + n
            for kind, fault in made.faults.items():
                if kind in whole.faults:
                    whole.faults[kind].n_met += fault.n_met
                else:
                    whole.faults[kind] = fault
        return made.n_tried


def run_campaign(
    n_inputs: int,
    seed_number: int,
    n_workers: int,
    found: Path,
    doors: Sequence[Door[Any]] = DOORS,
    report: Callable[[str], None] = print,
) -> Campaign:
    """Try so many inputs at some doors, dealt out by their shares; the same seed, the same inputs.

    Parameters
    ----------
    n_inputs
        How many, at all doors together; each has one at least.
    seed_number
        Other inputs for another number.
    n_workers
        Processes beside each other.
    found
        The folder for the smallest input of each fault.
    doors
        Which doors.
    report
        Takes a line now and then.

    Returns
    -------
    Campaign
    """
    campaign = Campaign(seed_number, found, n_inputs=n_inputs)
    lots: SimpleQueue[Lot] = SimpleQueue()
    for lot in _lots(n_inputs, seed_number, doors):
        lots.put(lot)
    workers = [threading.Thread(target=_work, args=(campaign, lots, report)) for _ in range(n_workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return campaign


def _lots(n_inputs: int, seed_number: int, doors: Sequence[Door[Any]]) -> list[Lot]:
    """Return the lots of all doors in turn, so that what is known of a door grows early."""
    shares = sum(door.share for door in doors)
    lots: list[tuple[int, Lot]] = []
    for door in doors:
        n_left = max(1, n_inputs * door.share // shares)
        size = max(1, min(LOT_INPUTS, round(_LOT_S * door.a_second)))
        lots += [
            (number, Lot(door.name, min(size, n_left - number * size), seed_number * _OTHER_SEEDS + number))
            for number in range(-(-n_left // size))
        ]
    return [lot for _, lot in sorted(lots, key=lambda entry: entry[0])]


def _work(campaign: Campaign, lots: "SimpleQueue[Lot]", report: Callable[[str], None]) -> None:
    pool = _pool()
    try:
        while True:
            try:
                lot = lots.get_nowait()
            except Empty:
                return
            n_left, seed_number = lot.n_inputs, lot.seed_number
            while n_left > 0:
                try:
                    made = pool.submit(
                        try_lot, lot.door, n_left, seed_number, campaign.known(lot.door), campaign.found
                    ).result()
                except BrokenProcessPool:
                    pool = _pool()
                    made = _crash(lot, n_left, seed_number, campaign.found)
                for kind in made.faults.keys() - campaign.known(lot.door).keys():
                    report(f"{lot.door}: {kind}")
                n_left, seed_number = n_left - max(1, campaign.add(made)), seed_number + 7_919
                if progress := campaign.progress():
                    report(progress)
    finally:
        pool.shutdown()


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"))


def try_lot(door: str, n_inputs: int, seed_number: int, known: Mapping[str, Fault], found: Path) -> Attempts:
    """Try the inputs of a lot, in the process that is asked."""
    by_name = {one.name: one for one in DOORS}
    return try_door(by_name[door], n_inputs, seed_number, known, found)


def _crash(lot: Lot, n_inputs: int, seed_number: int, found: Path) -> Attempts:
    """Return a crash as a fault: the lot by its numbers, for only the dead process knew the input."""
    made = Attempts(lot.door, n_tried=n_inputs)
    repeat = f"try_lot({lot.door!r}, {n_inputs}, {seed_number}, {{}}, Path({str(found)!r}))"
    made.faults[CRASHED] = Fault(lot.door, CRASHED, f"fuzzing.campaign.{repeat}", repeat)
    return made
