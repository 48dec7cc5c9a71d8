"""Parameters of tasks that refuse what Luigi's own would accept: loose dates, iteration 0, a damping of 2."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import luigi

from joins.engine.mrjob.engine import RUNNERS as MRJOB_RUNNERS
from workflows.settings import SettingsError

IN_PROCESS = "in_process"  # the runner that isn't one of mrjob's: threads of the process that runs the task
RUNNERS = (IN_PROCESS, *MRJOB_RUNNERS)
ON_DRIVER, ON_ENGINE = "driver", "engine"
MAX_DISTANCE_BITS = 64
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_date(text: str) -> dt.date:
    """Parse a date, strictly ``YYYY-MM-DD``.

    Examples
    --------
    >>> parse_date("2026-11-20")
    datetime.date(2026, 11, 20)
    >>> parse_date("2026-7-1")
    Traceback (most recent call last):
        ...
    workflows.settings.SettingsError: date is '2026-7-1'; it must be a day of the calendar as YYYY-MM-DD
    """
    try:
        if _DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise SettingsError(f"date is {text!r}; it must be a day of the calendar as YYYY-MM-DD")


class SnapshotDateParameter(luigi.DateParameter):
    """The date of a snapshot."""

    def parse(self, value: str) -> dt.date:
        """Parse the text of the command line."""
        return parse_date(value)


class IterationParameter(luigi.IntParameter):
    """The number of an iteration, from 1."""

    def parse(self, value: str) -> int:
        """Parse the text of the command line."""
        if not value.isdecimal() or int(value) < 1:
            raise SettingsError(f"iteration is {value!r}; it must be a whole number from 1")
        return int(value)


class OneOfParameter(luigi.Parameter):
    """One of a few words."""

    def __init__(self, name: str, allowed: Sequence[str], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._name, self._allowed = name, allowed

    def normalize(self, value: Any) -> str:  # noqa: ANN401 - Luigi's own signature
        """Check the word."""
        if value not in self._allowed:
            raise SettingsError(f"{self._name} is {value!r}; allowed: {', '.join(self._allowed)}")
        return str(value)


class DistanceParameter(luigi.IntParameter):
    """A number of bits, up to the quarter of a signature beyond which pictures are no more alike than any two."""

    def normalize(self, value: Any) -> int:  # noqa: ANN401 - Luigi's own signature
        """Check the range."""
        if not 0 <= int(value) <= MAX_DISTANCE_BITS:
            raise SettingsError(f"max_distance is {value}; it must lie between 0 and {MAX_DISTANCE_BITS} bits of 256")
        return int(value)


class ShareParameter(luigi.FloatParameter):
    """A number from 0 to 1."""

    def normalize(self, value: Any) -> float:  # noqa: ANN401 - Luigi's own signature
        """Check the range."""
        share = float(value)
        if not 0 <= share <= 1:
            raise SettingsError(f"{share:g} is given where a share is wanted; it must lie between 0 and 1")
        return share
