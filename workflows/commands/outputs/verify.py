"""``interest-graph verify``: every byte of what is published and loaded, compared with what was written.

It only reads; ``interest-graph run --repair`` makes again what it finds, and each line says so with the right date.
"""

import datetime as dt
from dataclasses import dataclass

from storage_tiers.errors import DatasetError, VersionNotFoundError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import VersionPlace, check_root
from workflows.retention.pins import pins_and_problems
from workflows.tasks.faults import Fault, bytes_told, places_of, published_faults, sorted_obstacles, tier_faults
from workflows.tasks.lost_datasets import lost_datasets


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    output: Root
    places: list[VersionPlace]
    faults: list[Fault]

    @property
    def lines(self) -> list[str]:
        """A line for each thing that is wrong; what a tier and the published files say alike is said once."""
        return list(dict.fromkeys(map(str, self.faults)))

    def __str__(self) -> str:
        n_datasets = len({place.dataset for place in self.places})
        if self.faults and not self.places:
            return f"{len(self.lines):,} in the way under {self.output}; what else is wrong is told once they are moved"
        looked_at = f"{len(self.places):,} versions of {n_datasets:,} datasets under {self.output}, and the tiers"
        n_lines = len(self.lines)
        return f"{looked_at}: " + (f"{n_lines:,} wrong" if n_lines else "every byte is as it was written")


def verify_output(output: Root, date: dt.date | None = None) -> Verified:
    """Look at every byte under an output folder, or at those of a date.

    Raises VersionNotFoundError if there is no such folder, or nothing of that date in it.
    """
    in_the_way, of_dates = sorted_obstacles(output, date)
    if in_the_way:
        return Verified(output, [], [*in_the_way, *of_dates])
    check_root(output)
    places = places_of(output, date)
    if date and not places:
        dates = sorted({str(place.version.date) for place in places_of(output)})
        remedy = f"dates there: {', '.join(dates[-5:]) or 'none'}"
        raise VersionNotFoundError(f"there is no version of date={date}", where=str(output), remedy=remedy)
    with bytes_told(output, date) as on_bytes:
        faults = [
            *of_dates,
            *published_faults(output, date, every_byte=True, on_bytes=on_bytes),
            *lost_datasets(output, date),
            *(Fault(DatasetError(problem), "", None) for problem in pins_and_problems(output)[1]),
            *tier_faults(output, date, every_byte=True, on_bytes=on_bytes),
        ]
    return Verified(output, places, faults)
