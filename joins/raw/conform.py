"""Rows as a file holds them in the columns and types of their raw table; those that can't be had so are set aside.

What a value may look like is the import's rule, too (`joins.raw.values`): numbers of any width, texts of digits, times
of any precision and zone, dictionaries. Rows whose page of a column can't be read are set aside as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.file_rows import FileRows
from joins.errors import RawInputError
from joins.raw.checks import normalised
from joins.raw.schemas import PICTURE_FIELDS, PINS, RawTable, all_nullable
from joins.raw.usable_values import UsableValues, put_together, usable_values

_PIECE_BYTES = 2**29


@dataclass(frozen=True, slots=True)
class Conformed:
    """The rows of a batch, each in one of two tables of the raw schema; nulls are left for the row checks.

    Attributes
    ----------
    rows
        Those all of whose values can be had.
    unusable
        The others; a value that can't be had is null.
    reasons
        Why, one for each unusable row: of its first such column.
    stored
        What stood in place of those nulls, as far as it could be read, by column; one for each unusable row.
    columns
        Every column that was there, with what was read as less than it says.
    """

    rows: pa.Table
    unusable: pa.Table
    reasons: pa.Array
    stored: tuple[dict[str, str], ...]
    columns: Mapping[str, UsableValues]


def conform(batch: pa.Table, raw: RawTable, source: str = "") -> Conformed:
    """Give a batch the columns and types of the raw schema.

    A nullable column that the batch lacks reads as nulls (`lacking_columns` tells which), so that a snapshot that was
    written before the schema grew still builds. Columns the schema doesn't know are left out.

    Parameters
    ----------
    batch
        Rows as a file holds them, marked with where they come from (`FileRows`).
    raw
        The raw table they belong to.
    source
        Where they come from, if they aren't marked.

    Raises
    ------
    RawInputError
        If a column that every row needs is missing, or a column stands twice or is wrong as a whole.
    """
    where = FileRows.of(batch, source)
    require_columns(batch.schema, raw, where.file)
    read = {
        field.name: _column(batch[field.name], field, where) for field in raw.schema if field.name in batch.schema.names
    }
    columns = [
        read[field.name].values if field.name in read else pa.nulls(batch.num_rows, field.type) for field in raw.schema
    ]
    rows = pa.table(columns, schema=all_nullable(raw.schema))
    reasons = _first_reasons(batch.num_rows, where, read)
    if reasons is None:
        return Conformed(rows, rows.slice(0, 0), pa.array([], pa.string()), (), read)
    bad = reasons.is_valid()
    there = np.flatnonzero(bad.to_numpy(zero_copy_only=False)).tolist()
    stored = tuple(_stored(position, read) for position in there)
    return Conformed(rows.filter(pc.invert(bad)), rows.filter(bad), reasons.filter(bad), stored, read)


def require_columns(schema: pa.Schema, raw: RawTable, source: str) -> None:
    """Raise RawInputError if a file with such columns can't be a raw table's: one is missing, or stands twice."""
    missing = [field.name for field in raw.schema if not field.nullable and field.name not in schema.names]
    if missing:
        raise RawInputError(
            f"{raw.name} have no column {', '.join(missing)}; expected {_types(raw.schema)}; found {_types(schema)}",
            where=source,
            remedy="write the column or bring it in with 'interest-graph import'",
        )
    repeated = [name for name in raw.schema.names if schema.names.count(name) > 1]
    if repeated:
        raise RawInputError(
            f"{raw.name} have more than one column {', '.join(repeated)}; found {_types(schema)}",
            where=source,
            remedy="leave one of them, or rename the other",
        )


def lacking_columns(batch: pa.Table, raw: RawTable) -> list[str]:
    """Return the columns of the raw schema that a batch doesn't have."""
    return [name for name in raw.schema.names if name not in batch.schema.names]


def unsigned_images(batch: pa.Table) -> pa.ChunkedArray:
    """Return the images of the pins of a batch that bring no signature, as often as they are named."""
    raw = RawTable("pins", pa.schema([PINS.field(name) for name in PICTURE_FIELDS]), "image")
    pictures = normalised(conform(batch, raw).rows)
    images, signatures = pictures["image"], pictures["image_signature"]
    return (images if signatures.null_count == len(signatures) else images.filter(signatures.is_null())).drop_null()


def _column(column: pa.ChunkedArray, field: pa.Field, where: FileRows) -> UsableValues:
    """Read a column piece by piece: Arrow's texts hold 2 GiB at most, and large texts as files store them more."""
    parts: list[UsableValues] = []
    n_before = 0
    for chunk in column.chunks or [pa.array([], column.type)]:
        n_rows = max(1, len(chunk) // (1 + chunk.nbytes // _PIECE_BYTES))
        for start in range(0, max(1, len(chunk)), n_rows):
            there = replace(where, first_row=where.first_row + n_before + start)
            parts.append(usable_values(chunk.slice(start, n_rows), field, there))
        n_before += len(chunk)
    return put_together(parts)


def _first_reasons(n_rows: int, where: FileRows, read: Mapping[str, UsableValues]) -> pa.Array | None:
    """Return why each row can't be used, null where it can; None if all can."""
    reasons = pa.nulls(n_rows, pa.string())
    for damage in where.damage:
        rows = np.zeros(n_rows, bool)
        rows[damage.first : damage.first + damage.n_rows] = True
        reasons = pc.if_else(pa.array(rows), pc.coalesce(reasons, pa.scalar(f"damaged_{damage.column}")), reasons)
    for column in read.values():
        if column.reasons is not None:
            reasons = pc.coalesce(reasons, column.reasons)
    return reasons if reasons.null_count < n_rows else None


def _stored(position: int, read: Mapping[str, UsableValues]) -> dict[str, str]:
    return {name: column.stored[position] for name, column in read.items() if position in column.stored}


def _types(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)
