"""The parameters of a plan: what a request may give, of which type, and what counts where it gives nothing."""

import math
import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from serving.errors import PlanError, RequestError
from serving.plans.plan_values import name_problem, shown_value

ParameterType = Literal["text", "number", "fraction", "truth"]
_PYTHON: Mapping[str, tuple[type, ...]] = {"text": (str,), "number": (int,), "fraction": (float, int), "truth": (bool,)}
_LONGEST_TEXT = 1_000  # characters
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")  # less than Python reads as one: no 1_000, no digits of other scripts
_FRACTION: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")  # as JSON has it
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
_KINDS: Final = {"text": "a text", "number": "a whole number", "fraction": "a number", "truth": "true or false"}


class Parameter(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One parameter, as a plan declares it.

    ``number`` is a whole number, ``fraction`` any number. ``list`` says that several values are given, at most
    ``items``. ``least`` and ``most`` bound numbers; a setting that takes its bound from a parameter needs ``most``.
    """

    type: ParameterType = "text"
    list: bool = False
    items: int = 100
    least: float | None = None
    most: float | None = None
    default: object = None
    about: str = ""


def check_declared(name: str, parameter: Parameter, where: str) -> None:
    """Raise PlanError where a parameter can't be given, allows nothing, or has a default that isn't allowed."""
    if problem := name_problem(name, "a parameter"):
        raise PlanError(problem, where=where)
    if name.startswith("_"):  # in an address that is the deadline, or the trace
        raise PlanError(f"{shown_value(name)} is no name of a parameter; it begins with a letter", where=where)
    if parameter.items < 1:
        shown = shown_value(parameter.items)
        raise PlanError(f"parameter {name} has items = {shown}; at least 1 is needed", where=where)
    _check_bounds(name, parameter, where)
    if parameter.default is not None:
        try:
            _checked(name, parameter, parameter.default)
        except RequestError as error:
            raise PlanError(f"the default of {error.problem}", where=where) from None


def value_of_text(name: str, text: str, kind: ParameterType) -> object:
    """Return the value that is written as a text in an address, or on a command line.

    Raises
    ------
    RequestError
        If it isn't of that type.

    Examples
    --------
    >>> value_of_text("n", "-7", "number"), value_of_text("share", "2.5e-1", "fraction")
    (-7, 0.25)
    >>> value_of_text("n", "1_000", "number")
    Traceback (most recent call last):
    serving.errors.RequestError: n is '1_000'; it is a whole number
    """
    if kind == "text":
        return text
    if len(text) <= _LONGEST_TEXT:
        if kind == "number" and _WHOLE.fullmatch(text):
            return int(text)
        if kind == "fraction" and _FRACTION.fullmatch(text):
            return float(text)
        if kind == "truth" and text.lower() in _TRUTHS:
            return _TRUTHS[text.lower()]
    raise RequestError(f"{name:.80} is {shown_value(text)}; it is {_KINDS[kind]}")


def bound_text(bound: float) -> str:
    """Return a bound of a parameter as people read it.

    Examples
    --------
    >>> bound_text(1_234_567.0), bound_text(0.25)
    ('1,234,567', '0.25')
    """
    return f"{int(bound):,}" if float(bound).is_integer() else f"{bound:,}"


def given_parameters(declared: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Return every parameter of a plan: what a request gives, or its default.

    Raises RequestError if one is missing, unknown, of the wrong type, or out of bounds.

    Examples
    --------
    >>> given_parameters({"n": Parameter("number", default=20, most=100)}, {})
    {'n': 20}
    >>> given_parameters({"n": Parameter("number", most=100)}, {"n": 101})
    Traceback (most recent call last):
    serving.errors.RequestError: parameter n is 101; at most 100 is allowed
    """
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise RequestError(f"there is no parameter {shown_value(name)}; the plan has: {known}")
    return {name: _value(name, parameter, given.get(name)) for name, parameter in declared.items()}


def _value(name: str, parameter: Parameter, value: object) -> object:
    if value is None:
        if parameter.default is None:
            raise RequestError(f"parameter {name} is missing; it is {_described(parameter)}")
        return parameter.default
    return _checked(name, parameter, value)


def _check_bounds(name: str, parameter: Parameter, where: str) -> None:
    """Refuse bounds between which no value is."""
    least, most = parameter.least, parameter.most
    if least is None or most is None:
        return
    if least > most or (parameter.type == "number" and math.ceil(least) > most):
        kind = "no whole number" if least <= most else "nothing"
        raise PlanError(
            f"parameter {name} has least = {bound_text(least)} and most = {bound_text(most)}; {kind} is between them",
            where=where,
        )


def _checked(name: str, parameter: Parameter, value: object) -> object:
    if not parameter.list:
        return _checked_item(name, parameter, value)
    if not isinstance(value, list | tuple):
        raise RequestError(f"parameter {name} is {shown_value(value)}; it is {_described(parameter)}")
    if len(value) > parameter.items:
        raise RequestError(f"parameter {name} has {len(value):,} values; at most {parameter.items:,} are allowed")
    return [_checked_item(name, parameter, item) for item in value]


def _checked_item(name: str, parameter: Parameter, value: object) -> object:
    is_truth = isinstance(value, bool)
    if not isinstance(value, _PYTHON[parameter.type]) or is_truth != (parameter.type == "truth"):
        raise RequestError(f"parameter {name} is {shown_value(value)}; it is {_described(parameter)}")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise RequestError(f"parameter {name} has {len(value):,} characters; at most {_LONGEST_TEXT:,} are allowed")
    if isinstance(value, int | float) and not is_truth:
        _check_number(name, parameter, value)
    return value


def _check_number(name: str, parameter: Parameter, value: float) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError(f"parameter {name} is {value}, which is no number")
    if parameter.least is not None and value < parameter.least:
        raise RequestError(
            f"parameter {name} is {shown_value(value)}; at least {bound_text(parameter.least)} is allowed"
        )
    if parameter.most is not None and value > parameter.most:
        raise RequestError(f"parameter {name} is {shown_value(value)}; at most {bound_text(parameter.most)} is allowed")


def _described(parameter: Parameter) -> str:
    kind = _KINDS[parameter.type]
    return f"a list, of which each is {kind}" if parameter.list else kind
