"""``interest-graph daily``: a date's run as a timer starts it, with nobody looking.

It takes the date's lock, waits for the input, runs the day, and leaves a log and a summary. However it ends, it says
one line last, and tells people what they asked to be told.
"""

import datetime as dt
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from joins.errors import DiscoveryError, RawInputError
from storage_tiers.stores.local_home import local_home
from workflows import luigi_cfg
from workflows.commands.days.run import day_to_run, reads_raw_input, run_day
from workflows.daily import DailyDiscovery
from workflows.notices.configured_notices import Notices
from workflows.notices.notice import Event, Notice, is_asked_for
from workflows.operations.input_state import look_at_input
from workflows.operations.interruption import BY_CTRL_C, last_words
from workflows.operations.readiness import InputNotCompleteError
from workflows.operations.run_lock import RUNS_FOLDER, AlreadyRunningError, day_locked, runs_folder
from workflows.operations.run_log import RunLog, keep_newest, logged
from workflows.operations.run_notes import Failure, RunNotes, noted
from workflows.operations.run_summary import GOOD, RunSummary, had_trouble, outcome_of
from workflows.operations.waiting import Patience, wait_for_input
from workflows.progress import heard_by, say, say_error
from workflows.settings import of_daily as settings

_LATE_TOLD = "late-told"
_LAST_NOTICE_S = 0.9  # of an interrupted run
_COMMAND = "daily"


def date_of_today() -> dt.date:
    """Return the date that a run is about which is given none: today in UTC, or ``days_ago``.

    Raises SettingsError if that is before the calendar begins.
    """
    today = dt.datetime.now(dt.UTC).date()
    try:
        return today - dt.timedelta(days=settings.DAYS_AGO.value())
    except OverflowError:
        raise luigi_cfg.SettingsError(
            f"days_ago is {settings.DAYS_AGO.value()}; no calendar has that date", where="luigi.cfg [daily]"
        ) from None


def refuse_far(date: dt.date) -> None:
    """Raise SettingsError for a date after tomorrow, whose input nobody can have; it may be tomorrow in a zone."""
    today = dt.datetime.now(dt.UTC).date()
    if (date - today).days > 1:
        raise luigi_cfg.SettingsError(
            f"date {date} is still to come: today is {today} in UTC", remedy="give a date up to tomorrow"
        )


