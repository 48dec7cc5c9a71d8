"""Checks in Python: a function that is called with the version that is about to be published.

It takes a `workflows.checks.staged.StagedDataset` and, if it has a second argument, the published `Dataset` of an
earlier date, or None. It returns what is wrong: nothing or True where all is well; else False, a text or several, or a
`Check`, whose level is that of the section.
"""

import importlib
import inspect
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

import numpy as np

from storage_tiers.versioned.manifest import Check
from workflows.checks.check_kinds import Level
from workflows.checks.own.queries import time_left_s
from workflows.checks.staged import StagedDataset
from workflows.luigi_cfg import SettingsError

Returned = Check | bool | str | Iterable[str] | None
OwnFunction = Callable[..., Returned]
_MOST_ARGUMENTS = 2
_MAY_RETURN = "a check returns nothing or True where all is well, else False, a text, several texts, or a Check"


def function_of(named: str, where: str) -> OwnFunction:
    """Import the function that ``module:function`` names.

    Raises SettingsError if there is no such module or function, or it can't be called with one or two arguments.
    """
    module_name, _, name = named.partition(":")
    if not (module_name and name):
        raise SettingsError(f"function is {named!r}; it must be module:function", where=where)
    try:
        module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a module of others does while it is imported
        problem = f"module {module_name} can't be imported: {_said(error)}"
        raise SettingsError(problem, where=where, remedy="mend it, or put its folder on PYTHONPATH") from None
    function = getattr(module, name, None)
    if not callable(function):
        there = ", ".join(each for each in vars(module) if callable(getattr(module, each)) and each[0] != "_")
        raise SettingsError(f"module {module_name} has no function {name}; it has: {there or 'none'}", where=where)
    if not _n_arguments(function):
        raise SettingsError(f"{named} must take the staged dataset, and perhaps the one before", where=where)
    return cast("OwnFunction", function)


def outcome_of_function(function: OwnFunction, name: str, level: Level, staged: StagedDataset) -> Check:
    """Call a function and return its check; one that ends with an exception has failed.

    What ends the task itself goes through: Ctrl-C, and the alarm of ``task_timeout_s``.
    """
    given, had_alarm = (staged, staged.before)[: _n_arguments(function)], time_left_s() > 0
    try:
        return _as_check(function(*given), name, level)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a function of others does, sys.exit as well, is its answer
        if had_alarm and not time_left_s():  # it rang
            raise
        return Check(name, passed=False, detail=f"it ended with {_said(error)}{_place(error)}", level=level)


def _as_check(returned: object, name: str, level: Level) -> Check:
    if isinstance(returned, Check):
        return replace(returned, name=name, level=level, detail=_printable(returned.detail))
    if returned is None or isinstance(returned, bool | np.bool_):
        passed = returned is None or bool(returned)
        return Check(name, passed, "it says so" if passed else "it returned False", level)
    if not isinstance(returned, Iterable):
        return Check(
            name, passed=False, detail=f"it returned {_printable(repr(returned)[:80])}; {_MAY_RETURN}", level=level
        )
    problems = [returned] if isinstance(returned, str) else [str(problem) for problem in returned]
    if not any(problems):
        return Check(name, passed=True, detail="no problems", level=level)
    more = f" (and {len(problems) - 1:,} more)" if problems[1:] else ""
    return Check(name, passed=False, detail=f"{_printable(problems[0])}{more}", level=level)


def _n_arguments(function: OwnFunction) -> int:
    """Return how many of the two arguments a function takes; 0 if it can't be called with them."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # of some functions that aren't written in Python
        return 1
    for n in range(_MOST_ARGUMENTS, 0, -1):
        try:
            signature.bind(*range(n))
        except TypeError:
            continue
        return n
    return 0


def _printable(text: str) -> str:
    """Return a text in one line, with what a terminal would obey as escapes: it may hold data of strangers."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _said(error: BaseException) -> str:
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - an exception of others that can't say what it is
        said = ""
    return _printable(" ".join(f"{type(error).__name__}: {said}".split()))


def _place(error: BaseException) -> str:
    """Say where an exception came from: the line that a person would look at."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f" ({last.filename}, line {last.lineno})"
