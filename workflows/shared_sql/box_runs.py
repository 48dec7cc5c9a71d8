"""Runs of the query box: a query runs for as long as somebody waits for it, is counted, and its answer kept a while.

A browser that goes away, or whose user presses Cancel, closes its connection: that ends the query. What was answered is
kept for some minutes, so that another chart of it needs no second run; that of a saved query beside its file.
"""

import asyncio
import datetime as dt
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pyarrow as pa
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from joins.errors import DiscoveryError
from storage_tiers.sql_batch.bounded_queries import BoundedQueries, QueryBounds
from storage_tiers.sql_batch.query_process import QueryRun
from storage_tiers.sql_batch.query_worker import RowsFormat
from storage_tiers.stores.address import Root
from workflows.data_catalog.query_usage import Outcome, QueryUse, note_use
from workflows.explorer.page_routes import asked_of
from workflows.explorer.versions_there import chosen_versions
from workflows.settings import of_engines as settings
from workflows.shared_sql.saved.last_results import LastResult, keep_result, last_result
from workflows.shared_sql.saved.saved_query import SavedQuery

Values = Mapping[str, tuple[str, str | None]]

_KEPT = 16  # answers
_LOG = logging.getLogger("interest-graph.explorer")
_OUTCOMES: Mapping[str, Outcome] = {"answered": "done", "cancelled": "cancelled"}
_making = threading.Lock()


class NoAnswerError(DiscoveryError):
    """A query has no answer: it was refused, took too much, or was cancelled; ``outcome`` says which."""

    def __init__(self, run: QueryRun) -> None:
        super().__init__(run.said, where=run.where)
        self.outcome = run.outcome


@dataclass(frozen=True, slots=True)
class BoxQuery:
    """A query with the values of its places, the version it asks, and the saved query that it is, if any."""

    sql: str
    values: Values
    version: str = ""
    saved_name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer: its rows, whether these are all, how long it took, when, and what was asked."""

    table: pa.Table
    query: BoxQuery
    is_whole: bool = True
    seconds: float = 0.0
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(9))


def query_bounds() -> QueryBounds:
    """Return what a query of the box may take, as the settings have it.

    Raises SettingsError if one of them says something that isn't allowed.
    """
    return QueryBounds(
        seconds=settings.QUERY_TIME_LIMIT_S.value(),
        memory_mb=settings.QUERY_MEMORY_MB.value(),
        aside_mb=settings.QUERY_DISK_MB.value(),
        rows=settings.PAGE_ROWS.value(),
        megabytes=settings.PAGE_MB.value(),
        file_rows=settings.DOWNLOAD_ROWS.value(),
        file_megabytes=settings.DOWNLOAD_MB.value(),
        at_once=settings.QUERIES_AT_ONCE.value(),
    )


class BoxRuns:
    """Runs the queries of one explorer, and keeps the last answers."""

    def __init__(self, root: Root) -> None:
        self.root, self.queries = root, BoundedQueries(root, query_bounds())
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    async def answered(self, request: Request, query: BoxQuery) -> Kept:
        """Run a query for a page.

        Raises
        ------
        NoAnswerError
            If there is no answer.
        BusyError
            If too many run and wait.
        """
        run = await self.run(request, query, "arrow")
        try:
            if run.rows is None:
                raise NoAnswerError(run)
            table = pa.ipc.open_stream(run.rows.read_bytes()).read_all()
        finally:
            run.forget()
        kept = Kept(table, query, run.is_whole, run.seconds)
        with self._lock:
            self._kept[kept.token] = kept
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    def kept(self, token: str, query: BoxQuery) -> Kept | None:
        """Return an answer that was kept, if it is one to the same query with the same values, of the same version."""
        with self._lock:
            found = self._kept.get(token)
        return found if found and found.query == query else None

    async def run(self, request: Request, query: BoxQuery, rows_format: RowsFormat) -> QueryRun:
        """Run a query for as long as whoever sent the request waits, and note it for the catalog."""
        chosen = await run_in_threadpool(chosen_versions, asked_of(request))
        running = self.queries.begin(query.sql, query.values, rows_format, chosen)
        ended = asyncio.wrap_future(running.future)
        gone = asyncio.ensure_future(_gone(request))
        either: set[asyncio.Future[Any]] = {ended, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not ended.done():
                running.cancel()
        run = await ended
        await run_in_threadpool(self._note, run, query.saved_name)
        return run

    def _note(self, run: QueryRun, saved_name: str) -> None:
        """Note a run in the log of queries; without it the query is none the worse."""
        fields = {name: tuple(paths) for name, paths in run.fields.items()}
        use = QueryUse(dt.datetime.now(dt.UTC), _OUTCOMES.get(run.outcome, "failed"), saved_name, fields)
        try:
            note_use(self.root, use)
        except OSError as error:
            _LOG.warning("a query isn't counted, as its log can't be written: %s", error)


def runs_of(app: Starlette) -> BoxRuns:
    """Return what runs the queries of an application; it is made with the first page that needs it."""
    with _making:
        if not hasattr(app.state, "box_runs"):
            app.state.box_runs = BoxRuns(app.state.output)
        return cast("BoxRuns", app.state.box_runs)


def end_runs(app: Starlette) -> None:
    """End all queries of an application."""
    if hasattr(app.state, "box_runs"):
        app.state.box_runs.queries.close()


def keep_answer(root: Root, query: SavedQuery, kept: Kept) -> None:
    """Keep an answer as the last one of a saved query, whose text it is of.

    Where it can't be written, the log says so, and there is none.
    """
    values = {name.removeprefix("p_"): text or "" for name, (_, text) in kept.query.values.items()}
    result = LastResult(kept.table, kept.at, query.sql.strip(), values, kept.is_whole, kept.seconds, kept.query.version)
    try:
        keep_result(root, query.name, result)
    except OSError as error:
        _LOG.warning("the last result of %s can't be kept: %s", query.name, error)


def kept_result(root: Root, query: SavedQuery) -> Kept | None:
    """Return the last result of a saved query as an answer; None where there is none."""
    last = last_result(root, query.name)
    if last is None:
        return None
    values = {f"p_{name}": ("text", text) for name, text in last.values.items()}
    return Kept(last.table, BoxQuery(last.sql, values, last.version), last.is_whole, last.seconds, last.at)


async def _gone(request: Request) -> None:
    """Wait until nobody waits for the answer any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
