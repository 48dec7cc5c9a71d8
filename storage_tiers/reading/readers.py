"""What a tier may offer to readers: rows by key, all rows of a version, answers to SQL; and what a reader counts.

Whoever looks for a key is told one of three things: here is its row, there is no such key, or its row was left out
because the dataset is larger than its budget (`storage_tiers.budget`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, Self, cast, overload, runtime_checkable

import pyarrow as pa

from storage_tiers.errors import KeyTypeError, UnknownFieldError
from storage_tiers.reading.nested_fields import asked_fields, asked_part
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.versions import Variant, Version

Row = dict[str, object]
KeyState = Literal["found", "missing", "trimmed"]

_TEXT = (str, bytes)


class KeyReader(ABC):
    """Reads rows of one version by key; a context manager that gives back what it holds open."""

    @property
    @abstractmethod
    def version(self) -> Version:
        """The version that is read."""

    @property
    def variant(self) -> Variant:
        """The variant of the rows, which says whether fields may be unset."""
        return "light"

    @property
    @abstractmethod
    def field_names(self) -> Sequence[str]:
        """All fields of a row, in the order of the schema."""

    @property
    def counts(self) -> ReadCounts | None:
        """What was asked of this reader so far, and how long it took; None where nobody counts."""
        return None

    @abstractmethod
    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row.

        Fields that the variant unsets are None. Text is converted where keys are numbers.

        Raises
        ------
        KeyTypeError
            If the key can't be of the column's type.
        """

    def get_many(self, keys: Iterable[int | str], fields: Iterable[str] | None = None) -> list[Row | None]:
        """Return the rows of several keys, or some fields of them, all of the same version.

        Parameters
        ----------
        keys
            Any number of them; one that is given twice has its row twice.
        fields
            Which fields a row shall have, in the order in which it shall have them; every field of the schema where
            nothing is given. Of no fields rows are empty, and tell that they are there. ``boards.board_id`` is a field
            of a struct, or of the structs in a list: these have the fields then that are named of them, and no others.
            A field that is named whole as well comes whole.

        Returns
        -------
        list
            A row a key, in the order of the keys; None where there is no such row. Values are those that `get` returns.

        Raises
        ------
        KeyTypeError
            As `get`; and where one text is given in place of several keys.
        UnknownFieldError
            If there is no such field, or none inside of it; the message lists those that there are.
        """
        if fields is None:
            return [self.get(key) for key in several(keys)]
        asked = asked_fields(fields_named(fields), dict.fromkeys(self.field_names), str(self.version))
        return [None if row is None else asked_part(row, asked) for row in map(self.get, several(keys))]

    def rows_of(self, key: int | str) -> Sequence[Row]:
        """Return all rows of a key; a tier that holds one row a key has no more."""
        row = self.get(key)
        return [] if row is None else [row]

    def state_of(self, key: int | str) -> KeyState:
        """Tell a key whose row was trimmed away from one that there isn't."""
        return "missing" if self.get(key) is None else "found"

    @abstractmethod
    def close(self) -> None:
        """Give back what is held open; closing twice is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@runtime_checkable
class KeyLookup(Protocol):
    """A tier that finds rows by key."""

    def reader(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> KeyReader:
        """Open a version for reading by key, the current one by default."""


@runtime_checkable
class Scannable(Protocol):
    """A tier that streams all rows of a version."""

    def scan(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        date: DateLike | None = None,
        iteration: IterationLike | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a version, the current one by default, part after part and sorted by key in each."""


@runtime_checkable
class Queryable(Protocol):
    """A tier that answers SQL, in which a dataset's name means its current version."""

    def sql(self, query: str) -> pa.Table:
        """Return the answer to a query."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query: its columns, and its rows, which are computed batch after batch as they are asked for."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


@runtime_checkable
class VersionedQueryable(Protocol):
    """A tier that answers SQL batch after batch, and about other versions than the current ones."""

    def answer(self, query: str, chosen: Mapping[str, Version | None] | None = None) -> AbstractContextManager[Answer]:
        """Open the answer to a query.

        A dataset's name means the version that is chosen for it, and the current one where none is; a dataset whose
        choice is None has no version that was asked for, and a query that names it fails.
        """


class TableRows(Sequence[Row]):
    """The rows of an Arrow table, each made when it is asked for: a key may have millions."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        numbers = range(len(self))[place]
        if isinstance(numbers, int):
            return cast("Row", self._table.slice(numbers, 1).to_pylist()[0])
        return cast("list[Row]", self._table.take(list(numbers)).to_pylist())


def several(keys: Iterable[int | str]) -> Iterable[int | str]:
    """Return keys that were given as several; a KeyTypeError says that a text, or what holds nothing, is one key."""
    if isinstance(keys, _TEXT) or not hasattr(keys, "__iter__"):
        raise KeyTypeError(f"{keys!r} is one key, not several", remedy=f"give a list: [{keys!r}]")
    return keys


def fields_named(fields: Iterable[str]) -> tuple[str, ...]:
    """Return fields that were given as several; an UnknownFieldError says that a text is one, or something no name."""
    if isinstance(fields, _TEXT) or not hasattr(fields, "__iter__"):
        raise UnknownFieldError(f"{fields!r} is one field, not several", remedy=f"give a list: [{fields!r}]")
    named = tuple(fields)
    for name in named:
        if not isinstance(name, str):
            raise UnknownFieldError(f"{name!r} is no name of a field")
    return named
