"""A plan as it is written: in a TOML file, in JSON, or as a mapping that a request brings. Nothing is known of stores.

What is checked here is the form: which keys there are, of which types, how large it is. Whether it can run is found
by `serving.plans.compiling`. However a plan is written, equal plans have one digest: blanks, comments, and a list in
place of a single name make no difference. The order of steps, lists and settings does, as answers are in that order.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from serving.errors import PlanError
from serving.plans.limits import LIMITS, Limits
from serving.plans.parameters import Parameter, check_declared
from serving.plans.plan_values import converted, shown_value
from storage_tiers.bounded_files import read_bounded, words_of_unreadable

LONGEST_DEADLINE_MS = 60_000
LONGEST_NAME = 64  # characters
SUFFIX = ".toml"
_NAME: Final = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_NAMES_ARE: Final = f"names begin with a letter and have up to {LONGEST_NAME} letters, digits, _ and -"
_NOT_SETTINGS: Final = ("do", "from")
_DIGEST_BYTES: Final = 16
_NOT_FINITE: Final = (float("inf"), float("-inf"))
_WHOLE_NUMBERS: Final = range(-(2**63), 2**64)
_TOO_DEEP: Final = "it is nested too deep"


class WrittenStep(msgspec.Struct, frozen=True):
    """One step: what it is called, which processor it is, from which steps or ports it takes, what it is told."""

    name: str
    do: str
    takes_from: tuple[str, ...]
    settings: dict[str, object]


class WrittenPlan(msgspec.Struct, frozen=True):
    """A plan of the right form, which may still be one that can't run.

    ``answer`` has the name and the step, or port, of each list.
    """

    about: str
    deadline_ms: int | None
    parameters: dict[str, Parameter]
    steps: tuple[WrittenStep, ...]
    answer: tuple[tuple[str, str], ...]
    digest: str = ""


class _Form(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The keys of a plan."""

    steps: dict[str, dict[str, object]]
    answer: list[str] | dict[str, str]
    about: str = ""
    deadline_ms: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DEADLINE_MS)] | None = None
    parameters: dict[str, dict[str, object]] = {}


class _StepForm(msgspec.Struct, rename={"takes_from": "from"}, frozen=True):
    """The keys that every step has; all others are settings of its processor."""

    do: str
    takes_from: str | list[str] = []


def read_plan_file(path: Path, limits: Limits = LIMITS) -> WrittenPlan:
    """Return the plan of a TOML file; it is called what the file is, without ``.toml``.

    Raises PlanError if it can't be read, is no TOML, or is no plan. The message begins with the path.
    """
    where = str(path)
    if path.suffix != SUFFIX or not is_name(path.stem):
        raise PlanError(f"it can't be the file of a plan, which is called NAME{SUFFIX}; {_NAMES_ARE}", where=where)
    try:
        read = read_bounded(path)
    except OSError as error:
        raise PlanError(f"it can't be read ({words_of_unreadable(error)})", where=where) from None
    return read_toml(read, where, limits)


def read_toml(text: bytes, where: str, limits: Limits = LIMITS) -> WrittenPlan:
    """Return the plan of a text in TOML; see `read_plan`."""
    _check_size(len(text), where, limits)
    try:
        read = tomllib.loads(text.decode())
        _check_plain(read, where)
    except UnicodeDecodeError as error:
        raise PlanError(f"it is no UTF-8: byte {error.start:,} is wrong", where=where) from None
    except RecursionError:
        raise PlanError(_TOO_DEEP, where=where) from None
    except PlanError:
        raise
    except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
        raise PlanError(f"it is no TOML: {error}", where=where) from None
    return _plan_of(read, where)


