"""What became of each date of a backfill, and the one report of it: a table, JSON, a file."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workflows.backfills.asked_dates import said_dates
from workflows.backfills.plan import Plan, PlannedDate
from workflows.catalog import FACTS
from workflows.luigi_cfg import ALREADY_RUNNING, MISSING_INPUT, NOT_RUN, OTHER_INPUT
from workflows.staleness.published import Published

Result = Literal["complete", "failed", "held back", "interrupted", "stale", "no input", "running"]
_LEFT: dict[str, tuple[Result, int]] = {
    "complete": ("complete", 0),
    "stale": ("stale", OTHER_INPUT),
    "no input": ("no input", MISSING_INPUT),
    "running": ("running", ALREADY_RUNNING),
}
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a date. ``code`` is that of its run, or what it stands for; 0 where the date is complete."""

    date: dt.date
    was: str  # the state in the plan
    result: Result
    code: int
    seconds: float | None = None
    n_pins: int | None = None  # accepted
    n_bytes: int | None = None  # of its full versions
    why: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all dates."""

    asked: str
    output: str
    started_at: dt.datetime
    seconds: float
    outcomes: tuple[Outcome, ...]

    @property
    def code(self) -> int:
        """The worst exit code: 0 where every date is complete."""
        return max((one.code for one in self.outcomes), default=0)

    def as_json(self) -> str:
        """Return all of it as JSON."""
        content = msgspec.to_builtins(self) | {"exit_code": self.code}
        return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()

    def total(self) -> str:
        """Count the dates by what became of them."""
        counted = Counter(one.result for one in self.outcomes)
        said = ", ".join(f"{n:,} {result}" for result, n in counted.items())
        return f"{said_dates(len(self.outcomes))}: {said}; {self.seconds:,.1f} s"


def left_alone(planned: PlannedDate) -> Outcome:
    """Return the outcome of a date that nothing is done about."""
    result, code = _LEFT[planned.state]
    return Outcome(planned.date, planned.state, result, code, why=planned.why)


def held_back(planned: PlannedDate, why: str) -> Outcome:
    """Return the outcome of a date that was not begun."""
    return Outcome(planned.date, planned.state, "held back", NOT_RUN, why=why)


def with_sizes(outcomes: Sequence[Outcome], published: Published) -> Iterator[Outcome]:
    """Yield the outcomes by date, with the rows and bytes that serve of each."""
    for one in sorted(outcomes, key=lambda outcome: outcome.date):
        served = published.served(one.date)
        pins = next((manifest.n_rows for manifest in served if manifest.dataset == FACTS.name), None)
        yield replace(one, n_pins=pins, n_bytes=sum(manifest.n_bytes for manifest in served) if served else None)


def print_plan(plan: Plan, console: Console) -> None:
    """Print the dates that were asked for, what is done about each, and the totals."""
    console.print(Text(f"plan: {plan.asked}, under {plan.output}", style="bold"), soft_wrap=True)
    table = _table("date", "state", "to do", "raw MB", "why")
    for one in plan.dates:
        table.add_row(str(one.date), one.state, one.action, f"{one.raw_bytes / _MB:,.1f}", Text(one.why))
    console.print(table)
    for line in plan.lines_after_table():
        console.print(Text(line), soft_wrap=True)


def print_report(report: Report, console: Console) -> None:
    """Print what became of every date, and the total."""
    console.print(Text(f"backfill of {report.asked}, under {report.output}", style="bold"), soft_wrap=True)
    table = _table("date", "was", "outcome", "seconds", "pins", "MB", "why")
    for one in report.outcomes:
        seconds = "" if one.seconds is None else f"{one.seconds:,.1f}"
        pins = "" if one.n_pins is None else f"{one.n_pins:,}"
        size = "" if one.n_bytes is None else f"{one.n_bytes / _MB:,.1f}"
        table.add_row(str(one.date), one.was, one.result, seconds, pins, size, Text(one.why))
    console.print(table)
    console.print(Text(report.total()), soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in columns:
        is_number = column in ("raw MB", "seconds", "pins", "MB")
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    return table
