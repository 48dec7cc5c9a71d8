"""The routes of what is saved: lists, data docs, and the two forms that post; nothing else here changes anything."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from joins.errors import DiscoveryError
from workflows.explorer.guards import check_token
from workflows.explorer.page_routes import AskedWrongError, asked_of, link, page_routes, shared_values
from workflows.explorer.versions_there import date_of
from workflows.pages.templates import render
from workflows.shared_sql.box_answers import box_response, problem_response
from workflows.shared_sql.box_asked import BoxAsked, posted_fields
from workflows.shared_sql.box_page import DOCS_PATH, QUERIES_PATH, SAVE_PATH, BoxState
from workflows.shared_sql.box_runs import BoxQuery, keep_answer, runs_of
from workflows.shared_sql.doc_pages import DocForm, doc_form, doc_values, saved_list
from workflows.shared_sql.query_parameters import ParameterError, values_for
from workflows.shared_sql.saved.data_doc import DataDoc
from workflows.shared_sql.saved.front_matter import SavedFileError
from workflows.shared_sql.saved.saved_files import ConflictError, data_docs, saved_queries
from workflows.shared_sql.saved.saved_query import SavedQuery

Answering = Callable[[Request], Awaitable[Response]]

_ROOM = "shared_sql"
# What a form says, with all that was written in it; the last is a form of an earlier start, which is sent once more.
_NOT_SAVED = (SavedFileError, ParameterError, ConflictError, AskedWrongError)


def save_routes() -> list[BaseRoute]:
    """Return the routes of what is saved."""
    return [
        *page_routes(QUERIES_PATH, _ROOM, "saved.html", saved_list),
        Route(SAVE_PATH, _told(_save_query), methods=["POST"]),
        Route(f"{DOCS_PATH}/save", _told(_save_doc), methods=["POST"]),
        Route(f"{DOCS_PATH}/new", _told(_edit_doc)),
        Route(f"{DOCS_PATH}/{{name}}/edit", _told(_edit_doc)),
        *page_routes(f"{DOCS_PATH}/{{name}}", _ROOM, "doc.html", doc_values),
    ]


def _told(answer: Answering) -> Answering:
    """Return what answers, with a page for what it raises for people."""

    @wraps(answer)
    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except DiscoveryError as error:
            return problem_response(request, error)

    return told


async def _save_query(request: Request) -> Response:
    """Save the query that was posted, and lead to its page; where it can't be saved, the form comes back as it was."""
    fields = await posted_fields(request)
    form, version = dict(fields), request.query_params.get("version", "")
    date = await run_in_threadpool(date_of, asked_of(request))
    asked = replace(BoxAsked.of_fields(fields), version=version, date=date)
    try:
        check_token(request, form.get("token", ""))
        saved = await run_in_threadpool(_query_of, asked, form)
        await run_in_threadpool(saved_queries(request.app.state.output).save, saved, form.get("digest", ""))
        await run_in_threadpool(_keep_answer, request, asked, saved)
    except _NOT_SAVED as error:
        wanted = {name: form.get(name, "") for name in ("name", "title", "description", "owner")}
        state = BoxState(replace(asked, runs=False), digest=form.get("digest", ""), refused=error, form=wanted)
        return await run_in_threadpool(box_response, request, state, _status_of(error))
    return RedirectResponse(link("sql", "queries", saved.name, version=version or None), HTTPStatus.SEE_OTHER)


def _keep_answer(request: Request, asked: BoxAsked, saved: SavedQuery) -> None:
    """Keep the answer beside the form as the last one of what was saved, if it is of this text and these values."""
    query = BoxQuery(asked.bound.sql, values_for(asked.parameters(saved), asked.values), asked.version)
    kept = runs_of(request.app).kept(asked.kept, query)
    if kept:
        keep_answer(request.app.state.output, saved, kept)


def _query_of(asked: BoxAsked, form: dict[str, str]) -> SavedQuery:
    """Return the query that a form describes; the values of its parameters are their defaults from now on."""
    parameters = tuple(replace(one, default=asked.values.get(one.name, "")) for one in asked.parameters())
    texts = {name: _without_blanks(form.get(name, "")) for name in ("title", "description", "owner")}
    return SavedQuery(
        form.get("name", "").strip(), asked.sql.strip(), **texts, chart=asked.chart, parameters=parameters
    )


async def _edit_doc(request: Request) -> Response:
    """Answer with the form of a doc: an empty one, or that of a doc that is saved."""
    name = request.path_params.get("name", "")
    form = DocForm(DataDoc("", ""))
    if name:
        found = await run_in_threadpool(data_docs(request.app.state.output).found, name)
        form = DocForm(found.saved, found.digest)
    return await run_in_threadpool(_doc_page, request, form, HTTPStatus.OK)


async def _save_doc(request: Request) -> Response:
    """Save the doc that was posted, and lead to its page."""
    form = dict(await posted_fields(request))
    texts = {name: _without_blanks(form.get(name, "")) for name in ("title", "owner")}
    doc = DataDoc(form.get("name", "").strip(), form.get("notes", "").replace("\r\n", "\n").strip(), **texts)
    try:
        check_token(request, form.get("token", ""))
        await run_in_threadpool(data_docs(request.app.state.output).save, doc, form.get("digest", ""))
    except _NOT_SAVED as error:
        wanted = DocForm(doc, form.get("digest", ""), error)
        return await run_in_threadpool(_doc_page, request, wanted, _status_of(error))
    return RedirectResponse(f"{DOCS_PATH}/{doc.name}", HTTPStatus.SEE_OTHER)


def _status_of(error: DiscoveryError) -> HTTPStatus:
    return HTTPStatus.CONFLICT if isinstance(error, ConflictError) else HTTPStatus.BAD_REQUEST


def _doc_page(request: Request, form: DocForm, status: HTTPStatus) -> Response:
    values = shared_values(request) | {"twin": "", "token": request.app.state.token}
    page = render(_ROOM, "doc_form.html", **values, **doc_form(form, request.app.state.output))
    return HTMLResponse(page, status)


def _without_blanks(text: str) -> str:
    """Return a text without blanks at the ends of its lines, which no reader sees and no file keeps."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
