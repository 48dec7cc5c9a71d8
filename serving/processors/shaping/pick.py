"""Pick: objects with some of their fields, as an answer shall show them.

What a step needs to go on from, the keys of a picture's boards, is often nothing that a caller wants to have.
"""

from collections.abc import Sequence
from typing import ClassVar, cast

from serving.edge_types import Edge, Objects
from serving.processor import Processor, Settings, StepPlace
from serving.processors.field_paths import asked_type
from serving.request import Request
from storage_tiers.reading.nested_fields import Asked, asked_part


class PickSettings(Settings, frozen=True):
    """What `Pick` is told.

    Parameters
    ----------
    fields
        What each object has, beside its key; ``boards.board_id`` takes that part of the boards alone.
    """

    fields: list[str]


class Pick(Processor):
    """Give all objects, in their order, with the named fields alone."""

    do: ClassVar[str] = "pick"
    settings_type: ClassVar[type[Settings]] = PickSettings

    def __init__(self, settings: PickSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        objects, names = asked_type(edge.objects, settings.fields, place)
        self.gives = Edge(objects, edge.most)
        self._is_flat = all("." not in name for name in names)
        self._names, self._asked = names, _as_tree(names)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects with fewer fields."""
        del request
        if self._is_flat:
            names = self._names
            return [{name: row[name] for name in names} for row in previous[0] or ()]
        return [asked_part(row, self._asked) for row in previous[0] or ()]


def _as_tree(names: Sequence[str]) -> Asked:
    """Return names with dots as the tree of what is asked for; none of them is inside of another."""
    tree: Asked = {}
    for name in names:
        *outer, last = name.split(".")
        inside = tree
        for one in outer:
            inside = cast("Asked", inside.setdefault(one, {}))
        inside[last] = None
    return tree