@dataclass(slots=True)
class DailyRun:
    """One run of ``daily``, from its start to its last line."""

    day: DailyDiscovery
    notices: Notices
    waits: bool = True
    verbose: bool = False
    as_json: bool = False
    notes: RunNotes = field(default_factory=RunNotes)
    is_late: bool = False
    was_complete: bool = False
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    _began_s: float = field(default_factory=time.monotonic)
    _log: str = ""  # where it lies; empty where it can't be written

    @property
    def folder(self) -> Path:
        """Where logs and summaries lie, a folder a date."""
        return Path(settings.LOG_FOLDER.value() or local_home(self.day.root) / RUNS_FOLDER)

    def run(self) -> int:
        """Run the day and return the exit code."""
        log = RunLog(self.folder.absolute(), self.day.date, self.started)
        self._log = "" if log.problem else str(log.path)
        had_failed = had_trouble(log.path.parent)
        with logged(log):
            with last_words(lambda code, say_last: self._interrupted(code, log, say_last)):
                code = self._attempt(log.write)
            summary = self._summary(code, log)
            self._keep(summary, log)
            for event in _events(summary, self.notices.on, had_failed=had_failed):
                self._tell(event, summary, say)
            if self.as_json:
                self._print(summary)
            say(summary.line)
        return code

    def _attempt(self, write: Callable[[str], None]) -> int:
        """Run the day, and turn whatever happens into an exit code, with an error of one line."""
        try:
            with day_locked(self.day.root, self.day.date), noted(self.notes), heard_by(self.notes.hear):
                return self._run_locked()
        except AlreadyRunningError as error:
            return self._failed(error, luigi_cfg.ALREADY_RUNNING)
        except InputNotCompleteError as error:
            return self._failed(error, luigi_cfg.MISSING_INPUT)
        except RawInputError as error:
            return self._failed(error, luigi_cfg.FAILED)
        except (DiscoveryError, OSError) as error:
            return self._failed(error, luigi_cfg.USAGE)
        except Exception as error:  # noqa: BLE001 - a fault of ours: nobody looks at night, so it is told like others
            write(traceback.format_exc())
            return self._failed(error, luigi_cfg.UNHANDLED)

    def _run_locked(self) -> int:
        day = day_to_run(self.day)
        if self.waits and reads_raw_input(day):
            self._say_if_to_come()
            what = f"the input of date={day.date}"
            wait_for_input(lambda: look_at_input(day), Patience.configured(day.date), self._tell_late, what)
        self.was_complete = day.complete()
        return run_day(self.day, verbose=self.verbose)

    def _say_if_to_come(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        if self.day.date > today:
            say(f"date={self.day.date} is still to come: today is {today} in UTC")

    def _tell_late(self, missing: str) -> None:
        """Tell that the input is late, once a date, whichever run waits for it."""
        self.is_late = True
        now = f"{dt.datetime.now(dt.UTC):%H:%M}"  # later than late_at where the run began later
        say(f"still not there at {now} UTC: {missing}")
        told = runs_folder(self.day.root, self.day.date) / _LATE_TOLD
        try:
            told.touch(exist_ok=False)
        except FileExistsError:
            return
        except OSError as error:  # told once too often rather than not at all
            say(f"warning: {told} can't be written: {error.strerror}")
        subject = f"{_COMMAND} date={self.day.date}: the input is still not there at {now} UTC"
        about = {
            "command": _COMMAND,
            "date": self.day.date.isoformat(),
            "outcome": "late",
            "missing": missing,
            "log": self._log,
        }
        log = (f"log: {self._log}",) if self._log else ()
        lines = (*missing.split("; "), "the run goes on waiting", *log)
        self.notices.send(Notice("late", subject, lines, about), say)

    def _summary(self, code: int, log: RunLog) -> RunSummary:
        outcome = outcome_of(code, was_complete=self.was_complete)
        why = Failure("") if outcome in (*GOOD, "interrupted") else self.notes.why()
        return RunSummary(
            command=_COMMAND,
            date=self.day.date,
            iterations=self.day.iterations,
            started=self.started,
            ended=dt.datetime.now(dt.UTC),
            wall_s=time.monotonic() - self._began_s,
            exit_code=code,
            outcome=outcome,
            late=self.is_late,
            published=tuple(self.notes.published),
            warnings=tuple(self.notes.warnings),
            failed_task=why.task,
            error=why.problem,
            remedy=why.remedy,
            log="" if log.problem else str(log.path),
        )

    def _keep(self, summary: RunSummary, log: RunLog) -> None:
        """Write the summary beside the log, and remove what is older than the newest runs."""
        if log.problem:
            say(f"warning: {log.problem}")
        try:
            summary.write(log.path.with_suffix(".json"))
            keep_newest(self.folder, settings.KEEP_RUNS.value())
        except OSError as error:
            where = error.filename or log.path.parent
            say(f"warning: {where}: {error.strerror or error}; the summary isn't kept, or older ones stay")

    def _tell(self, event: Event, summary: RunSummary, say_it: Callable[[str], None], within_s: float = 0.0) -> None:
        lines = (*summary.warnings, *(line for line in (summary.error, summary.remedy) if line))
        log = (f"log: {summary.log}",) if summary.log else ()
        notice = Notice(event, summary.subject, (*lines, *log), summary.as_dict(), opening=summary.words)
        self.notices.send(notice, say_it, within_s)

    def _print(self, summary: RunSummary) -> None:
        try:
            sys.stdout.write(summary.as_json().decode() + "\n")
            sys.stdout.flush()
        except OSError as error:  # whoever read it is gone; the run is what it is
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            say(f"warning: the summary can't be printed: {error.strerror}")

    def _interrupted(self, code: int, log: RunLog, say_last: Callable[[str], None]) -> None:
        """Leave behind, in a second, what a run leaves."""
        summary = self._summary(code, log)
        with suppress(OSError):
            summary.write(log.path.with_suffix(".json"))
        if code != BY_CTRL_C:  # of which somebody knows: who pressed Ctrl-C
            self._tell("failure", summary, say_last, _LAST_NOTICE_S)
        if self.as_json:
            os.write(1, summary.as_json() + b"\n")
        log.write(summary.line)
        say_last(summary.line)

    def _failed(self, error: Exception, code: int) -> int:
        failure = Failure.of(error)
        self.notes.failures.append(failure)
        say_error(failure)
        return code


def _events(summary: RunSummary, asked: tuple[str, ...], *, had_failed: bool) -> Iterator[Event]:
    """Yield what people may want to be told of a run that ended by itself.

    A date that is there again and has warnings is told once: the notice of its coming has the warnings.
    """
    is_recovered = summary.outcome in GOOD and (had_failed or summary.late)
    if summary.outcome not in (*GOOD, "already_running"):
        yield "failure"
    if summary.warnings and not (is_recovered and is_asked_for("recovered", asked)):
        yield "warning"
    if is_recovered:
        yield "recovered"
    elif summary.outcome == "done":
        yield "success"
