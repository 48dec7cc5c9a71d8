"""The values of one field of a version: how many there are, which are frequent, how numbers are spread."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
from starlette.routing import BaseRoute

from joins.arrow.fields import FieldMeaning, fields_by_path, meaning_of
from storage_tiers.versioned.datasets import Dataset
from workflows.explorer.dataset_pages.dataset_page import asked_dataset, link_below, short_type
from workflows.explorer.dataset_pages.field_values import (
    Kind,
    Spread,
    counts_between,
    counts_over_time,
    frequent_values,
    kind_of,
    spread_of,
)
from workflows.explorer.page_routes import Asked, NoSuchPageError, page_routes
from workflows.explorer.versions_there import words_of
from workflows.pages.cells import Cell, Column, Rows, category_cell, is_category
from workflows.pages.chart_bins import bins, whole_bins
from workflows.pages.charts import Axis, Chart, bars, histogram
from workflows.pages.words import share, significant

_N_BINS = 30
_MOST_CHARACTERS = 60  # of a value beside its bar
_NULL = "null"  # in an address
_SKEWED = 20  # how many times the largest may be the median before equal factors are shown instead of equal steps


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the page of a field."""
    return page_routes("/datasets/{dataset}/columns/{column}", "explorer", "column.html", column_page)


def column_page(asked: Asked) -> dict[str, object]:
    """Return what a field of a version holds."""
    dataset, path = asked_dataset(asked), asked.path["column"]
    field = dict(fields_by_path(dataset.schema)).get(path)
    if field is None or path.count(".") > 1:
        links = [Cell(name, link_below(asked, dataset, "columns", name)) for name in dataset.schema.names]
        problem = f"{dataset.name} has no field {path!r}"
        raise NoSuchPageError(problem, remedy="It has these:", links=links)
    said = meaning_of(field) or FieldMeaning("")
    kind = kind_of(field.type)
    spread = spread_of(dataset.place, dataset.manifest.digest, path, kind)
    frequent = frequent_values(dataset.place, dataset.manifest.digest, path, kind)
    return {
        "name": dataset.name,
        "column": path,
        "type": short_type(field.type),
        "meaning": said.meaning,
        "unit": said.unit,
        "version": words_of(dataset.version),
        "facts": _facts(spread, kind),
        "chart": _chart(dataset, path, kind, said.unit, spread, frequent),
        "frequent": _frequent_rows(asked, dataset, path, kind, frequent, spread),
        "dataset_link": link_below(asked, dataset),
    }


def _facts(spread: Spread, kind: Kind) -> list[tuple[str, object]]:
    what = "entries in a list" if kind == "list" else "value"
    facts: list[tuple[str, object]] = [
        ("values", spread.n_values),
        ("null", Cell(spread.n_null, words=f"{spread.n_null:,} ({share(spread.n_null, spread.n_all)})")),
        ("distinct, estimated", spread.n_distinct),
    ]
    if kind == "text" or not spread.n_values:
        return facts
    facts += [(f"least {what}", spread.least), (f"largest {what}", spread.most)]
    return facts if kind == "time" else [*facts, (f"median {what}", spread.median), (f"mean {what}", spread.mean)]


def _chart(
    dataset: Dataset, path: str, kind: Kind, unit: str, spread: Spread, frequent: Sequence[tuple[object, int]]
) -> Chart | None:
    """Return how numbers or times are spread, or how often the frequent values are there; None where nothing is."""
    place, digest = dataset.place, dataset.manifest.digest
    if not spread.n_values:
        return None
    if kind == "time" and isinstance(spread.least, dt.date) and isinstance(spread.most, dt.date):
        step, counted = counts_over_time(place, digest, path, n_days=(spread.most - spread.least).days)
        days, counts = [day for day, _ in counted], [n for _, n in counted]
        caption = f"Values of each {step}, in UTC."
        return bars("values", path, caption, Axis(path, step), Axis("values"), {"values": counts}, days)
    if kind in ("number", "list") and isinstance(spread.least, int | float) and isinstance(spread.most, int | float):
        return _histogram(dataset, path, kind, unit, spread)
    named = [(str(value), n) for value, n in frequent if value is not None]
    if named[0][1] == 1:  # every value is there once: nothing to see
        return None
    caption = (
        f"The {len(named)} most frequent values."
        if spread.n_distinct > len(named)
        else "How often each value is there."
    )
    shown = [text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…" for text, _ in named]
    places = shown if len(set(shown)) == len(shown) else [f"{number}. {text}" for number, text in enumerate(shown, 1)]
    counts = [n for _, n in named]
    return bars("values", path, caption, Axis(path), Axis("rows"), {"rows": counts}, places, lying=True)


def _histogram(dataset: Dataset, path: str, kind: Kind, unit: str, spread: Spread) -> Chart:
    low, high, median = float(spread.least), float(spread.most), float(spread.median or 0)  # type: ignore[arg-type]
    is_log = low > 0 and median > 0 and high / median > _SKEWED
    edges = tuple((whole_bins if spread.is_whole else bins)(low, high, _N_BINS, is_log=is_log))
    counts = counts_between(dataset.place, dataset.manifest.digest, path, kind, edges)
    title = f"entries of {path}" if kind == "list" else path
    caption = f"How {spread.n_values:,} values are spread; the median is {significant(median)}."
    return histogram("values", title, caption, Axis(title, unit, is_log), Axis("values"), edges, counts)


def _frequent_rows(
    asked: Asked, dataset: Dataset, path: str, kind: Kind, frequent: Sequence[tuple[object, int]], spread: Spread
) -> Rows:
    """Return the frequent values; those of a plain field lead to their rows."""
    is_plain = kind != "list" and "." not in path and not pa.types.is_nested(dataset.schema.field(path).type)
    rows = []
    for value, n in frequent:
        if isinstance(value, float) and n == 1:  # most values of a measure are there once
            continue
        text = _NULL if value is None else _written(value)
        href = link_below(asked, dataset, "rows", **{f"is.{path}": text}) if is_plain and text is not None else ""
        shown = category_cell(value).words if is_category(path.rpartition(".")[2]) else _shown(value)
        cell = Cell(value, href, shown)
        rows.append([cell, n, Cell(n / spread.n_all, words=share(n, spread.n_all))])
    columns = [Column(path), Column("rows", is_number=True), Column("share", is_number=True)]
    return Rows(f"Most frequent values of {path}", columns, rows, spread.n_distinct + bool(spread.n_null))


def _shown(value: object) -> str:
    """Return a value in a few words."""
    if isinstance(value, float):
        return significant(value)
    return "null" if value is None else str(value)[:_MOST_CHARACTERS] or "empty text"


def _written(value: object) -> str | None:
    """Return a value as an address names it; None for what DuckDB and Python write in two ways."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None
