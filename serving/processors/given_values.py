"""Settings that a plan writes down, or leaves to each request: ``most = 6``, or ``most = "$n"`` of the parameter n.

A plan is checked before there is a request. So a number that a request gives is reckoned with at its parameter's
`most`, and a list at its `items`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serving.edge_types import ObjectType
from serving.plans.parameters import Parameter
from serving.plans.plan_values import shown_value, unknown
from serving.processor import StepPlace

_MARK = "$"


@dataclass(frozen=True, slots=True)
class GivenNumber:
    """A whole number of a plan, or of a parameter; of a parameter it is kept within the bounds."""

    least: int
    most: int  # that it may be; the number itself where the plan says it
    parameter: str | None

    def of(self, parameters: Mapping[str, object]) -> int:
        """Return the number that counts for a request."""
        if self.parameter is None:
            return self.most
        given: int = parameters[self.parameter]  # type: ignore[assignment] # checked when it was given
        return min(max(given, self.least), self.most)


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys of a dataset: those of a plan, or what a parameter gives."""

    literal: tuple[int | str, ...]
    parameter: str | None
    is_list: bool  # of the parameter
    most: int

    def of(self, parameters: Mapping[str, object]) -> Sequence[int | str]:
        """Return the keys for a request, each once, in order."""
        if self.parameter is None:
            return self.literal
        given = parameters[self.parameter]
        return list(dict.fromkeys(given)) if self.is_list else (given,)  # type: ignore[call-overload,return-value] # checked


def given_number(
    written: int | str, place: StepPlace, setting: str, *, least: int = 0, most: int | None = None
) -> GivenNumber:
    """Return a whole number between two bounds, which a plan says or leaves to a parameter.

    `most` is by default what a step may give, `Limits.fan_out`. Raises PlanError if it is out of bounds, or its
    parameter isn't one whole number, or has no `most`.
    """
    most = place.limits.fan_out if most is None else most
    if isinstance(written, int):
        if not least <= written <= most:
            place.refuse(f"{setting} is {written:,}; {least:,} to {most:,} is allowed")
        return GivenNumber(least, written, None)
    name, parameter = parameter_named(written, place, setting)
    _one_number(name, parameter, place, setting)
    if parameter.most is None:
        place.refuse(f"{setting} is ${name}, and parameter {name} has no bound", f"add most = {min(100, most)} to it")
    if not least <= parameter.most <= most:
        place.refuse(
            f"{setting} is ${name}, and parameter {name} has most = {parameter.most:,.0f}",
            f"{least:,} to {most:,} is allowed for it",
        )
    return GivenNumber(least, int(parameter.most), name)


def given_seed(written: int | str, place: StepPlace, setting: str) -> GivenNumber:
    """Return a whole number of any size, by which something random is repeated."""
    if isinstance(written, str):
        name, parameter = parameter_named(written, place, setting)
        _one_number(name, parameter, place, setting)
        return GivenNumber(-(2**63), 2**63 - 1, name)
    return GivenNumber(written, written, None)


def given_keys(written: int | str | Sequence[int | str], read: ObjectType, place: StepPlace) -> GivenKeys:
    """Return the keys that are read: a parameter's, or those that the plan has; all of the type that keys have.

    Raises PlanError if they are of another type, or more than a step may give.
    """
    if isinstance(written, str) and written.startswith(_MARK):
        name, parameter = parameter_named(written, place, "keys")
        wanted = "number" if read.key_is_integer else "text"
        if parameter.type != wanted:
            place.refuse(
                f"keys is {written}, and parameter {name} is a {parameter.type}",
                f"the keys of {read.name} ({read.key}) need type = {wanted!r}",
            )
        keys = GivenKeys((), name, parameter.list, parameter.items if parameter.list else 1)
    else:
        several = (written,) if isinstance(written, int | str) else written
        literal = tuple(dict.fromkeys(several))
        for key in literal:
            _check_key(key, read, place)
        keys = GivenKeys(literal, None, True, len(literal))
    if keys.most > place.limits.fan_out:
        place.refuse(f"keys may be {keys.most:,}; {place.limits.fan_out:,} objects are allowed in a step")
    return keys


def parameter_named(written: str, place: StepPlace, setting: str) -> tuple[str, Parameter]:
    """Return the parameter that a setting names, ``$n``; PlanError lists those that the plan has."""
    name = written.removeprefix(_MARK)
    if name == written:
        place.refuse(
            f"{setting} is {shown_value(written)}", "write a value, or the name of a parameter with $ before it"
        )
    found = place.parameters.get(name)
    if found is None:
        place.refuse(f"{setting} is {shown_value(written)}; {unknown('parameter', name, place.parameters)}")
    return name, found


def _one_number(name: str, parameter: Parameter, place: StepPlace, setting: str) -> None:
    if parameter.type != "number" or parameter.list:
        kind = f"a list of {parameter.type}" if parameter.list else f"a {parameter.type}"
        place.refuse(f"{setting} is ${name}, and parameter {name} is {kind}", "one whole number is needed")


def _check_key(key: int | str, read: ObjectType, place: StepPlace) -> None:
    if isinstance(key, str) and key.startswith(_MARK):
        place.refuse(
            f"keys has {shown_value(key)} among others", f"a parameter stands alone: keys = {key!r}; it may be a list"
        )
    if isinstance(key, bool) or isinstance(key, int) != read.key_is_integer:
        wanted = "whole numbers" if read.key_is_integer else "texts"
        place.refuse(f"keys has {shown_value(key)}; the keys of {read.name} ({read.key}) are {wanted}")
