"""The page of the query box, or the page that says why there is none, as an answer to a browser or a program."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from joins.errors import DiscoveryError
from storage_tiers.sql_batch.bounded_queries import BusyError
from workflows.explorer.page_routes import NoSuchPageError, asked_of, json_response, problem_of, shared_values
from workflows.explorer.versions_there import version_choices
from workflows.pages.cells import Cell
from workflows.pages.templates import render
from workflows.shared_sql.box_asked import TooMuchPostedError
from workflows.shared_sql.box_page import BOX_PATH, QUERIES_PATH, BoxState, box_values
from workflows.shared_sql.box_runs import NoAnswerError, runs_of
from workflows.shared_sql.query_parameters import ParameterError
from workflows.shared_sql.saved.saved_files import NotSavedError, saved_queries

_ASKED_WRONG = (ParameterError, NoAnswerError, ValueError)


def box_response(
    request: Request, state: BoxState, status: HTTPStatus | None = None, *, as_json: bool = False
) -> Response:
    """Return the page of the box, or its twin.

    A query that has no answer is a page like any other, and an error to a program.
    """
    queries, _ = saved_queries(request.app.state.output).listed()
    values = box_values(state, queries, runs_of(request.app).queries.bounds, version_choices(asked_of(request)))
    if as_json:
        return json_response(values, status or (status_of(state.error) if values["problem"] else HTTPStatus.OK))
    shared = shared_values(request) | {"here": BOX_PATH}
    page = render(
        "shared_sql",
        "box.html",
        **(shared | ({"twin": ""} if request.method == "POST" else {})),
        token=request.app.state.token,
        **values,
    )
    return HTMLResponse(page, status or HTTPStatus.OK)


def problem_response(request: Request, error: DiscoveryError, *, as_json: bool = False) -> Response:
    """Return the page that says what is wrong, where no box can."""
    if isinstance(error, NotSavedError):
        error = NoSuchPageError(error.problem, where=error.where, links=[Cell("What is saved", QUERIES_PATH)])
    status, values = problem_of(error)
    if isinstance(error, (*_ASKED_WRONG, BusyError, TooMuchPostedError)):
        status = status_of(error)
        values |= {"title": "That can't be done", "status": int(status)}
    if as_json:
        return json_response(values, status)
    return HTMLResponse(render("pages", "problem.html", **(shared_values(request) | {"twin": ""}), **values), status)


def status_of(error: DiscoveryError | None) -> HTTPStatus:
    """Return the status by which a program is told of an error."""
    if isinstance(error, BusyError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, TooMuchPostedError):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    is_fault = isinstance(error, NoAnswerError) and error.outcome == "failed"
    return HTTPStatus.INTERNAL_SERVER_ERROR if is_fault else HTTPStatus.BAD_REQUEST
