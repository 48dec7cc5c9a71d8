"""Filter and score: what an expression says of each object decides whether it stays, or becomes a field of it."""

from collections.abc import Sequence
from typing import ClassVar

from serving.edge_types import Edge, Objects
from serving.processor import Processor, Settings, StepPlace
from serving.processors.expressions.compiled_expression import Expression
from serving.processors.field_paths import with_field
from serving.request import Request


class FilterSettings(Settings, frozen=True):
    """What `Filter` is told.

    Parameters
    ----------
    where
        An expression, such as ``n_pins > 3 and category == $category``.
    """

    where: str


class Filter(Processor):
    """Give the objects of which an expression is true, in their order; where it is null they go."""

    do: ClassVar[str] = "filter"
    settings_type: ClassVar[type[Settings]] = FilterSettings

    def __init__(self, settings: FilterSettings, place: StepPlace) -> None:
        (self.gives,) = place.inputs
        self._where = Expression(settings.where, self.gives.objects, place, "where", "truth")

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects that stay."""
        stays = self._where.of(request.parameters)
        return [row for row in previous[0] or () if stays(row)]


class ScoreSettings(Settings, frozen=True):
    """What `Score` is told.

    Parameters
    ----------
    by
        An expression that comes to a number, such as ``log(1 + n_pins) * importance``.
    into
        The field that the number becomes.
    """

    by: str
    into: str = "score"


class Score(Processor):
    """Give each object with one field more: the number that an expression comes to; null where that is null."""

    do: ClassVar[str] = "score"
    settings_type: ClassVar[type[Settings]] = ScoreSettings

    def __init__(self, settings: ScoreSettings, place: StepPlace) -> None:
        (edge,) = place.inputs
        self._by = Expression(settings.by, edge.objects, place, "by", "number")
        self._into = settings.into
        fields = with_field(edge.objects, settings.into, place, "into")
        self.gives = Edge(edge.objects.with_fields(fields), edge.most)

    def process(self, request: Request, previous: Sequence[Objects | None]) -> Objects:
        """Return the objects with their scores, in their order."""
        score, into = self._by.of(request.parameters), self._into
        return [
            {**row, into: None if number is None else float(number)}  # type: ignore[arg-type] # it is a number
            for row in previous[0] or ()
            for number in (score(row),)
        ]
