"""The table at the end: a row for each scenario and fault, and a line for each trial that went wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.outcome import Outcome

_MESSAGE_CHARACTERS = 110


@dataclass(slots=True)
class Row:
    """What came of the trials of one kind."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, attribute: str) -> int:
        """Count the trials with nothing in one of the lists of an outcome, such as ``unequal``."""
        return sum(not getattr(outcome, attribute) for outcome in self.outcomes)


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """Gather outcomes by their rows, by name."""
    rows: dict[str, Row] = {}
    for outcome in outcomes:
        rows.setdefault(outcome.row, Row(outcome.row)).outcomes.append(outcome)
    return [rows[name] for name in sorted(rows)]


def lines_of(outcomes: Sequence[Outcome], n_steps: Mapping[str, int]) -> Iterator[str]:
    """Yield the table, then what went wrong."""
    titles = ("trials", "injected", "survived", "old reads", "never half", "equal")
    yield f"{'what was done':40}" + "".join(f"{title:>11}" for title in titles) + "  message"
    for row in [*rows_of(outcomes), Row("all", list(outcomes))]:
        numbers = (
            len(row.outcomes),
            sum(outcome.injected for outcome in row.outcomes),
            sum(outcome.is_good for outcome in row.outcomes),
            *(row.count(attribute) for attribute in ("old_reads", "half_seen", "unequal")),
        )
        told = next((outcome.message for outcome in row.outcomes if outcome.message), "") if row.name != "all" else ""
        yield f"{row.name:40}" + "".join(f"{n:11,}" for n in numbers) + f"  {told[:_MESSAGE_CHARACTERS]}"
    n_looks = sum(outcome.n_looks for outcome in outcomes)
    yield f"a reader looked at everything {n_looks:,} times meanwhile"
    if n_steps:
        yield "steps of the file system: " + ", ".join(f"{n:,} of {name}" for name, n in n_steps.items())
    for outcome in outcomes:
        if not outcome.is_good:
            yield f"\n{outcome.row}: {outcome.what}"
            yield from (f"  {fault}" for fault in outcome.faults[:12])
            yield f"  {outcome.folder}"
