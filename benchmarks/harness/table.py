"""The printed tables: a row a contender, medians and ratios in columns, and the goals of ours below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.harness.rounds import Standing

Value = Callable[[Standing], float | str | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    head: str  # what stands above it
    of: Value  # a blank cell where it is None
    form: str = ""  # how numbers are written, with their width

    @property
    def width(self) -> int:
        """Characters of a cell."""
        return max(len(self.head), len(format(0.0, self.form)))

    def cell(self, standing: Standing) -> str:
        """Return the cell of a standing."""
        value = self.of(standing)
        told = "" if value is None else value if isinstance(value, str) else format(value, self.form)
        return f"{told:>{self.width}}"


@dataclass(frozen=True, slots=True)
class Table:
    """Groups of columns between bars; a group has a head of its own, which may be empty."""

    groups: Sequence[tuple[str, Sequence[Column]]]

    def print_head(self, label_width: int) -> None:
        """Print the heads of the groups, if there are any, and of the columns."""
        if any(head for head, _ in self.groups):
            print(f"{'':{label_width}} {self._joined(lambda column: ' ' * column.width, heads=True)}".rstrip())
        print(f"{'':{label_width}} {self._joined(lambda column: f'{column.head:>{column.width}}')} result")

    def print_row(self, label: str, standing: Standing) -> None:
        """Print the row of a standing."""
        print(f"{label} {self._joined(lambda column: column.cell(standing))} {standing.result}".rstrip())

    def _joined(self, told: Callable[[Column], str], *, heads: bool = False) -> str:
        cells = [(head, " ".join(map(told, columns))) for head, columns in self.groups]
        return " | ".join(f"{head:>{len(text)}}" if heads else text for head, text in cells) + " |"


def print_table(title: str, standings: Sequence[Standing], table: Table, labels: Sequence[str] = ()) -> None:
    """Print a title, the heads and one row a standing; the labels are the contenders' own if none are given."""
    labels = labels or [standing.contender.label for standing in standings]
    width = max(map(len, labels), default=0)
    print(f"\n{title}")
    table.print_head(width)
    for label, standing in zip(labels, standings, strict=True):
        table.print_row(f"{label:{width}}", standing)


def print_blocks(
    title: str, blocks: Mapping[str, Sequence[Standing]], table_of: Callable[[Sequence[Standing]], Table]
) -> None:
    """Print a title, the heads, and for each block what it is and one row a standing."""
    width = 2 + max(len(standing.contender.label) for standings in blocks.values() for standing in standings)
    print(f"\n{title}")
    table_of(next(iter(blocks.values()))).print_head(width)
    for told, standings in blocks.items():
        print(told)
        for standing in standings:
            table_of(standings).print_row(f"{f'  {standing.contender.label}':{width}}", standing)


def median_of(name: str, unit: float = 1.0) -> Value:
    """Return the value that is the median of a figure, in some unit."""

    def value(standing: Standing) -> float | None:
        found = standing.median(name)
        return None if found is None else found / unit

    return value


def ratio_to(other: Standing, name: str) -> Value:
    """Return the value that is the ratio of a figure's median to that of another standing."""

    def value(standing: Standing) -> float | None:
        here, there = standing.median(name), other.median(name)
        return here / there if here and there else None

    return value


def print_spreads(name: str, told: str, form: str, standings: Sequence[Standing]) -> None:
    """Print the least and the largest value of a figure for all that were run more than once."""
    spreads = []
    for standing in standings:
        found = sorted(standing.each(name))
        if len(found) > 1:
            spreads.append(f"{standing.contender.label} {found[0]:{form}}–{found[-1]:{form}}")
    if spreads:
        print(f"{told}, least–most: " + "; ".join(spreads))


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of a figure of ours, and whether it is met."""

    what: str
    asked: float
    reached: float | None  # None where it wasn't measured
    direction: Literal[">=", "<="] = ">="  # at least or at most
    form: Callable[[float], str] = "{:.3f}".format

    @property
    def verdict(self) -> str:
        """Whether it is met."""
        if self.reached is None:
            return "not measured"
        is_met = self.reached >= self.asked if self.direction == ">=" else self.reached <= self.asked
        return "met" if is_met else "MISSED"


def print_goals(goals: Sequence[Goal]) -> None:
    """Print one line a goal."""
    width = max(len(goal.what) for goal in goals)
    print(f"\nGoals of ours{'':{max(0, width - 11)}}       asked    reached")
    for goal in goals:
        reached = "" if goal.reached is None else goal.form(goal.reached)
        print(f"  {goal.what:{width}}  {goal.direction} {goal.form(goal.asked):>8} {reached:>10}  {goal.verdict}")
