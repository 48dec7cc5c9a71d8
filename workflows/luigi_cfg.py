"""``luigi.cfg`` as Luigi reads it, and what a run that people trust every night needs of Luigi's own settings.

Luigi's defaults make a failed run exit 0 and let a task succeed that made only half of its output. The shipped file
sets what is right; this module sets the same wherever that file is not in the working folder. Whatever a file says
goes before.
"""

import configparser
import sys
from typing import NamedTuple

from joins.errors import DiscoveryError

USAGE, ALREADY_RUNNING, MISSING_INPUT, NOT_RUN, FAILED, SCHEDULING_FAILED, UNHANDLED = 2, 10, 20, 25, 30, 35, 40
OTHER_INPUT = 21  # of our own commands: what is published was made from other input, or with other settings

try:  # Luigi reads the file while it is imported, so what can't be read at all is met here, by whoever comes first
    from luigi.configuration import get_config
except (configparser.Error, UnicodeDecodeError) as error:
    sys.stderr.write(f"error: luigi.cfg can't be read: {' '.join(str(error).split())}; mend that line\n")
    sys.exit(USAGE)


class SettingsError(DiscoveryError, ValueError):
    """A setting, parameter or option that doesn't exist, or a value it can't have."""


class LuigiSetting(NamedTuple):
    """A setting of Luigi's own that differs from Luigi's default, and why."""

    section: str
    name: str
    value: str
    why: str = ""


LUIGI_SETTINGS = (
    LuigiSetting("core", "autoload_range", "true", "RangeDaily and its kin by name, without a module."),
    LuigiSetting("retcode", "already_running", str(ALREADY_RUNNING), "Luigi's own defaults let failed runs exit 0."),
    LuigiSetting("retcode", "missing_data", str(MISSING_INPUT)),
    LuigiSetting("retcode", "not_run", str(NOT_RUN)),
    LuigiSetting("retcode", "task_failed", str(FAILED)),
    LuigiSetting("retcode", "scheduling_error", str(SCHEDULING_FAILED)),
    LuigiSetting("retcode", "unhandled_exception", str(UNHANDLED)),
    LuigiSetting(
        "worker", "check_complete_on_run", "true", "A task that says it succeeded must have made all of its output."
    ),
    LuigiSetting(
        "worker",
        "keep_alive",
        "false",
        "A failed task ends the run at once; the next run goes on from there. true: it is tried again in the same run.",
    ),
    LuigiSetting("scheduler", "retry_count", "3", "With keep_alive: attempts at a task, and the seconds between them."),
    LuigiSetting("scheduler", "retry_delay", "60"),
)


def ship_luigi_settings() -> None:
    """Set what a configuration file leaves open."""
    config = get_config()  # type: ignore[no-untyped-call]
    for setting in LUIGI_SETTINGS:
        if not config.has_option(setting.section, setting.name):
            config.set(setting.section, setting.name, setting.value)


def read_setting(section: str, name: str) -> str | None:
    """Return the text of a setting, None where no file has it.

    Raises SettingsError if its text refers to a setting that isn't there: a single ``%`` does.
    """
    try:
        text: str | None = get_config().get(section, name, None)  # type: ignore[no-untyped-call]
    except configparser.Error as error:
        problem = f"{name} can't be read: {' '.join(str(error).split())}"
        raise SettingsError(problem, where=f"luigi.cfg [{section}]", remedy="write % as %%") from None
    return text


def names_in(section: str) -> list[str]:
    """Return the names that a file sets in a section."""
    config = get_config()  # type: ignore[no-untyped-call]
    found = config.options(section) if config.has_section(section) else []
    return sorted(set(found) - set(config.defaults()))
