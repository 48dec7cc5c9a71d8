"""The parameters of a plan: what a request may give, of which type, and what counts where it gives nothing."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from serving.errors import PlanError, RequestError

ParameterType = Literal["text", "number", "fraction", "truth"]
_PYTHON: Mapping[str, tuple[type, ...]] = {"text": (str,), "number": (int,), "fraction": (float, int), "truth": (bool,)}
_LONGEST_TEXT = 1_000  # characters


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
    """Raise PlanError where a parameter's own default isn't allowed, or it allows nothing."""
    if not name.isidentifier():
        raise PlanError(f"{name!r} is no name of a parameter; letters, digits and _ are allowed", where=where)
    if parameter.items < 1:
        raise PlanError(f"parameter {name} has items = {parameter.items}; at least 1 is needed", where=where)
    if parameter.default is not None:
        try:
            _checked(name, parameter, parameter.default)
        except RequestError as error:
            raise PlanError(f"the default of {error.problem}", where=where) from None


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
            raise RequestError(f"there is no parameter {name!r}; the plan has: {known}")
    return {name: _value(name, parameter, given.get(name)) for name, parameter in declared.items()}


def _value(name: str, parameter: Parameter, value: object) -> object:
    if value is None:
        if parameter.default is None:
            raise RequestError(f"parameter {name} is missing; it is {_described(parameter)}")
        return parameter.default
    return _checked(name, parameter, value)


def _checked(name: str, parameter: Parameter, value: object) -> object:
    if not parameter.list:
        return _checked_item(name, parameter, value)
    if not isinstance(value, list | tuple):
        raise RequestError(f"parameter {name} is {value!r:.50}; it is {_described(parameter)}")
    if len(value) > parameter.items:
        raise RequestError(f"parameter {name} has {len(value):,} values; at most {parameter.items:,} are allowed")
    return [_checked_item(name, parameter, item) for item in value]


def _checked_item(name: str, parameter: Parameter, value: object) -> object:
    is_truth = isinstance(value, bool)
    if not isinstance(value, _PYTHON[parameter.type]) or is_truth != (parameter.type == "truth"):
        raise RequestError(f"parameter {name} is {value!r:.50}; it is {_described(parameter)}")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise RequestError(f"parameter {name} has {len(value):,} characters; at most {_LONGEST_TEXT:,} are allowed")
    if isinstance(value, int | float) and not is_truth:
        if value != value or (parameter.least is not None and value < parameter.least):  # noqa: PLR0124 - not a number
            raise RequestError(f"parameter {name} is {value}; at least {parameter.least:g} is allowed")
        if parameter.most is not None and value > parameter.most:
            raise RequestError(f"parameter {name} is {value}; at most {parameter.most:g} is allowed")
    return value


def _described(parameter: Parameter) -> str:
    kind = {"text": "a text", "number": "a whole number", "fraction": "a number", "truth": "true or false"}
    return f"a list, of which each is {kind[parameter.type]}" if parameter.list else kind[parameter.type]
