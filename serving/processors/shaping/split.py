"""Split: one list parted into several, each a port of the step that others take from: ``from = "cut.yes"``."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from serving.edge_types import Edge, Objects, ObjectType, is_number
from serving.plans.plan_values import name_problem, shown_value
from serving.processor import Processor, Settings, StepPlace
from serving.processors.expressions.compiled_expression import Expression
from serving.processors.field_paths import scalar_named, value_at
from serving.request import Request

OTHERS = "others"

_Value = str | bool | int | float


class SplitSettings(Settings, frozen=True):
    """What `Split` is told: an expression, or a field and the values that go to each port.

    Parameters
    ----------
    by
        An expression: objects of which it is true come out at ``yes``, all others at ``no``.
    field
        A field in place of it, with ``ports``.
    ports
        Of each port the value that the field has there, or several; what has none of them comes out at ``others``.
    """

    by: str | None = None
    field: str | None = None
    ports: dict[str, _Value | list[_Value]] | None = None


class Split(Processor):
    """Give the objects in parts, in their order within each; every object is in one of them."""

    do: ClassVar[str] = "split"
    settings_type: ClassVar[type[Settings]] = SplitSettings

    def __init__(self, settings: SplitSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        if (settings.by is None) == (settings.field is None):
            place.refuse("it parts objects by an expression or by a field", "give by, or field and ports")
        self._by = None
        if settings.by is not None:
            if settings.ports:
                place.refuse("ports go with a field; those of an expression are yes and no", "leave ports out")
            self._by = Expression(settings.by, edge.objects, place, "by", "truth")
            names: tuple[str, ...] = ("yes", "no")
        else:
            self._port_of = _ports_by_value(settings, edge.objects, place)
            self._value_of = value_at(settings.field or "")
            names = (*(settings.ports or ()), OTHERS)
        self._names = names
        self.gives: Mapping[str, Edge] = dict.fromkeys(names, edge)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Mapping[str, Objects]:
        """Return the objects by port."""
        parts: dict[str, Objects] = {name: [] for name in self._names}
        objects = previous[0] or []
        if self._by is not None:
            is_so = self._by.of(request.parameters)
            yes, no = parts["yes"], parts["no"]
            for row in objects:
                (yes if is_so(row) else no).append(row)
            return parts
        value_of, port_of = self._value_of, self._port_of
        for row in objects:
            parts[port_of.get(value_of(row), OTHERS)].append(row)
        return parts


def _ports_by_value(settings: SplitSettings, objects: ObjectType, place: StepPlace) -> dict[Any, str]:
    """Return which port each value goes to; PlanError where two ports have one value, or it is of the wrong type."""
    field = scalar_named(objects, settings.field or "", place, "field")
    if not settings.ports:
        place.refuse("ports is empty", 'name them with their values, such as ports = {art = "art"}')
    kinds: tuple[type, ...] = (str,)
    if is_number(field):
        kinds = (bool,) if field.type == "bool" else (int, float)
    port_of: dict[Any, str] = {}
    for port, written in settings.ports.items():
        if problem := name_problem(port, "a port"):
            place.refuse(problem)
        if port == OTHERS:
            place.refuse(
                f"{shown_value(port)} is no name of a port, as all other values come out there", "take another"
            )
        for value in written if isinstance(written, list) else [written]:
            if not isinstance(value, kinds) or isinstance(value, bool) != (kinds == (bool,)):
                place.refuse(f"port {port} has {shown_value(value)}, and {settings.field} is {field.type}")
            if value in port_of:
                place.refuse(
                    f"ports {port_of[value]} and {port} both have {shown_value(value)}", "leave it to one of them"
                )
            port_of[value] = port
    return port_of