def read_plan(plan: bytes | Mapping[str, object], where: str, limits: Limits = LIMITS) -> WrittenPlan:
    """Return the plan of a text in JSON, or of a mapping that was read already.

    Parameters
    ----------
    plan
        As text, or as a table.
    where
        What messages call it: a file, or the plan of a request.
    limits
        Of which `plan_bytes` bounds its length; that of a mapping is what it has as JSON.

    Raises
    ------
    PlanError
        If it is too long, or no plan.

    Examples
    --------
    >>> plan = {"steps": {"rows": {"do": "fetch", "dataset": "board_joins", "keys": [7]}}, "answer": ["rows"]}
    >>> read_plan(plan, "of the request").steps[0].settings
    {'dataset': 'board_joins', 'keys': [7]}
    >>> read_plan(plan | {"anwser": ["rows"]}, "of the request")
    Traceback (most recent call last):
    serving.errors.PlanError: of the request: there is no setting 'anwser' (did you mean answer?); there are steps, \
answer, about, deadline_ms, parameters
    """
    text = plan if isinstance(plan, bytes) else _as_json(plan, where)
    _check_size(len(text), where, limits)
    try:
        read = msgspec.json.decode(text)  # of a mapping too: what it holds is plain then, and nobody else's
    except msgspec.DecodeError as error:
        raise PlanError(f"it is no JSON: {error}", where=where) from None
    except RecursionError:
        raise PlanError(_TOO_DEEP, where=where) from None
    return _plan_of(read, where)


def is_name(text: str) -> bool:
    """Return whether a plan, a step or a list of an answer may be called so.

    Examples
    --------
    >>> is_name("related_pins"), is_name("related pins"), is_name("cut.kept")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None


def _as_json(values: object, where: str) -> bytes:
    try:
        return msgspec.json.encode(values)
    except RecursionError:
        raise PlanError(_TOO_DEEP, where=where) from None
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        raise PlanError("it has a value that JSON has no form for", where=where) from None


def _check_size(n_bytes: int, where: str, limits: Limits) -> None:
    if n_bytes > limits.plan_bytes:
        raise PlanError(f"it has {n_bytes:,} bytes; at most {limits.plan_bytes:,} are allowed", where=where)


def _plan_of(read: object, where: str) -> WrittenPlan:
    form = converted(read, _Form, where)
    parameters = {name: _parameter(name, values, where) for name, values in form.parameters.items()}
    steps = tuple(_step(name, values, where) for name, values in form.steps.items())
    written = WrittenPlan(form.about, form.deadline_ms, parameters, steps, _answer(form, where))
    canonical = _as_json(written, where)
    digest = hashlib.blake2b(canonical, digest_size=_DIGEST_BYTES).hexdigest()
    return msgspec.structs.replace(written, digest=digest)


def _parameter(name: str, values: dict[str, object], where: str) -> Parameter:
    if len(name) > LONGEST_NAME:
        raise PlanError(f"{shown_value(name)} is no name of a parameter; it is too long", where=where)
    parameter = converted(values, Parameter, f"{where}, parameter {name}")
    check_declared(name, parameter, where)
    return parameter


def _step(name: str, values: dict[str, object], where: str) -> WrittenStep:
    if not is_name(name):
        raise PlanError(f"{shown_value(name)} is no name of a step; {_NAMES_ARE}", where=where)
    form = converted(values, _StepForm, f"{where}, step {name}")
    takes_from = (form.takes_from,) if isinstance(form.takes_from, str) else tuple(form.takes_from)
    settings = {key: value for key, value in values.items() if key not in _NOT_SETTINGS}
    return WrittenStep(name, form.do, takes_from, settings)


def _answer(form: _Form, where: str) -> tuple[tuple[str, str], ...]:
    """Return name and step of each list of the answer; one that is named as the step is, or that has its own name."""
    if isinstance(form.answer, list):
        twice = [name for name, count in Counter(form.answer).items() if count > 1]
        if twice:
            raise PlanError(f"its answer names {shown_value(twice[0])} twice", where=where)
        return tuple((name, name) for name in form.answer)
    odd = [name for name in form.answer if not is_name(name)]
    if odd:
        raise PlanError(f"{shown_value(odd[0])} is no name of a list of the answer; {_NAMES_ARE}", where=where)
    return tuple(form.answer.items())


def _check_plain(value: object, where: str) -> None:
    """Refuse what TOML has and JSON hasn't, so that every plan can be sent in a request as well."""
    if isinstance(value, dict):
        for inside in value.values():
            _check_plain(inside, where)
    elif isinstance(value, list):
        for inside in value:
            _check_plain(inside, where)
    elif not isinstance(value, str | int | float) or value in _NOT_FINITE or value != value:  # noqa: PLR0124 - not a number
        raise PlanError(
            f"{value} stands for a value that plans can't have: texts, numbers, true and false", where=where
        )
    elif isinstance(value, int) and value not in _WHOLE_NUMBERS:
        raise PlanError(f"it has {shown_value(value)}; whole numbers of plans are of 64 bits", where=where)
