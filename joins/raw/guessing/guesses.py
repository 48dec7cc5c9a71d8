"""What is guessed: of each raw table its source and what fills its fields, each with the reason, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from joins.raw.guessing.columns.time_forms import TimeForm
from joins.raw.guessing.source_samples import SourceSample
from joins.raw.mapped.category_spelling import CategorySpelling
from joins.raw.mapped.field_sources import Conversion
from joins.raw.schemas import RawTable


@dataclass(frozen=True, slots=True)
class FieldGuess:
    """What fills one raw field; without a column and without row numbers, nothing was found.

    ``others`` are columns that would do nearly as well; ``doubt`` is what somebody has to look at.
    """

    field: str
    why: str
    column: str = ""
    conversion: Conversion = "cast"
    time: TimeForm | None = None
    null_if_equal: str = ""
    row_number: bool = False
    doubt: str = ""
    others: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether something fills the field."""
        return bool(self.column) or self.row_number


@dataclass(frozen=True, slots=True)
class TableGuess:
    """How one raw table is filled; ``fields`` has all of its raw fields, found or not, in the order of its schema."""

    table: RawTable
    sample: SourceSample
    why: str
    fields: tuple[FieldGuess, ...]
    distinct: bool = False
    null_values: tuple[str, ...] = ()
    null_values_why: str = ""
    category: CategorySpelling | None = None
    category_why: str = ""
    earliest_pin_is_parent: bool | None = None  # None: not for this table; False: possible, and left to the reader

    def __getitem__(self, name: str) -> FieldGuess:
        """Return the guess of a raw field."""
        return next(one for one in self.fields if one.field == name)

    def missing(self) -> list[str]:
        """Return the fields that every row needs and that nothing fills."""
        return [one.name for one in self.table.schema if not one.nullable and not self[one.name].is_found]


@dataclass(frozen=True, slots=True)
class MappingGuess:
    """A whole mapping, the sources that it doesn't read, and what has to be looked at."""

    pins: TableGuess
    boards: TableGuess
    users: TableGuess
    unused: tuple[SourceSample, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    def __iter__(self) -> Iterator[TableGuess]:
        return iter((self.pins, self.boards, self.users))

    @property
    def is_complete(self) -> bool:
        """Whether an import can take it as it is."""
        return not any(table.missing() for table in self)

    def used_as(self, sample: SourceSample) -> dict[str, list[str]]:
        """Return which raw fields each column of a source fills."""
        used: dict[str, list[str]] = {}
        for guess in self:
            for one in guess.fields:
                if guess.sample is sample and one.column:
                    used.setdefault(one.column, []).append(f"{guess.table.name}.{one.field}")
        return used

    def doubts(self) -> list[str]:
        """Return what has to be looked at, a line each."""
        fields = [(guess.table.name, one) for guess in self for one in guess.fields]
        return [*(f"{table}.{one.field}: {one.doubt}" for table, one in fields if one.doubt), *self.remarks]
