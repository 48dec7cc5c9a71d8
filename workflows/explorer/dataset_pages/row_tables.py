"""Rows of any dataset as a table of a page: ids lead to their pages, units stand in the head, lists are counted."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from joins.arrow.fields import meaning_of
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.versioned.datasets import Dataset
from workflows.explorer.page_routes import Asked
from workflows.pages import words
from workflows.pages.cells import Cell, Column, Rows, is_category

# Fields that hold the key of a join, whatever dataset they are in.
LINKED_FIELDS = {
    "image_signature": "pins",
    "board_id": "boards",
    "parent_board_id": "boards",
    "user_id": "users",
    "parent_user_id": "users",
}
_MOST_CHARACTERS = 300  # of a text in a table; the page of its row has all


def table_of(asked: Asked, dataset: Dataset, rows: Sequence[Mapping[str, object]], title: str) -> Rows:
    """Return rows of a dataset, each with the fields that are asked for, as a table."""
    schema = dataset.schema
    fields = [schema.field(name) for name in (rows[0] if rows else schema.names)]
    columns = [_column(field) for field in fields]
    cells = [[_cell(asked, dataset, field, row[field.name]) for field in fields] for row in rows]
    return Rows(title, columns, cells)


def counted_sql(field: pa.Field) -> str:
    """Return a column as SQL selects it for a table: of a list, how many entries it has.

    Examples
    --------
    >>> counted_sql(pa.field("pins", pa.list_(pa.int64()))), counted_sql(pa.field("n_pins", pa.int64()))
    ('len("pins") AS "pins"', '"n_pins"')
    """
    name = quoted_name(field.name)
    return f"len({name}) AS {name}" if is_list(field.type) else name


def is_list(type_: pa.DataType) -> bool:
    """Return whether a column holds lists."""
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_))


def is_number(type_: pa.DataType) -> bool:
    """Return whether values of a type are sorted and summed as numbers."""
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def _column(field: pa.Field) -> Column:
    said = meaning_of(field)
    is_id = field.name.endswith("_id") or field.name in LINKED_FIELDS
    unit = said.unit if said and said.unit != "UTC" else ""
    is_counted = (is_number(field.type) and not is_id) or is_list(field.type)
    return Column(field.name, unit, is_counted, said.meaning if said else "", is_category(field.name))


def _cell(asked: Asked, dataset: Dataset, field: pa.Field, value: object) -> object:
    if value is None:
        return None
    if field.name in LINKED_FIELDS:
        return Cell(value, asked.link(LINKED_FIELDS[field.name], value), str(value))
    if field.name == dataset.manifest.key:
        return Cell(value, asked.link("datasets", dataset.name, "keys", value), str(value))
    if field.name.endswith("_id"):
        return Cell(value, words=str(value))
    if is_list(field.type):
        return Cell(value, words=words.count(value, "entry", "entries")) if isinstance(value, int) else value
    return _cut(value)


def _cut(value: object) -> object:
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        return Cell(value, words=f"{value[:_MOST_CHARACTERS]}… ({len(value):,} characters)")
    return value
