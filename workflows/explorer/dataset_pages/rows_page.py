"""Rows of a version, filtered and sorted by its fields, page after page; and the rows of one key of any dataset."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc
from starlette.routing import BaseRoute

from storage_tiers.debugging import lookup
from storage_tiers.errors import DatasetError
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.reading import Row
from storage_tiers.versioned.chosen_rows import rows_with
from storage_tiers.versioned.datasets import Dataset
from workflows.commands.outputs.keyed_datasets import keyed_dataset
from workflows.explorer.dataset_pages.dataset_page import asked_dataset, link_below
from workflows.explorer.dataset_pages.row_tables import counted_sql, is_list, table_of
from workflows.explorer.opened_versions import JOIN_PATHS, opened
from workflows.explorer.page_routes import Asked, AskedWrongError, NoSuchPageError, page_routes
from workflows.explorer.version_rows import answer, column_sql
from workflows.explorer.versions_there import words_of
from workflows.pages.cells import Cell, Rows

_PAGE_ROWS = 50
_MOST_PAGES = 1_000
_MOST_KEY_ROWS = 200
_IS = "is."  # in front of the name of a field whose value is asked for
_NULL = "null"
_AS_STORED = "as stored"  # by part, then by key


def routes() -> Sequence[BaseRoute]:
    """Return the routes of both pages."""
    return [
        *page_routes("/datasets/{dataset}/rows", "explorer", "rows.html", rows_page),
        *page_routes("/datasets/{dataset}/keys/{key:path}", "explorer", "key.html", key_page),
    ]


def rows_page(asked: Asked) -> dict[str, object]:
    """Return some rows of a version: those with a value in a field, in an order, one page of them."""
    dataset = asked_dataset(asked)
    sortable = [field.name for field in dataset.schema if not pa.types.is_nested(field.type)]
    sort, order = asked.word("sort", [_AS_STORED, *sortable], _AS_STORED), asked.word("order", ("up", "down"), "up")
    page = asked.number("page", 1, 1, _MOST_PAGES)
    where = {name.removeprefix(_IS): text for name, text in asked.query.items() if name.startswith(_IS)}
    found = _page_of_rows(dataset, where, sort, order, page)
    title = f"Rows of {dataset.name}"
    there = {name: text for name, text in asked.query.items() if name not in ("page", "version", "variant")}
    is_last = len(found) <= _PAGE_ROWS or page == _MOST_PAGES
    return {
        "name": dataset.name,
        "version": words_of(dataset.version),
        "variant": dataset.place.variant,
        "where": where,
        "sort": sort,
        "order": order,
        "sortable": [_AS_STORED, *sortable],
        "page": page,
        "table": table_of(asked, dataset, found[:_PAGE_ROWS], title),
        "previous": link_below(asked, dataset, "rows", **there, page=page - 1) if page > 1 else "",
        "next": "" if is_last else link_below(asked, dataset, "rows", **there, page=page + 1),
        "dataset_link": link_below(asked, dataset),
    }


def _page_of_rows(dataset: Dataset, where: Mapping[str, str], sort: str, order: str, page: int) -> list[Row]:
    """Return the rows of a page, and one more where there is one."""
    condition, values = _condition(dataset, where)
    bounds = f"LIMIT {_PAGE_ROWS + 1} OFFSET {(page - 1) * _PAGE_ROWS}"
    ordered = ""
    if sort != _AS_STORED:
        key = column_sql(dataset, dataset.manifest.key)
        ordered = f" ORDER BY {column_sql(dataset, sort)} {'DESC' if order == 'down' else 'ASC'} NULLS LAST, {key}"
        if dataset.name in JOIN_PATHS:  # wide rows: only the keys are sorted, the rows are looked up
            query = f"SELECT {key} FROM {{rows}}{condition}{ordered} {bounds}"  # noqa: S608 - names of the schema
            return _rows_of_keys(dataset, answer(dataset, query, values).column(0))
    chosen = ", ".join(map(counted_sql, dataset.schema))
    query = f"SELECT {chosen} FROM {{rows}}{condition}{ordered} {bounds}"  # noqa: S608 - names of the schema
    rows: list[Row] = answer(dataset, query, values).to_pylist()
    return rows


def _rows_of_keys(dataset: Dataset, keys: pa.ChunkedArray) -> list[Row]:
    """Return the rows of some keys of a join, in their order, with the number of entries in place of lists.

    Light rows are looked up in random access; what that doesn't hold is read off the files, a row group a key.
    """
    held = _held_rows(dataset, keys.to_pylist()) if dataset.place.variant == "light" else None
    if held is not None:
        return [{name: _counted(value) for name, value in row.items()} for row in held]
    rows = rows_with(dataset, dataset.manifest.key, keys.combine_chunks(), dataset.schema.names)
    counted = [pc.list_value_length(column) if is_list(column.type) else column for column in rows.columns]
    places = pc.index_in(keys, rows[dataset.manifest.key])
    found: list[Row] = pa.table(counted, names=rows.column_names).take(places).to_pylist()
    return found


def _held_rows(dataset: Dataset, keys: list[int | str]) -> list[Row] | None:
    """Return the rows as random access holds them; None where it hasn't the version, or not all of the rows."""
    version = dataset.version
    with (
        suppress(DatasetError),
        RandomAccessTier(dataset.place.root).reader(dataset.name, version.date, version.iteration) as reader,
    ):
        rows = [row for row in reader.get_many(keys) if row is not None]
        return rows if len(rows) == len(keys) else None
    return None


def _counted(value: object) -> object:
    return len(value) if isinstance(value, list) else value


def _condition(dataset: Dataset, where: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the condition that fields have values, and the values to bind.

    Raises AskedWrongError if there is no such field, or it holds no plain value.
    """
    conditions, values = [], []
    for name, text in where.items():
        if name not in dataset.schema.names or pa.types.is_nested(dataset.schema.field(name).type):
            raise AskedWrongError(f"{name!r} is no field of {dataset.name} that has a plain value")
        if text == _NULL:
            conditions.append(f"{column_sql(dataset, name)} IS NULL")
        else:
            conditions.append(f"{column_sql(dataset, name)}::VARCHAR = ?")
            values.append(text)
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), values


def key_page(asked: Asked) -> dict[str, object]:
    """Return the rows of one key of any dataset, which may be none of the joins."""
    dataset, key = opened(asked, asked.path["dataset"]), asked.path["key"]
    given = keyed_dataset(asked.output, dataset.name).keys(key)
    for one in given.keys:
        with suppress(DatasetError):  # it can't be a key of this column
            rows = lookup(dataset, one)
            if len(rows):
                return _values_of_key(asked, dataset, key, rows)
    raise NoSuchPageError(
        f"{dataset.name} {key!r} is not in {dataset.version}{given.note}",
        remedy="Look among its rows:",
        links=[Cell(f"Rows of {dataset.name}", asked.link("datasets", dataset.name, "rows"))],
    )


def _values_of_key(asked: Asked, dataset: Dataset, key: str, rows: pa.Table) -> dict[str, object]:
    shown = rows.slice(0, _MOST_KEY_ROWS).to_pylist()
    table = table_of(asked, dataset, shown, f"Rows of {key}")
    return {
        "name": dataset.name,
        "key": key,
        "version": words_of(dataset.version),
        "table": Rows(table.title, table.columns, table.rows, len(rows)),
        "dataset_link": asked.link("datasets", dataset.name),
    }
