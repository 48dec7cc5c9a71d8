"""``interest-graph stale``: what was made from other input, settings or code than there are now, and what to do."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from joins.shown_text import shown_as_json
from storage_tiers.errors import VersionNotFoundError
from storage_tiers.versioned.versions import check_root
from workflows.backfills.asked_dates import AskedDates
from workflows.daily import DailyDiscovery, command_name, options_of
from workflows.staleness.changes import Changes, DatasetVersion, changes_of
from workflows.staleness.derived_from import children_of, derived_from, named
from workflows.staleness.published import REMADE, Published, Serving

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class StaleDate:
    """A date some of whose versions are stale; ``later`` are versions of other dates that derive from these."""

    date: dt.date
    serving: Serving
    changes: Changes
    derived: tuple[DatasetVersion, ...]
    later: tuple[DatasetVersion, ...]
    n_bytes: int
    rebuild: str  # the command

    def lines(self) -> Iterator[str]:
        """Say what changed, what derives from it, and what a rebuild would make anew."""
        state = "" if self.serving.is_finished else ", which isn't finished,"
        yield f"date={self.date} iteration={self.serving.last}{state} is stale"
        for change in self.changes.changes:
            yield f"  {change.kind + ':':<9}{change.what}  [{named(change.made)}]"
        yield f"  derived: {named(self.derived) or 'nothing'}"
        if self.later:
            dates = sorted({made.version.date for made in self.later})
            span = f"{dates[0]}" if len(dates) == 1 else f"{len(dates):,} dates, {dates[0]} to {dates[-1]}"
            yield f"  of {span}: {named(self.later)}; a rebuild of this date leaves them, and what they are made from"
        if self.changes.gone:
            yield f"  rebuild: not possible, as raw {', '.join(self.changes.gone)} are gone"
            return
        iterations = max(1, self.serving.n_iterations)
        yield (
            f"  rebuild: all {len(REMADE)} datasets as iterations {self.serving.newest + 1} to "
            f"{self.serving.newest + 1 + iterations}, {self.n_bytes / _MB:,.1f} MB now; "
            "signatures and group ids of pictures are taken over"
        )
        yield f"    {self.rebuild}"


@dataclass(frozen=True, slots=True)
class Staleness:
    """What is stale of some dates; ``unknown`` says of which dates something isn't recorded."""

    output: str
    n_dates: int
    stale: tuple[StaleDate, ...]
    unknown: dict[dt.date, tuple[str, ...]]
    rebuild_all: str  # the command

    def lines(self) -> Iterator[str]:
        """Say all of it, a paragraph a date."""
        for one in self.stale:
            yield from one.lines()
        for why in dict.fromkeys(why for reasons in self.unknown.values() for why in reasons):
            of = [date for date, reasons in self.unknown.items() if why in reasons]
            yield f"{len(of):,} of {self.n_dates:,} dates (first: {of[0]}): {why}, so that they can't be compared"
        if self.stale[1:]:
            yield f"rebuild all that can be: {self.rebuild_all}"
        yield f"{len(self.stale):,} of {self.n_dates:,} dates under {self.output} are stale"

    def as_json(self) -> str:
        """Return all of it as JSON."""
        return shown_as_json(self)


def staleness_of(
    any_day: DailyDiscovery, start: dt.date | None, stop: dt.date | None, *, every_byte: bool = False
) -> Staleness:
    """Look at the dates from start to stop, both included, or at all; reads each manifest once.

    `any_day` has the input, output and settings of now, whatever its date.

    Raises SettingsError if start is later than stop, and VersionNotFoundError if nothing is published of these dates.
    """
    if start and stop:
        AskedDates.refuse_reversed(start, stop)
    check_root(any_day.root)
    published = Published(any_day.root)
    dates = [date for date in published.dates if (start or date) <= date <= (stop or date)]
    if not dates:
        raise VersionNotFoundError(
            f"nothing is published from {start or 'the first date'} to {stop or 'the last'}",
            where=str(any_day.root),
            remedy=_what_is_there(published.dates),
        )
    compared = {date: changes_of(day_of(any_day, date, published), published, every_byte=every_byte) for date in dates}
    children = children_of(published, dates) if any(one.changes for one in compared.values()) else {}
    stale = [
        _stale_date(any_day, published, date, changes, derived_from(changes.made, children))
        for date, changes in compared.items()
        if changes.changes
    ]
    unknown = {date: changes.unknown for date, changes in compared.items() if changes.unknown}
    options = options_of(output=any_day.output_root, input_root=any_day.input_root, iterations=any_day.iterations)
    span = f"--start {dates[0]} --stop {dates[-1]}"
    rebuild_all = f"{command_name()} backfill {span} --force-stale{options}"
    return Staleness(str(any_day.root), len(dates), tuple(stale), unknown, rebuild_all)


def day_of(any_day: DailyDiscovery, date: dt.date, published: Published) -> DailyDiscovery:
    """Return the same day of another date, under its newest base."""
    serving = published.serving(date)
    base = serving.base if serving else 0
    return any_day.clone(DailyDiscovery, date=date, base=base)  # type: ignore[no-any-return,no-untyped-call]


def _stale_date(
    any_day: DailyDiscovery, published: Published, date: dt.date, changes: Changes, derived: set[DatasetVersion]
) -> StaleDate:
    serving = published.serving(date) or Serving(0, 0, is_finished=False, newest=0)
    iterations = serving.n_iterations or any_day.iterations
    options = options_of(output=any_day.output_root, input_root=any_day.input_root, iterations=iterations)
    here, later = _split(derived, date)
    rebuild = f"{command_name()} rebuild --date {date}{options}"
    return StaleDate(date, serving, changes, here, later, published.n_bytes(date), rebuild)


def _split(made: set[DatasetVersion], date: dt.date) -> tuple[tuple[DatasetVersion, ...], tuple[DatasetVersion, ...]]:
    ordered = sorted(made, key=lambda one: (one.version, one.dataset))
    here = tuple(one for one in ordered if one.version.date == date)
    return here, tuple(one for one in ordered if one.version.date != date)


def _what_is_there(dates: Sequence[dt.date]) -> str:
    if not dates:
        return "begin with interest-graph run"
    return f"{len(dates):,} dates are, from {dates[0]} to {dates[-1]}"
