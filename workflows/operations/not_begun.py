"""A night that can't begin: a setting that isn't allowed, a file of settings or a secret that can't be read.

There is no run then and no log, so nothing of a run tells people. They are told all the same, through every channel of
``[notices]`` whose own settings are in order, and a summary is left as runs leave one: the next run of the date finds
it, and tells that the date has recovered. Where the file itself can't be read, or the process is killed by ``kill -9``,
no notice goes out: that is for whoever started the process, as ``OnFailure=`` of systemd does.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from joins.errors import DiscoveryError
from storage_tiers.stores.address import root_of
from workflows import settings
from workflows.luigi_cfg import USAGE, SettingsError
from workflows.notices.configured_notices import Notices
from workflows.notices.notice import Notice
from workflows.operations.daily_run import date_of_today
from workflows.operations.run_log import folder_of_runs, run_path
from workflows.operations.run_notes import Failure
from workflows.operations.run_summary import RunSummary
from workflows.progress import say, words_of_system

_COMMAND = "daily"


@contextmanager
def told_if_not_begun(options: Mapping[str, object]) -> Iterator[None]:
    """Tell people of an error of the block, which goes on to whoever prints it.

    `options` are those of `daily` that could be read so far, by name. Who tries the notices sees the error.
    """
    try:
        yield
    except BrokenPipeError:  # somebody looked, and stopped
        raise
    except (DiscoveryError, OSError) as error:
        if not options.get("test_notices"):
            summary = _summary(error, _date_of(options.get("date")))
            _tell(summary)
            _keep(summary, options.get("output_root"))
        raise


def _date_of(given: object) -> dt.date:
    """Return the date that the run was to be about; today, where the setting that says so is what is wrong."""
    if isinstance(given, dt.date):
        return given
    try:
        return date_of_today()
    except SettingsError:
        return dt.datetime.now(dt.UTC).date()


def _summary(error: DiscoveryError | OSError, date: dt.date) -> RunSummary:
    why = Failure.of(error) if isinstance(error, DiscoveryError) else Failure(words_of_system(error))
    now = dt.datetime.now(dt.UTC)
    return RunSummary(
        command=_COMMAND,
        date=date,
        iterations=None,
        started=now,
        ended=now,
        wall_s=0.0,
        exit_code=USAGE,
        outcome="failed",
        late=False,
        published=(),
        warnings=(),
        failed_task="",
        error=why.problem,
        remedy=why.remedy,
        log="",
    )


def _tell(summary: RunSummary) -> None:
    """Send a notice that no run was begun, and why; say why a channel couldn't be used, unless that is the error."""
    notices, problems = Notices.usable()
    error = str(Failure(summary.error, remedy=summary.remedy))
    for problem in dict.fromkeys(map(str, problems)):
        if problem != error:
            say(f"warning: no notice goes this way: {problem}")
    lines = tuple(filter(None, (summary.error, summary.remedy, "nothing was built, and there is no log of it")))
    subject, opening = f"{_COMMAND}: not begun: {summary.error}", f"{_COMMAND}: not begun, exit code {USAGE}"
    notices.send(Notice("failure", subject, lines, summary.as_dict(), opening=opening), say)


def _keep(summary: RunSummary, output: object) -> None:
    """Leave the summary where runs of the date leave theirs."""
    try:
        folder = folder_of_runs(root_of(str(output or settings.OUTPUT.value())))
        summary.write(run_path(folder, summary.date, summary.started, ".json"))
    except SettingsError:  # luigi.cfg can't be read, so that no notice went out either
        return
    except OSError as problem:
        say(f"warning: {words_of_system(problem)}; no summary is kept, so that no notice will tell of a recovery")
