"""``luigi.cfg`` as Luigi reads it, and what a run that people trust every night needs of Luigi's own settings.

Luigi's defaults make a failed run exit 0 and let a task succeed that made only half of its output. The shipped file
sets what is right; this module sets the same wherever that file is not in the working folder. Whatever a file says
goes before.
"""

import configparser
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from workflows.config_files import LUIGI_VARIABLES, SettingsError, read_config_files

__all__ = [
    "LUIGI_SETTINGS",
    "LuigiSetting",
    "SettingsError",
    "names_for_all",
    "names_in",
    "read_again",
    "read_setting",
    "sections_there",
    "ship_luigi_settings",
    "texts_in_force",
    "where_of",
    "where_set",
]

USAGE, ALREADY_RUNNING, MISSING_INPUT, NOT_RUN, FAILED, SCHEDULING_FAILED, UNHANDLED = 2, 10, 20, 25, 30, 35, 40
OTHER_INPUT = 21  # of our own commands: what is published was made from other input, or with other settings
PIPE_CLOSED = 141  # of our own commands: nobody reads on what is printed, as the shell has it of other programs
BY_PROGRAM = "set by the program"  # in the memory of this process, by Python
_OF_ENVIRONMENT = re.compile(r"\$\{([^}]+)\}")  # as Luigi finds it in a value

files = read_config_files()


@contextmanager
def _read_by_luigi() -> Iterator[None]:
    """Let Luigi be imported, which reads the files then: none of them where one is faulty.

    That would be a trace, even of ``--help``. Whoever asks for a setting afterwards is told the fault.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Config file does not exist")  # an error, or a variable that is empty
        if not files.faults:
            yield
            return
        for name in LUIGI_VARIABLES:
            os.environ.pop(name, None)
        read = configparser.RawConfigParser.read
        configparser.RawConfigParser.read = lambda *_given, **_more: []  # type: ignore[method-assign]
        try:
            yield
        finally:
            configparser.RawConfigParser.read = read  # type: ignore[method-assign]


with _read_by_luigi():
    from luigi.configuration import LuigiConfigParser, get_config


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


def read_again() -> None:
    """Read all files anew, as a process that starts now would."""
    global files  # noqa: PLW0603 - as Luigi's own are: one configuration a process
    files = read_config_files()
    LuigiConfigParser._config_paths = [one.path for one in files.in_order]  # noqa: SLF001 - there is no other way
    LuigiConfigParser._instance = None  # noqa: SLF001 - as above
    with _read_by_luigi():
        get_config()  # type: ignore[no-untyped-call]
    ship_luigi_settings()


def texts_in_force() -> dict[str, dict[str, str]]:
    """Return every text that a file or the program sets, by section and name, and the variables these refer to.

    What is equal to it later says that no setting has changed meanwhile.
    """
    config = get_config()  # type: ignore[no-untyped-call]
    names = [configparser.DEFAULTSECT, *config.sections()]
    texts = {name: dict(config.items(name, raw=True)) for name in names}
    said = "".join(text for section in texts.values() for text in section.values())
    return texts | {"": {name: os.environ.get(name, "") for name in _OF_ENVIRONMENT.findall(said)}}


def read_setting(section: str, name: str) -> str | None:
    """Return the text of a setting, None where no file has it.

    Raises SettingsError if a file can't be read, or if the text refers to a setting or variable that isn't there.
    """
    for fault in files.faults:
        raise fault
    try:
        text: str | None = get_config().get(section, name, None)  # type: ignore[no-untyped-call]
    except configparser.Error as error:
        problem = f"{name} can't be read: {' '.join(str(error).split())}"
        variable = "environment variable" in problem
        remedy = "set that variable, or write the value itself" if variable else "write % as %%"
        raise SettingsError(problem, where=where_of(section, name), remedy=remedy) from None
    return text


def where_set(section: str, name: str) -> str:
    """Return the file and line that a setting comes from, and the variable in it; empty where no file sets it."""
    found = files.last_with(section, name, name.replace("_", "-"))
    config = get_config()  # type: ignore[no-untyped-call]
    if found and (found[1] == section or config.has_section(section)):  # [DEFAULT] is read for sections that are there
        one, where, written = found
        variables = "".join(f", with ${each}" for each in _OF_ENVIRONMENT.findall(one.values[where, written]))
        return f"{one.path}:{one.lines[where, written]}{variables}"
    return BY_PROGRAM if config.has_option(section, name) else ""


def where_of(section: str, name: str = "") -> str:
    """Return what stands in front of an error about a setting, or about a section: file, line and section."""
    line = where_set(section, name) if name else _line_of_section(section)
    return f"{line or 'luigi.cfg'} [{section}]"


def _line_of_section(section: str) -> str:
    lines = (f"{one.path}:{one.sections[section]}" for one in reversed(files.in_order) if section in one.sections)
    return next(lines, "")


def sections_there() -> list[str]:
    """Return the names of the sections that some file has."""
    sections: list[str] = get_config().sections()  # type: ignore[no-untyped-call]
    return sections


def names_for_all() -> list[str]:
    """Return the names that a file sets in ``[DEFAULT]``."""
    return sorted(get_config().defaults())  # type: ignore[no-untyped-call]


def names_in(section: str) -> list[str]:
    """Return the names that a file or the program sets in a section itself, not in ``[DEFAULT]`` alone."""
    config = get_config()  # type: ignore[no-untyped-call]
    found = config.options(section) if config.has_section(section) else []
    in_files = {name for one in files.in_order for where, name in one.lines if where == section}
    return sorted(in_files | set(found) - set(config.defaults()))
