"""The debugging tier: one key straight from the full batch files, no index beside them.

The hash of the key names the part, the footer's statistics name the row group, and only that is read: one
footer and one group of at most 1,024 rows, whether the key is there or not.
"""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.hashing import partition_of
from storage_tiers.errors import KeyTypeError
from storage_tiers.published_files import PublishedFilesTier
from storage_tiers.reading import KeyReader, Row, TableRows, fields_named, several
from storage_tiers.reading.nested_fields import Asked, asked_fields, asked_part, names_of_schema
from storage_tiers.versioned.chosen_rows import row_groups_with
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.versions import Variant, Version


class DebuggingTier(PublishedFilesTier):
    """The debugging tier; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "debugging"
    short_name: ClassVar[str] = "debug"
    title: ClassVar[str] = "debugging"
    variant: ClassVar[Variant] = "full"

    def reader(
        self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None
    ) -> "DatasetReader":
        """Open a version for reading by key, the current one by default."""
        return DatasetReader(self.open(name, date, iteration))


@dataclass(frozen=True)
class DatasetReader(KeyReader):
    """Reads single rows of an opened version; where several rows have a key, `get` has the first, `rows_of` all."""

    dataset: Dataset

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self.dataset.version

    @property
    def variant(self) -> Variant:
        """Full, or the only one that the dataset has."""
        return self.dataset.place.variant

    @property
    def field_names(self) -> Sequence[str]:
        """All fields of a row, in the order of the schema."""
        return tuple(self.dataset.manifest.schema)

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key; None if there is no such row."""
        return self._row(key, None)

    def get_many(self, keys: Iterable[int | str], fields: Iterable[str] | None = None) -> list[Row | None]:
        """Return the rows of several keys, or some fields of them; see `KeyReader.get_many`.

        The files are read by column, and other columns than the key's and those that are asked for stay where they are.
        """
        where = f"{self.dataset.name} {self.version}"
        named = () if fields is None else fields_named(fields)
        is_nested = any("." in name for name in named)  # else the names alone do, and no footer is read for the rest
        there = names_of_schema(self.dataset.schema) if is_nested else dict.fromkeys(self.field_names)
        asked = None if fields is None else asked_fields(named, there, where)
        return [self._row(key, asked) for key in several(keys)]

    def _row(self, key: int | str, asked: Asked | None) -> Row | None:
        columns = None if asked is None else list(asked)
        rows: list[Row] = lookup(self.dataset, key, columns).slice(0, 1).to_pylist()
        if asked is None or not rows:
            return rows[0] if rows else None
        return asked_part(rows[0], asked)

    def rows_of(self, key: int | str) -> Sequence[Row]:
        """Return all rows of a key."""
        return TableRows(lookup(self.dataset, key))

    def close(self) -> None:
        """Do nothing: no file stays open between two lookups."""


def lookup(dataset: Dataset, key: str | int, names: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of one key, text or a number: none, one, or several where the key is not unique.

    Of their columns all are read, or the key and those that are named. A KeyTypeError says that the key can't be of the
    column's type.
    """
    column = dataset.manifest.key
    # The kind of the key stands in the manifest, which saves the footer of another part.
    type_ = pa.int64() if dataset.manifest.key_is_integer else pa.string()
    value = typed_key(dataset.name, column, type_, key)
    number = int(partition_of(value, dataset.n_parts)[0])
    with dataset.opened(number, pre_buffer=True) as part:
        groups = list(row_groups_with(part.metadata, column, [value[0].as_py()], is_sorted=True))
        columns = part.schema_arrow.names if names is None else [*dict.fromkeys((column, *names))]
        empty = part.schema_arrow.empty_table().select(columns)
        rows = part.read_row_groups(groups, columns, use_threads=False) if groups else empty
    return rows.filter(pc.equal(rows[column], value[0]))


def typed_key(dataset: str, column: str, type_: pa.DataType, key: str | int) -> pa.Array:
    """Return the key as an array of one value of the column's type."""
    try:
        return pa.array([whole_number(key) if pa.types.is_integer(type_) else key_text(key)], type_)
    except (ValueError, TypeError, pa.ArrowInvalid, OverflowError):
        raise KeyTypeError(f"{key!r} is no key of {dataset}: {column} is {type_}") from None


def whole_number(key: str | int) -> int:
    """Return a key as a number: text is converted, a float or a truth value is no key."""
    if isinstance(key, bool):
        raise TypeError(key)
    return int(key) if isinstance(key, str) else operator.index(key)


def key_text(key: str | int) -> str:
    """Return a key as a text: a whole number is converted, anything else is no key."""
    return key if isinstance(key, str) else str(whole_number(key))
