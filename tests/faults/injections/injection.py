"""A fault that is injected, other than a kill: its cases, and how one of them is tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault.

    Attributes
    ----------
    name
        Its row of the table.
    cases
        What each case is, in words.
    try_case
        Tries one of them by its number and fills the outcome.
    """

    name: str
    cases: Sequence[str]
    try_case: Callable[[Workshop, int, Outcome], None]

    def attempt(self, workshop: Workshop, number: int) -> Outcome:
        """Try a case."""
        outcome = Outcome(self.name, self.cases[number])
        self.try_case(workshop, number, outcome)
        return outcome
