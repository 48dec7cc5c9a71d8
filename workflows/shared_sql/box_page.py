"""The page of the query box: what it shows of a query, its parameters, its answer, its chart, and what is saved.

These are the values of the template and of the JSON twin. They hold no request and start nothing: an answer, or why
there is none, is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from joins.errors import DiscoveryError
from storage_tiers.reading.answer_formats import values_of, with_hex
from storage_tiers.sql_batch.bounded_queries import QueryBounds
from workflows.explorer.page_routes import link
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.words import count
from workflows.shared_sql.answer_charts import chart_of
from workflows.shared_sql.box_asked import DATE, DOWNLOADS, BoxAsked
from workflows.shared_sql.box_runs import Kept, NoAnswerError
from workflows.shared_sql.chart_choice import (
    CHART_KINDS,
    ChartChoice,
    chart_as_asked,
    columns_for,
    is_id,
    role_of,
    traits_of,
)
from workflows.shared_sql.completion import type_in_words
from workflows.shared_sql.query_parameters import PARAMETER_TYPES, Parameter, ParameterError
from workflows.shared_sql.saved.saved_query import SavedQuery

BOX_PATH, DOWNLOAD_PATH, SAVE_PATH, NAMES_PATH = "/sql", "/sql/download", "/sql/save", "/sql/names.json"
QUERIES_PATH, DOCS_PATH = "/sql/queries", "/sql/docs"

_PAGES_OF_KEYS = {"image_signature": "pins", "board_id": "boards", "user_id": "users"}
_LONGEST_CELL = 1_000  # characters
_BEGINNINGS = {
    "Which categories have most boards": """\
SELECT category, count(*) AS boards
FROM board_joins
GROUP BY category
ORDER BY boards DESC""",
    "The most important boards": """\
SELECT board_id, name, category, page_rank
FROM board_joins
ORDER BY page_rank DESC
LIMIT 20""",
    "How ranks are spread": """\
SELECT '2^' || floor(log2(page_rank))::INTEGER AS rank_from, count(*) AS boards
FROM board_joins
GROUP BY rank_from
ORDER BY max(page_rank)""",
    "Boards of one category": """\
SELECT board_id, name, page_rank
FROM board_joins
WHERE category = {{category}}
ORDER BY page_rank DESC
LIMIT {{top}}""",
}


@dataclass(frozen=True, slots=True)
class BoxState:
    """What the page of the box is made of.

    Parameters
    ----------
    asked
        What was asked for.
    saved, digest
        The saved query it stems from, and the digest of its file.
    kept
        The answer; its own one, or the last of the saved query.
    is_last
        Whether the answer is the last one of the saved query, and not of now.
    error
        Why there is no answer.
    refused
        Why it wasn't saved.
    form
        What stood in the form of saving, where that failed.
    """

    asked: BoxAsked
    saved: SavedQuery | None = None
    digest: str = ""
    kept: Kept | None = None
    is_last: bool = False
    error: DiscoveryError | None = None
    refused: DiscoveryError | None = None
    form: Mapping[str, str] | None = None


def box_values(
    state: BoxState, queries: Sequence[SavedQuery], bounds: QueryBounds, versions: Sequence[str] = ()
) -> dict[str, object]:
    """Return the values of the page."""
    asked, saved = state.asked, state.saved
    parameters, problem = _parameters(state)
    error = state.error or (None if state.refused else problem)  # the form says it
    is_changed = bool(saved and asked.sql.strip() != saved.sql)
    return {
        "title": saved.called if saved else "SQL",
        "query": asked.sql,
        "saved": _described(asked, saved) if saved else None,
        "is_changed": is_changed,
        "parameters": parameters,
        "parameter_types": list(PARAMETER_TYPES),
        "problem": {"text": _in_words(error), "outcome": getattr(error, "outcome", "refused")} if error else None,
        **_answer_values(state),
        "chosen_chart": asked.chart,
        "kept": state.kept.token if state.kept and not state.is_last else asked.kept,
        "form": state.form or _form(saved),
        "refusal": refusal_values(state.refused),
        "digest": state.digest,
        "queries": [_described(asked, one) for one in queries],
        "beginnings": [
            {"title": title, "href": BoxAsked(sql, version=asked.version).address(BOX_PATH)}
            for title, sql in _BEGINNINGS.items()
        ],
        "version": asked.version,
        "versions": list(versions),
        "bounds": bounds_in_words(bounds),
        "paths": {"box": BOX_PATH, "save": SAVE_PATH, "names": NAMES_PATH, "queries": QUERIES_PATH, "docs": DOCS_PATH},
    }


def refusal_values(error: DiscoveryError | None) -> dict[str, str] | None:
    """Return why a form was refused, in words, and the field that it is about; None where it wasn't."""
    return {"text": str(error), "field": error.where} if error else None


def answer_rows(table: pa.Table, title: str, version: str = "") -> Rows:
    """Return the rows of an answer for a page; keys of joins link to their pages, of the version that was asked."""
    columns = [
        Column(
            field.name,
            is_number=role_of(field.type) == "number" and not is_id(field.name),
            meaning=type_in_words(field.type),
            is_category=role_of(field.type) == "name",
        )
        for field in table.schema
    ]
    values = [[_cell(field.name, value, version) for value in column] for field, column in _columns(table)]
    return Rows(title, columns, list(zip(*values, strict=True)) if values else [])


