"""What a clean lets go: all before a date, or all but so many of the newest dates and of the iterations of each.

A rule only says what it lets go of a dataset, published or in a tier. What stays all the same, because it serves, is
pinned, is being read or is needed, the plan decides (`workflows.retention.clean_plan`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from storage_tiers.versioned.versions import Version
from workflows.settings.of_retention import Kept

Ordered = TypeVar("Ordered", dt.date, int)


class Rule(Protocol):
    """Says which versions may go."""

    def lets_go(self, there: Iterable[Version], sound: Iterable[Version], dataset: str, tier: str = "") -> set[Version]:
        """Return which versions of a dataset may go, of those that are there.

        Only the sound ones count as kept: a damaged one takes no place away from one that can be read.
        """

    @property
    def beyond(self) -> str:
        """What it lets go, as words behind "is"."""

    @property
    def within(self) -> str:
        """What it keeps, as words behind "versions"."""


@dataclass(frozen=True, slots=True)
class OldDates:
    """Lets go what is older than a date."""

    before: dt.date

    def lets_go(self, there: Iterable[Version], sound: Iterable[Version], dataset: str, tier: str = "") -> set[Version]:  # noqa: ARG002 - the same for all
        """Return the versions of earlier dates."""
        return {version for version in there if version.date < self.before}

    @property
    def beyond(self) -> str:
        """What it lets go."""
        return f"older than {self.before}"

    @property
    def within(self) -> str:
        """What it keeps."""
        return f"from {self.before} on"


@dataclass(frozen=True, slots=True)
class NewestOnes:
    """Lets go all but so many of the newest dates, and all but so many of the newest iterations of each.

    Examples
    --------
    >>> from workflows.settings.of_retention import read_kept
    >>> friday, saturday = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
    >>> there = [Version(friday, 1), Version(saturday, 1), Version(saturday, 2)]
    >>> rule = NewestOnes(dates=read_kept("2"), iterations=read_kept("1"))
    >>> sorted(map(str, rule.lets_go(there, there, "pin_joins")))
    ['date=2026-11-21 iteration=1']
    >>> rule.beyond
    'beyond keep_dates = 2, keep_iterations = 1'
    """

    dates: Kept
    iterations: Kept

    def lets_go(self, there: Iterable[Version], sound: Iterable[Version], dataset: str, tier: str = "") -> set[Version]:
        """Return the versions of older dates than those that are kept, and the older iterations of these."""
        by_date: dict[dt.date, list[int]] = defaultdict(list)
        for version in sound:
            by_date[version.date].append(version.iteration)
        first_date = _first_kept(by_date, self.dates.number_of(dataset, tier))
        n_iterations = self.iterations.number_of(dataset, tier)
        first = {date: _first_kept(numbers, n_iterations) for date, numbers in by_date.items()}
        return {
            version
            for version in there
            if (first_date is not None and version.date < first_date)
            or version.iteration < (first.get(version.date) or 0)
        }

    @property
    def beyond(self) -> str:
        """What it lets go."""
        return f"beyond {self.words}"

    @property
    def within(self) -> str:
        """What it keeps."""
        return f"within {self.words}"

    @property
    def words(self) -> str:
        """The settings that say so."""
        return f"keep_dates = {self.dates}, keep_iterations = {self.iterations}"

    @property
    def keeps_all(self) -> bool:
        """Whether it lets nothing go."""
        return self.dates.is_all and self.iterations.is_all


def first_of(n_days: int, last: dt.date) -> dt.date:
    """Return the first of so many days up to a date, or the first of the calendar where there aren't so many."""
    return dt.date.fromordinal(max(1, last.toordinal() - n_days + 1))


def _first_kept(ones: Iterable[Ordered], n_kept: int) -> Ordered | None:
    """Return the first of the newest so many; None where all are kept."""
    newest = sorted(set(ones), reverse=True)[:n_kept]
    return newest[-1] if newest else None
