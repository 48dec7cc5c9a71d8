"""The routes of the SQL room: the box and its twin, downloads, completion, the room's own script and style."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from joins.errors import DiscoveryError
from storage_tiers.sql_batch.query_worker import RowsFormat
from workflows.explorer.page_routes import AskedWrongError, NoSuchPageError, asked_of, json_response
from workflows.explorer.versions_there import chosen_versions, date_of
from workflows.pages.assets import MEDIA_TYPES
from workflows.shared_sql.box_answers import box_response, problem_response
from workflows.shared_sql.box_asked import DOWNLOADS, BoxAsked, check_same_site
from workflows.shared_sql.box_page import BOX_PATH, DOWNLOAD_PATH, NAMES_PATH, QUERIES_PATH, BoxState
from workflows.shared_sql.box_runs import BoxQuery, NoAnswerError, keep_answer, kept_result, runs_of
from workflows.shared_sql.completion import names_there
from workflows.shared_sql.query_parameters import values_for
from workflows.shared_sql.save_routes import save_routes
from workflows.shared_sql.saved.saved_files import Found, saved_queries
from workflows.shared_sql.saved.saved_query import SavedQuery

_ROOM = "shared_sql"
_ASSETS = Path(__file__).parent / "assets"
_FORMATS: dict[str, RowsFormat] = {"csv": "csv", "json": "json", "parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a page of the box is about: what is asked for, and the saved query that it stems from."""

    asked: BoxAsked
    found: Found[SavedQuery] | None = None

    @property
    def saved(self) -> SavedQuery | None:
        """The saved query."""
        return self.found.saved if self.found else None

    @property
    def query(self) -> BoxQuery:
        """What is run; ParameterError if a value is none of its type."""
        values = values_for(self.asked.parameters(self.saved), self.asked.values)
        return BoxQuery(self.asked.bound.sql, values, self.asked.version, self.unchanged_name)

    @property
    def unchanged_name(self) -> str:
        """The name of the saved query whose text this is; empty if it is another text."""
        return self.saved.name if self.saved and self.saved.sql == self.asked.sql.strip() else ""


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the room."""
    return [
        Route(f"{BOX_PATH}/assets/{{name}}", _asset),
        Route(NAMES_PATH, _names),
        Route(DOWNLOAD_PATH, _download),
        *save_routes(),
        Route(f"{BOX_PATH}.json", partial(_box, as_json=True)),
        Route(BOX_PATH, _box),
        Route(f"{QUERIES_PATH}/{{name}}.json", partial(_box, as_json=True)),
        Route(f"{QUERIES_PATH}/{{name}}", _box),
    ]


async def _box(request: Request, *, as_json: bool = False) -> Response:
    """Answer with the box: a query, and its answer where it is to be run."""
    try:
        opened = await run_in_threadpool(_opened, request)
        state = await _state(request, opened)
        return await run_in_threadpool(box_response, request, state, as_json=as_json)
    except DiscoveryError as error:
        return problem_response(request, error, as_json=as_json)


def _opened(request: Request) -> Opened:
    """Open what an address asks for; NotSavedError or SavedFileError if it names what isn't saved."""
    asked = BoxAsked.of_fields(request.query_params.multi_items())
    asked = replace(asked, date=date_of(asked_of(request)))
    name = request.path_params.get("name") or asked.saved
    if not name:
        return Opened(asked)
    found = saved_queries(request.app.state.output).found(name)
    return Opened(asked.of_saved(found.saved), found)


async def _state(request: Request, opened: Opened) -> BoxState:
    """Return what the page shows: the answer that was kept, or of now, or the last one, or why there is none."""
    runs, asked = runs_of(request.app), opened.asked
    state = BoxState(asked, opened.saved, opened.found.digest if opened.found else "")
    await run_in_threadpool(runs.queries.start_ahead)
    if not asked.runs:
        last = await run_in_threadpool(kept_result, runs.root, opened.saved) if opened.saved else None
        return replace(state, kept=last, is_last=True) if last else state
    try:
        check_same_site(request)
        if not asked.sql.strip():
            raise AskedWrongError("there is no query", remedy="write one SELECT")
        query = opened.query
        kept = runs.kept(asked.kept, query)
        if kept is None:
            kept = await runs.answered(request, query)
            if opened.saved and opened.unchanged_name:
                await run_in_threadpool(keep_answer, runs.root, opened.saved, kept)
    except DiscoveryError as error:
        return replace(state, error=error)
    return replace(state, kept=kept)


async def _download(request: Request) -> Response:
    """Answer with the rows of a query as a file."""
    try:
        opened = await run_in_threadpool(_opened, request)
        kind = request.query_params.get("as", "")
        if kind not in DOWNLOADS:
            raise AskedWrongError(f"as is {kind!r}; allowed: {', '.join(DOWNLOADS)}")
        check_same_site(request)
        run = await runs_of(request.app).run(request, opened.query, _FORMATS[kind])
        if run.rows is None:
            raise NoAnswerError(run)
    except DiscoveryError as error:
        return problem_response(request, error)
    name = f"{opened.saved.name if opened.saved else 'answer'}.{kind}"
    forget = BackgroundTask(run_in_threadpool, run.forget)
    return FileResponse(run.rows, media_type=DOWNLOADS[kind], filename=name, background=forget)


async def _names(request: Request) -> Response:
    """Answer with the tables and fields there are."""
    chosen = await run_in_threadpool(chosen_versions, asked_of(request))
    return json_response(await run_in_threadpool(names_there, request.app.state.output, chosen))


def _asset(request: Request) -> Response:
    path = _ASSETS / request.path_params["name"]
    if path.name not in {one.name for one in _ASSETS.iterdir()}:
        return problem_response(request, NoSuchPageError(f"there is no file {path.name!r}"))
    return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})