def note_of(kept: Kept, *, is_last: bool) -> str:
    """Return the line above an answer: how many rows, how long it took, whether more are there."""
    said = f"{count(kept.table.num_rows, 'row')}, {kept.seconds:.2f} s"
    when = f"Asked {kept.at:%Y-%m-%d %H:%M} UTC. " if is_last else ""
    when += f"Of version {kept.query.version}. " if kept.query.version else ""
    if kept.is_whole:
        return f"{when}{said}"
    if not kept.table.num_rows:
        return f"{when}The first row alone is larger than a page shows; ask for fewer columns, or for parts of them"
    return f"{when}The first {said}; there are more: a download has them"


def bounds_in_words(bounds: QueryBounds) -> str:
    """Return what a query may take, in a sentence."""
    return (
        f"A query only reads. It may take {bounds.seconds:g} seconds and {bounds.memory_mb:,} MB of memory; "
        f"a page shows {bounds.rows:,} rows, a download has {bounds.file_rows:,}. "
        "Section [queries] of luigi.cfg sets it."
    )


def _parameters(state: BoxState) -> tuple[list[dict[str, str]], DiscoveryError | None]:
    try:
        parameters = state.asked.parameters(state.saved)
    except ParameterError as error:
        return [], error
    return [_parameter(state.asked, one) for one in parameters], None


def _parameter(asked: BoxAsked, one: Parameter) -> dict[str, str]:
    """Describe a parameter; the date of the version isn't written into its field, as another version has another."""
    is_of_version = bool(asked.date) and one.name == DATE and one.default == asked.date
    value = asked.values.get(one.name, "" if is_of_version else one.default)
    meaning = one.meaning or (f"{asked.date} where it is empty" if is_of_version else "")
    return {"name": one.name, "type": one.type, "value": value, "meaning": meaning}


def _answer_values(state: BoxState) -> dict[str, object]:
    kept, asked = state.kept, state.asked
    if kept is None:
        return {"answer": None, "chart": None}
    try:
        rows = answer_rows(kept.table, "Answer", kept.query.version)
    except DiscoveryError as error:
        return {"answer": None, "chart": None, "problem": {"text": str(error), "outcome": "refused"}}
    columns, n_rows = traits_of(kept.table), kept.table.num_rows
    choice = chart_as_asked(columns, n_rows, asked.chart, asked.x, asked.y)
    along, drawn = columns_for(choice.kind, columns) if choice else ([], [])
    answer = {
        "rows": rows,
        "note": note_of(kept, is_last=state.is_last),
        "is_whole": kept.is_whole,
        "is_last": state.is_last,
        "asked_values": {name.removeprefix("p_"): text for name, (_, text) in kept.query.values.items()},
        "token": "" if state.is_last else kept.token,
        "downloads": [{"kind": kind, "href": asked.address(DOWNLOAD_PATH, **{"as": kind})} for kind in DOWNLOADS],
        "chart_kinds": [kind for kind in CHART_KINDS if chart_as_asked(columns, n_rows, kind, "", ())],
        "choice": _chosen(choice),
        "along": along,
        "drawn": drawn,
    }
    return {"answer": answer, "chart": chart_of(kept.table, choice, is_whole=kept.is_whole) if choice else None}


def _chosen(choice: ChartChoice | None) -> dict[str, object]:
    if choice is None:
        return {"kind": "none", "x": "", "y": [], "why": ""}
    return {"kind": choice.kind, "x": choice.x, "y": list(choice.ys), "why": choice.why}


def _described(asked: BoxAsked, query: SavedQuery) -> dict[str, object]:
    return {
        "name": query.name,
        "called": query.called,
        "description": query.description,
        "owner": query.owner,
        "href": link("sql", "queries", query.name, version=asked.version or None),
    }


def _form(saved: SavedQuery | None) -> dict[str, str]:
    names = ("name", "title", "description", "owner")
    return {name: str(getattr(saved, name)) if saved else "" for name in names}


def _columns(table: pa.Table) -> list[tuple[pa.Field, list[object]]]:
    whole = table.combine_chunks()
    return [
        (field, [one for chunk in column.chunks for one in values_of(chunk, field.name)])
        for field, column in zip(table.schema, whole.columns, strict=True)
    ]


def _cell(name: str, value: object, version: str) -> object:
    page = _PAGES_OF_KEYS.get(name)
    if page and isinstance(value, int | str) and str(value):
        return Cell(value, link(page, value, version=version or None), words=str(value))
    if is_id(name) and isinstance(value, int) and not isinstance(value, bool):
        return Cell(value, words=str(value))  # a name, and no count with its thousands apart
    if isinstance(value, str) and len(value) > _LONGEST_CELL:
        return Cell(value[:_LONGEST_CELL], words=f"{value[:_LONGEST_CELL]}… ({len(value):,} characters)")
    return with_hex(value)


def _in_words(error: DiscoveryError) -> str:
    if isinstance(error, NoAnswerError) and error.outcome == "cancelled":
        return "The query was cancelled."
    return str(error)
