"""``interest-graph backfill``: many dates in one command: a plan first, then its dates, then one report.

Nothing is kept of where it was: what is published says what is left to do, so the same command goes on after whatever
ended it.
"""

import datetime as dt
import sys
import time

import msgspec

from joins.errors import DiscoveryError
from storage_tiers.stores.local_home import local_home
from workflows.backfills.asked_dates import AskedDates, said_dates
from workflows.backfills.outcomes import Outcome, Report, left_alone, print_plan, print_report, with_sizes
from workflows.backfills.plan import Plan
from workflows.backfills.planning import make_plan
from workflows.backfills.run_dates import DateRunner
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import MISSING_INPUT
from workflows.operations.interruption import last_words
from workflows.operations.run_lock import RUNS_FOLDER
from workflows.output_console import output_console
from workflows.progress import say, say_error
from workflows.staleness.published import Published

REPORT_NAME = "report.json"


def backfill(
    any_day: DailyDiscovery,
    asked: AskedDates,
    *,
    plan_only: bool = False,
    force_stale: bool = False,
    n_jobs: int = 0,
    as_json: bool = False,
) -> int:
    """Build what isn't there of the dates and return the exit code, the worst of theirs.

    `any_day` has the input, output and settings, whatever its date.

    Raises SettingsError if a date is still to come, or so many jobs don't fit the memory of the machine.
    """
    asked.refuse_coming(dt.datetime.now(dt.UTC).date())
    plan = make_plan(any_day, asked, force_stale=force_stale, n_jobs=n_jobs)
    if plan.has_nothing:
        say_error(
            f"there is no raw input under {any_day.input_root} for any date from {asked.start} to {asked.stop}; "
            "bring it with 'interest-graph import', or name another folder with --input"
        )
        return MISSING_INPUT
    if not as_json:
        with output_console() as console:
            print_plan(plan, console)
    elif plan_only:
        print(msgspec.json.format(msgspec.json.encode(plan), indent=2).decode())
    if plan_only:
        return 0 if plan.to_do else max(left_alone(one).code for one in plan.dates)
    report = BackfillRun(plan, any_day, as_json=as_json).run()
    if as_json or plan.to_do:
        _show(report, as_json=as_json)
    return report.code


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(report.as_json(), flush=True)
        return
    with output_console() as console:
        print_report(report, console)
    sys.stdout.flush()  # an interrupted process ends without that


class BackfillRun:
    """One run of a plan: its folder of logs, what became of its dates so far, and its report."""

    def __init__(self, plan: Plan, any_day: DailyDiscovery, *, as_json: bool = False) -> None:
        self._plan, self._any_day, self._as_json = plan, any_day, as_json
        self._started_at, self._began_s = dt.datetime.now(dt.UTC), time.monotonic()
        self._outcomes: list[Outcome] = [left_alone(one) for one in plan.dates if one.action == "leave"]
        self._folder = local_home(any_day.root) / RUNS_FOLDER / f"backfill-{self._started_at:%Y-%m-%dT%H%M%S.%fZ}"

    def run(self) -> Report:
        """Run the dates and write the report; one that is interrupted writes and prints one as well."""
        if not self._plan.to_do:
            return self._report([])
        self._folder.mkdir(parents=True)
        runner = DateRunner(self._plan, self._any_day, self._folder, self._note)
        say(f"{said_dates(len(self._plan.to_do))} to run; logs and report: {self._folder}")

        def leave_report(code: int, _say: object) -> None:
            report = self._report(runner.stopped(code))
            self._write(report)
            _show(report, as_json=self._as_json)

        with last_words(leave_report):
            runner.run()
        report = self._report([])
        self._write(report)
        return report

    def _note(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        to_do = {one.date for one in self._plan.to_do}
        n_done = sum(one.date in to_do for one in self._outcomes)
        seconds = "" if outcome.seconds is None else f" in {outcome.seconds:,.1f} s"
        why = f": {outcome.why}" if outcome.why else ""
        say(f"  {outcome.date} {outcome.result}{seconds} ({n_done:,} of {len(to_do):,}){why}")

    def _report(self, stopped: list[Outcome]) -> Report:
        root = self._any_day.root
        outcomes = [*self._outcomes, *stopped]
        try:
            outcomes = list(with_sizes(outcomes, Published(root)))
        except DiscoveryError as error:  # without sizes, then; what became of the dates is told all the same
            say_error(error)
        seconds = round(time.monotonic() - self._began_s, 1)
        return Report(str(self._plan.asked), str(root), self._started_at, seconds, tuple(outcomes))

    def _write(self, report: Report) -> None:
        (self._folder / REPORT_NAME).write_text(report.as_json() + "\n", encoding="utf-8")
