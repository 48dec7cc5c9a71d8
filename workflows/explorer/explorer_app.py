"""The explorer as one application: the rooms it has, and what is given out beside their pages.

A further room is one more entry of ``ROOMS``.
"""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from storage_tiers.sql_batch.query_folders import remove_forgotten
from storage_tiers.stores.address import Root
from workflows.data_catalog.catalog_pages import catalog_routes
from workflows.explorer import compare_page, day_reports, search_page, versions_page
from workflows.explorer.checked_requests import CheckedRequests
from workflows.explorer.dataset_pages import column_page, dataset_page, rows_page
from workflows.explorer.guards import LOOPBACK, Guards, new_token
from workflows.explorer.join_pages import (
    board_page,
    evidence_page,
    neighbours_page,
    picture_files,
    pin_page,
    user_page,
)
from workflows.explorer.page_routes import NoSuchPageError, problem_of, problem_response
from workflows.explorer.version_rows import close_database
from workflows.pages.assets import MEDIA_TYPES, asset_files, assets_digest
from workflows.questions import question_page
from workflows.shared_sql import sql_routes
from workflows.shared_sql.box_runs import end_runs

Routes = Callable[[], Sequence[BaseRoute]]
_YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the explorer: its name and first page in the navigation, and its routes."""

    title: str
    path: str
    routes: Routes
    closing: Callable[[Starlette], None] | None = None  # what ends with the application
    opening: Callable[[], None] | None = None  # what is done before its first page


# In the order of the navigation; what has no path of its own is reached by links.
ROOMS: tuple[Room, ...] = (
    Room("Overview", "/", versions_page.routes),
    Room("Datasets", "/datasets", dataset_page.routes, lambda _app: close_database()),
    Room("Catalog", "/catalog", catalog_routes.routes),
    Room("Search", "/search", search_page.routes),
    Room("Compare", "/compare", compare_page.routes),
    Room("Reports", "/reports", day_reports.routes),
    Room("SQL", "/sql", sql_routes.routes, end_runs, remove_forgotten),
    Room("Ask", "/ask", question_page.routes),
    Room("Rows of a dataset", "", rows_page.routes),
    Room("Values of a field", "", column_page.routes),
    Room("Evidence of a category", "", evidence_page.routes),
    Room("Neighbours of a board", "", neighbours_page.routes),
    Room("Board", "", board_page.routes),
    Room("Picture", "", pin_page.routes),
    Room("File of a picture", "", picture_files.routes),
    Room("User", "", user_page.routes),
)


def make_app(output: Root, input_root: str = "", hosts: Collection[str] = LOOPBACK) -> Starlette:
    """Return the application.

    Parameters
    ----------
    output
        The output folder that is shown, or its address in a store.
    input_root
        Where pictures lie beside the raw tables; none are shown where it is empty.
    hosts
        The names by which it may be called.
    """
    routes = [route for room in ROOMS for route in room.routes()]
    app = Starlette(
        routes=[Route("/assets/{digest}/{name}", _asset), *routes],
        middleware=[Middleware(Guards, hosts=hosts), Middleware(CheckedRequests)],
        exception_handlers={HTTPException: _http_problem},
        lifespan=_open_rooms,
    )
    app.state.output, app.state.input, app.state.token = output, input_root, new_token()
    app.state.assets = f"/assets/{assets_digest()}"
    app.state.navigation = [{"title": room.title, "path": room.path} for room in ROOMS if room.path]
    return app


@asynccontextmanager
async def _open_rooms(app: Starlette) -> AsyncIterator[None]:
    for room in ROOMS:
        if room.opening:
            room.opening()
    yield
    for room in ROOMS:
        if room.closing:
            room.closing(app)


def _asset(request: Request) -> Response:
    name, digest = request.path_params["name"], request.path_params["digest"]
    path = asset_files().get(name)
    if path is None or digest != assets_digest():
        raise HTTPException(HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": f"public, max-age={_YEAR_S}, immutable"}  # another content has another address
    return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers=headers)


def _http_problem(request: Request, error: Exception) -> Response:
    """Answer what no page answers: an unknown address, a method that isn't allowed."""
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.NOT_FOUND:
        problem = NoSuchPageError(f"there is no page {request.url.path!r}", remedy="Begin at the first page: /")
        status, values = problem_of(problem)
    else:
        values = {
            "status": int(status),
            "title": status.phrase,
            "problem": status.description,
            "remedy": "",
            "links": [],
        }
    answer = problem_response(request, status, values)
    answer.headers.update((error.headers or {}) if isinstance(error, HTTPException) else {})
    return answer
