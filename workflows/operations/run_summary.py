"""What came out of a run: a word, an exit code, a line for people and JSON for programs."""

import datetime as dt
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from joins.shown_text import count_text
from storage_tiers.bounded_files import UNREADABLE, read_bounded
from workflows import luigi_cfg
from workflows.notices.notice import one_line
from workflows.operations.interruption import EXIT_CODES
from workflows.operations.run_log import files_by_run
from workflows.operations.run_notes import Failure

Outcome = Literal["done", "nothing_to_do", "failed", "input_missing", "input_changed", "already_running", "interrupted"]
GOOD: tuple[Outcome, ...] = ("done", "nothing_to_do")
_WORDS: dict[int, Outcome] = {
    luigi_cfg.MISSING_INPUT: "input_missing",
    luigi_cfg.OTHER_INPUT: "input_changed",
    luigi_cfg.ALREADY_RUNNING: "already_running",
    **dict.fromkeys(EXIT_CODES.values(), "interrupted"),
}


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run that ended, however it did, or that a wrong setting kept from beginning.

    Times are in UTC, ``wall_s`` is in seconds by a clock that nobody sets. ``iterations`` is None where no run began.
    """

    command: str
    date: dt.date
    iterations: int | None
    started: dt.datetime
    ended: dt.datetime
    wall_s: float
    exit_code: int
    outcome: Outcome
    late: bool
    published: tuple[str, ...]
    warnings: tuple[str, ...]
    failed_task: str
    error: str
    remedy: str
    log: str

    @property
    def line(self) -> str:
        """The run in one line, without its error, which was said before, and with the log that has it."""
        return one_line(f"{self.words}; log {self.log}" if self.log else self.words)

    @property
    def subject(self) -> str:
        """The run in one line for who sees nothing else: with its error."""
        begin = f"{self.command} date={self.date}: {self.outcome.replace('_', ' ')}"
        return one_line(f"{begin}: {Failure(self.error, self.failed_task)}" if self.error else self.words)

    @property
    def words(self) -> str:
        """What became of the run, how long it took, and which task failed."""
        begin = f"{self.command} date={self.date}: {self.outcome.replace('_', ' ')}"
        if self.outcome == "nothing_to_do":
            return begin
        if self.outcome == "done":
            n_warnings = f", {count_text(len(self.warnings), 'warning')}" if self.warnings else ""
            return (
                f"{begin} in {self.wall_s:,.1f} s, {count_text(len(self.published), 'version')} published{n_warnings}"
            )
        task = f": {self.failed_task}" if self.failed_task else ""
        return f"{begin} after {self.wall_s:,.1f} s, exit code {self.exit_code}{task}"

    def as_dict(self) -> dict[str, object]:
        """Return the run for programs; texts hold nothing that a terminal obeys."""
        said = msgspec.to_builtins(self)
        escaped = {
            name: [one_line(text) for text in value]
            if isinstance(value, list | tuple)
            else one_line(value)
            if isinstance(value, str)
            else value
            for name, value in said.items()
        }
        return escaped | {"wall_s": round(self.wall_s, 3), "host": socket.gethostname(), "pid": os.getpid()}

    def as_json(self) -> bytes:
        """Return the run as JSON in one line."""
        return msgspec.json.encode(self.as_dict())

    def write(self, path: Path) -> None:
        """Write the JSON, whole or not at all.

        Raises OSError if it can't be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_bytes(self.as_json() + b"\n")
        unfinished.replace(path)


def outcome_of(exit_code: int, *, was_complete: bool) -> Outcome:
    """Return the word for an exit code.

    Examples
    --------
    >>> [outcome_of(code, was_complete=False) for code in (0, 20, 30, 143)]
    ['done', 'input_missing', 'failed', 'interrupted']
    """
    if exit_code == 0:
        return "nothing_to_do" if was_complete else "done"
    return _WORDS.get(exit_code, "failed")


def had_trouble(folder: Path) -> bool:
    """Return whether the newest run of a date, in its folder, didn't end well; one that met another run is no run.

    A run that left a log and no summary was killed, or its machine went down.
    """
    for run in sorted(files_by_run(folder.glob("*-*.*")), reverse=True):
        outcome = _outcome_in(run.with_suffix(".json"))
        if outcome != "already_running":
            return outcome not in GOOD
    return False


def _outcome_in(summary: Path) -> object:
    """Return the outcome that a summary tells, None where there is none that can be read."""
    try:
        return msgspec.json.decode(read_bounded(summary), type=dict[str, object]).get("outcome")
    except UNREADABLE:
        return None
