"""What an answer must be, and a count of those that weren't.

Every row says which version it is of, and a number that follows from key and version. Of an answer to several keys all
rows must be of one version; keys that every version has must be there, and others must not.
"""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

from storage_tiers.reading import Row

DATASET, KEY, OF_ITERATION = "switched", "key", "of_iteration"
DATE = dt.date(2026, 11, 20)
GAP_S = 1.0  # without an answer: what a service would notice
_FACTOR = 1_000_003


def number_of(key: int, iteration: int) -> int:
    """Return the number that stands in the row of a key in an iteration."""
    return key * _FACTOR + iteration


def row_of(key: int, iteration: int) -> Row:
    """Return the row of a key in an iteration."""
    return {KEY: key, OF_ITERATION: iteration, "number": number_of(key, iteration)}


@dataclass(slots=True)
class Seen:
    """What somebody saw who looked rows up."""

    n_batches: int = 0
    n_gets: int = 0
    n_switches: int = 0
    n_wrong: int = 0  # of another key or with another number, or where there is no such key
    n_missing: int = 0
    n_mixed: int = 0  # answers of more than one version
    n_errors: int = 0
    n_gaps: int = 0  # times of more than `GAP_S` without an answer
    longest_pause_ms: float = 0.0  # from one answer to the next
    quantiles_us: tuple[float, ...] = ()  # P50, P99, P99.9 of a lookup
    iteration: int = 0  # of the last answer
    first_error: str = ""
    answered_at: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether every answer was right, and there were some."""
        return self.n_batches > 0 and not (self.n_wrong or self.n_missing or self.n_mixed or self.n_errors)

    def check(self, keys: Sequence[int], absent: Sequence[int], rows: Sequence[Row | None]) -> None:
        """Check the rows of keys that there are, followed by those of keys that there aren't."""
        there, others = rows[: len(keys)], rows[len(keys) :]
        found = [(key, row) for key, row in zip(keys, there, strict=True) if row is not None]
        iterations = {row[OF_ITERATION] for _, row in found}
        wrong = [row for key, row in found if row != row_of(key, int(str(row[OF_ITERATION])))]
        self.n_batches += 1
        self.n_gets += len(rows)
        self.n_missing += len(keys) - len(found)
        self.n_mixed += len(iterations) > 1
        self.n_wrong += len(wrong) + sum(row is not None for row in others) + (len(rows) != len(keys) + len(absent))
        newest = max((int(str(iteration)) for iteration in iterations), default=self.iteration)
        self.n_switches += self.iteration not in {0, newest}
        self.iteration = newest
        self._note_answer()

    def note_error(self, error: Exception) -> None:
        """Count a question that had no answer."""
        self.n_errors += 1
        self.first_error = self.first_error or str(error)

    def _note_answer(self) -> None:
        now = time.perf_counter()
        pause_s = now - self.answered_at if self.answered_at else 0.0
        self.answered_at = now
        self.n_gaps += pause_s > GAP_S
        self.longest_pause_ms = max(self.longest_pause_ms, 1_000 * pause_s)
