"""Section ``[daily]``: what the job of every night waits for, how long, and what it keeps of its runs."""

import re
from typing import Final

from workflows.parameters import TEXT, Allowed, between, one_of
from workflows.settings.setting import NATURAL, Setting

_DAILY = "daily"
_TIME = re.compile(r"|([01]\d|2[0-3]):[0-5]\d")

MARKER: Final = "success_marker"
QUIET: Final = "quiet"
MARKER_OR_QUIET: Final = "marker_or_quiet"


def _read_time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return text


DAYS_AGO = Setting(
    "days_ago",
    0,
    NATURAL,
    "which date a run without --date is about: today in UTC (0), yesterday (1), ...",
    "days",
    section=_DAILY,
    significant=False,
)
COMPLETE_WHEN = Setting(
    "complete_when",
    MARKER_OR_QUIET,
    one_of(MARKER, QUIET, MARKER_OR_QUIET),
    "what tells that a raw table is complete: the file _SUCCESS in its folder of the date, or that nothing in that "
    "folder changed for quiet_s, or whichever comes first",
    section=_DAILY,
    significant=False,
)
QUIET_S = Setting(
    "quiet_s",
    60.0,
    between(0.0),
    "time without a change after which a raw table is complete, as seen from one look to the next",
    "seconds",
    section=_DAILY,
    significant=False,
)
POLL_S = Setting(
    "poll_s", 10.0, between(0.1), "time between two looks at the input", "seconds", section=_DAILY, significant=False
)
LATE_AT = Setting(
    "late_at",
    "06:00",
    Allowed(_read_time, "a time of the day in UTC as HH:MM, or empty"),
    "when an input that still isn't there is told, once a date; on the day of the date or days_ago later; empty: never",
    section=_DAILY,
    significant=False,
)
GIVE_UP_AFTER_S = Setting(
    "give_up_after_s",
    43_200,
    NATURAL,
    "longest time to wait for the input; 0 means no limit",
    "seconds",
    section=_DAILY,
    significant=False,
)
LOG_FOLDER = Setting(
    "log_folder",
    "",
    TEXT,
    "folder of the logs and summaries of runs; empty: _runs in the output folder",
    section=_DAILY,
    significant=False,
)
KEEP_RUNS = Setting(
    "keep_runs",
    400,
    between(1),
    "so many logs and summaries stay, the newest; older ones are removed",
    section=_DAILY,
    significant=False,
)
