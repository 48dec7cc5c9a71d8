"""The pages of data docs and of all that is saved: notes with saved queries between them, and lists."""

from dataclasses import dataclass

from markupsafe import Markup

from joins.errors import DiscoveryError
from storage_tiers.stores.address import Root
from workflows.explorer.page_routes import Asked, AskedWrongError, NoSuchPageError
from workflows.pages.cells import Cell
from workflows.shared_sql.answer_charts import chart_of
from workflows.shared_sql.box_asked import VALUE, BoxAsked
from workflows.shared_sql.box_page import DOCS_PATH, QUERIES_PATH, answer_rows, note_of, refusal_values
from workflows.shared_sql.box_runs import kept_result
from workflows.shared_sql.chart_choice import chart_as_asked, traits_of
from workflows.shared_sql.saved.data_doc import DataDoc, DocPart, parts_of
from workflows.shared_sql.saved.front_matter import SavedFileError
from workflows.shared_sql.saved.saved_files import NotSavedError, data_docs, saved_queries
from workflows.shared_sql.saved.saved_query import SavedQuery

_ROWS_IN_DOC = 20
_EXAMPLE = "What this page is about.\n\n```query\ntop-boards\n```\n\nWhat there is to see in it.\n"


@dataclass(frozen=True, slots=True)
class DocForm:
    """What stands in the form of a doc: the doc, the digest of its file, and why it wasn't saved."""

    doc: DataDoc
    digest: str = ""
    error: DiscoveryError | None = None


def saved_list(asked: Asked) -> dict[str, object]:
    """Return the values of the page that lists what is saved."""
    queries, wrong_queries = saved_queries(asked.output).listed()
    docs, wrong_docs = data_docs(asked.output).listed()
    return {
        "title": "Saved queries and docs",
        "queries": [_described(asked, one, "queries") | {"description": one.description} for one in queries],
        "docs": [_described(asked, one, "docs") for one in docs],
        "problems": [*wrong_queries, *wrong_docs],
        "folder": str(saved_queries(asked.output).folder),
    }


def doc_values(asked: Asked) -> dict[str, object]:
    """Return the values of the page of a doc: its notes, and the last result of each query in it."""
    name = asked.path["name"]
    try:
        doc = data_docs(asked.output).found(name).saved
    except NotSavedError as error:
        link = Cell("What is saved", QUERIES_PATH)
        raise NoSuchPageError(error.problem, where=error.where, links=[link]) from None
    except SavedFileError as error:
        raise AskedWrongError(error.problem, where=error.where, remedy=error.remedy) from None
    return {
        "title": doc.called,
        "name": doc.name,
        "owner": doc.owner,
        "edit": f"{DOCS_PATH}/{doc.name}/edit",
        "parts": [_part(asked, part, number) for number, part in enumerate(parts_of(doc))],
    }


def doc_form(form: DocForm, root: Root) -> dict[str, object]:
    """Return the values of the page on which a doc is written."""
    queries, _ = saved_queries(root).listed()
    return {
        "title": f"Edit {form.doc.called}" if form.digest else "A new data doc",
        "doc": {"name": form.doc.name, "title": form.doc.title, "owner": form.doc.owner},
        "notes": form.doc.notes or _EXAMPLE,
        "digest": form.digest,
        "refusal": refusal_values(form.error),
        "queries": [one.name for one in queries],
    }


def _part(asked: Asked, part: DocPart, number: int) -> dict[str, object]:
    if not part.query:
        return {"notes": Markup(part.html), "query": None}  # noqa: S704 - markdown-it escaped it
    root, address = asked.output, asked.link("sql", "queries", part.query)
    shown: dict[str, object] = {
        "name": part.query,
        "called": part.query,
        "description": "",
        "owner": "",
        "href": address,
    }
    shown |= {"problem": "", "rows": None, "chart": None, "note": "", "run": address}
    try:
        query = saved_queries(root).found(part.query).saved
    except DiscoveryError as error:
        return {"notes": None, "query": shown | {"problem": str(error)}}
    values = {f"{VALUE}{name}": text for name, text in part.values.items()}
    shown |= {"called": query.called, "description": query.description, "owner": query.owner}
    shown["run"] = BoxAsked(saved=query.name, version=asked.query.get("version", "")).address(
        f"{QUERIES_PATH}/{query.name}", run="yes", **values
    )
    return {"notes": None, "query": shown | _last(root, query, part, number)}


def _last(root: Root, query: SavedQuery, part: DocPart, number: int) -> dict[str, object]:
    """Return the last result of a query of a doc, and whether it is of other values or of another text."""
    kept = kept_result(root, query)
    if kept is None:
        return {}
    values = {name.removeprefix("p_"): text for name, (_, text) in kept.query.values.items()}
    others = [name for name, text in part.values.items() if values.get(name) != text]
    note = note_of(kept, is_last=True)
    if kept.query.sql.strip() != query.sql:
        note += "; the query was changed since"
    elif others:
        note += f"; it was asked with {', '.join(f'{name} = {values.get(name)}' for name in others)}"
    rows = answer_rows(kept.table.slice(0, _ROWS_IN_DOC), query.called, kept.query.version)
    choice = chart_as_asked(traits_of(kept.table), kept.table.num_rows, query.chart, "", ())
    chart = chart_of(kept.table, choice, f"query-{number}", is_whole=kept.is_whole) if choice else None
    return {"rows": rows, "n_rows": kept.table.num_rows, "chart": chart, "note": note}


def _described(asked: Asked, one: SavedQuery | DataDoc, kind: str) -> dict[str, object]:
    href = asked.link("sql", kind, one.name)
    return {"name": one.name, "called": one.called, "owner": one.owner, "href": href}
