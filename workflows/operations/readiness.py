"""Whether the input of a date is complete, decided from what was seen of it: no clock, no files.

Only what changes from one look to the next counts as a change. Times of files are never compared with a clock of ours:
the clock of a file server may be minutes off, and copies keep the times of what they were copied from.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from joins.errors import RawInputError
from joins.shown_text import count_text
from workflows.settings.of_daily import MARKER, MARKER_OR_QUIET, QUIET

# Name, bytes, time of the last change, and number on its disk, or the e-tag of an object.
FileStamp = tuple[str, int, int, int | str]


@dataclass(frozen=True, slots=True)
class TableSeen:
    """What one look saw of the folder of a raw table.

    ``n_files`` counts those with rows, ``unfinished`` names what somebody is still writing, ``problem`` says why the
    folder couldn't be looked into.
    """

    folder: str
    is_there: bool = True
    stamps: tuple[FileStamp, ...] = ()
    n_files: int = 0
    has_marker: bool = False
    unfinished: str = ""
    problem: str = ""

    @property
    def obstacle(self) -> str:
        """Why the table can't be complete, however long it has been so; empty if nothing speaks against it."""
        if self.problem or not self.is_there:
            return self.problem or f"no folder {self.folder}"
        if self.unfinished:
            return f"{self.unfinished} is still being written in {self.folder}"
        return "" if self.n_files else f"no Parquet file in {self.folder}"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a table is complete, as ``[daily]`` says it."""

    complete_when: str = MARKER_OR_QUIET
    quiet_s: float = 60.0

    def why_not(self, seen: TableSeen, unchanged_s: float) -> str:
        """Return why a table isn't complete yet that has looked the same for so long; empty if it is.

        Examples
        --------
        >>> rule = Rule("quiet", 60.0)
        >>> rule.why_not(TableSeen("input/pins", n_files=2), 12.0)
        '2 files, not yet unchanged for 60 s'
        >>> rule.why_not(TableSeen("input/pins", n_files=2), 61.0)
        ''
        """
        is_marked = seen.has_marker and self.complete_when in (MARKER, MARKER_OR_QUIET)
        is_quiet = unchanged_s >= self.quiet_s and self.complete_when in (QUIET, MARKER_OR_QUIET)
        if seen.obstacle or is_marked or is_quiet:
            return seen.obstacle
        files = count_text(seen.n_files, "file")
        wanted = {
            MARKER: f"no _SUCCESS in {seen.folder}",
            QUIET: f"not yet unchanged for {self.quiet_s:g} s",
            MARKER_OR_QUIET: f"no _SUCCESS, not yet unchanged for {self.quiet_s:g} s",
        }
        return f"{files}, {wanted[self.complete_when]}"


class Watch:
    """Remembers since when each table has looked as it does."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._since: dict[str, tuple[TableSeen, float]] = {}

    def why_not(self, tables: Mapping[str, TableSeen], now_s: float) -> dict[str, str]:
        """Take note of a look at all tables; return why some aren't complete, by name. Empty: the input is complete.

        `now_s` are seconds of a clock that nobody sets.
        """
        for name, seen in tables.items():
            before = self._since.get(name)
            if before is None or before[0] != seen:
                self._since[name] = (seen, now_s)
        reasons = {name: self._rule.why_not(seen, now_s - self._since[name][1]) for name, seen in tables.items()}
        return {name: reason for name, reason in reasons.items() if reason}


class InputNotCompleteError(RawInputError):
    """Nobody brought the rest of the input in time."""
