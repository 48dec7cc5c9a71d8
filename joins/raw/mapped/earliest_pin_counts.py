"""How many pins the rule of the earliest pin left out, and whether one time stands on too many of those it found."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values import last_likely_day, time_text

_LEAST_SHARED = 10  # pictures
_LEAST_SHARE = 0.1  # of all pictures whose earliest pin has a time
_TIMES_THE_NEXT = 10  # as many pictures as any other time has


@dataclass(frozen=True, slots=True)
class SharedTime:
    """A time, to the millisecond, that the earliest pins of many pictures share, as those with a filler do.

    ``n_pictures`` of ``n_all`` have it, those counted whose earliest pin has a time.
    """

    time: str
    n_pictures: int
    n_all: int


@dataclass(frozen=True, slots=True)
class EarliestPinCounts:
    """Pins with id and picture, and how many of them have a time that can't be, or none.

    Examples
    --------
    >>> counts = EarliestPinCounts(1000, n_before_1990=2, n_without_time=7, example="pin 17: 1956-03-01 00:00:00.000Z")
    >>> for line in counts.lines(dt.date(2026, 11, 20)):
    ...     print(line)  # doctest: +NORMALIZE_WHITESPACE
    earliest_pin_is_parent: of 1,000 pins, 2 left out (2 before 1990, such as pin 17: 1956-03-01 00:00:00.000Z):
    no pin can have been saved then, so they get no parent and are nobody's parent;
    7 without created_at come last, by pin_id
    """

    n_pins: int = 0
    n_before_1990: int = 0
    n_after_date: int = 0
    n_without_time: int = 0
    example: str = ""  # the first that was left out
    shared: SharedTime | None = None

    def __add__(self, other: "EarliestPinCounts") -> "EarliestPinCounts":
        """Return the counts of both."""
        return EarliestPinCounts(
            self.n_pins + other.n_pins,
            self.n_before_1990 + other.n_before_1990,
            self.n_after_date + other.n_after_date,
            self.n_without_time + other.n_without_time,
            self.example or other.example,
            self.shared or other.shared,
        )

    @property
    def n_left_out(self) -> int:
        """Pins that are no parents and have none, as nobody knows when they were saved."""
        return self.n_before_1990 + self.n_after_date

    def lines(self, date: dt.date, *, ids_are_of_texts: bool = False) -> list[str]:
        """Say what was left out of a snapshot of ``date``, and what has no time, in one line; which time is shared.

        Ids that were made of texts (``as = "id"``) have no order that means something, and the last line says so.
        """
        lines = [*self._left_out_and_untimed(date)]
        if self.shared:
            lines.append(
                f"the earliest pins of {self.shared.n_pictures:,} of {self.shared.n_all:,} pictures have created_at "
                f"{self.shared.time}; if that stands for an unknown time, name it in null_values as the source "
                "writes it"
            )
        if self.n_pins and ids_are_of_texts:
            lines.append(
                "where created_at is equal or missing, the smallest pin_id is the parent; these ids were made of "
                "texts, so this is any of the pins, and not the first one"
            )
        return [f"earliest_pin_is_parent: {line}" for line in lines]

    def _left_out_and_untimed(self, date: dt.date) -> list[str]:
        if self.n_pins and self.n_without_time == self.n_pins:
            return ["no pin has created_at, so the smallest pin_id of a picture is the parent"]
        said = []
        if self.n_left_out:
            late = f"after {last_likely_day(date)}"
            sides = ((self.n_before_1990, "before 1990"), (self.n_after_date, late))
            which = ", ".join(f"{n:,} {side}" for n, side in sides if n)
            said.append(
                f"{self.n_left_out:,} left out ({which}, such as {self.example}): no pin can have been saved "
                "then, so they get no parent and are nobody's parent"
            )
        if self.n_without_time:
            come = "comes" if self.n_without_time == 1 else "come"
            said.append(f"{self.n_without_time:,} without created_at {come} last, by pin_id")
        return [f"of {self.n_pins:,} pins, {'; '.join(said)}"] if said else []


def shared_time(earliest: pa.Table) -> SharedTime | None:
    """Return the time that too many pictures have as their earliest; None if there is none.

    It is one that at least 10 pictures and a tenth of them have, and ten times as many as any other time. Days without
    a clock are shared as well, but by many days alike.

    Examples
    --------
    >>> days = ["2000-01-01"] * 12 + ["2011-04-05", "2011-04-06"]
    >>> shared_time(pa.table({"created_at": pa.array(days).cast(pa.timestamp("ms"))}))
    SharedTime(time='2000-01-01 00:00:00.000', n_pictures=12, n_all=14)
    """
    times = earliest["created_at"].drop_null()
    values, counts = np.unique(pc.cast(times, pa.int64()).to_numpy(), return_counts=True)
    next_most, most = np.sort(np.append(counts, [0, 0]))[-2:].tolist()
    if most < max(_LEAST_SHARED, _LEAST_SHARE * len(times), _TIMES_THE_NEXT * next_most):
        return None
    time = pa.array([values[counts.argmax()]]).cast(times.type)
    return SharedTime(time_text(time), most, len(times))
