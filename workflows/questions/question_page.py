"""The page of questions: what was understood, the SQL that can be edited in the query box, and the first rows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from joins.errors import DiscoveryError
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.explorer.page_routes import Asked, asked_of, json_response, shared_values, wants_json
from workflows.explorer.versions_there import chosen_versions
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.templates import render
from workflows.questions.answer_or_refusal import Answer, Refusal
from workflows.questions.ask_question import ask, vocabulary_in
from workflows.questions.lexicon.vocabulary import Vocabulary
from workflows.shared_sql.box_answers import problem_response
from workflows.shared_sql.box_asked import check_same_site
from workflows.shared_sql.box_page import answer_rows
from workflows.shared_sql.box_runs import BoxQuery, Kept, runs_of

PATH = "/ask"
_SHOWN, _KEPT = 100, 8
_EXAMPLES = (
    "boards with the most repins received last month",
    "how many pins per category",
    "top 3 boards per category by page rank",
    "users with more repins received than given",
    "average number of pins per board by country",
    "pins per month",
)


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the page and of its JSON twin."""
    return [Route(f"{PATH}.json", partial(_page, as_json=True)), Route(PATH, _page)]


async def _page(request: Request, *, as_json: bool = False) -> Response:
    """Answer with the page or its twin; the SQL is run as one of the query box, in its bounds."""
    as_json = as_json or wants_json(request)
    asked = asked_of(request)
    try:
        values, found = await run_in_threadpool(question_values, asked)
        if isinstance(found, Answer):
            check_same_site(request)
            query = BoxQuery(found.sql, {}, asked.query.get("version", ""))
            kept = await runs_of(request.app).answered(request, query)
            values |= {"result": _first_rows(kept)}
    except DiscoveryError as error:
        return problem_response(request, error, as_json=as_json)
    if as_json:
        return json_response(values)
    return HTMLResponse(render("questions", "question.html", **shared_values(request), **values))


def question_values(asked: Asked) -> tuple[dict[str, object], Answer | Refusal | None]:
    """Return the values of the page, and how a question was read.

    Without a question there are examples, with one what was understood, or the reason why it isn't answered.
    """
    question = asked.query.get("question", "").strip()
    examples = [Cell(one, asked.link(PATH.strip("/"), question=one)) for one in _EXAMPLES]
    values: dict[str, object] = {"question": question, "examples": examples, "answered": False, "reason": ""}
    if not question:
        return values, None
    found = ask(_vocabulary(asked.output, chosen_versions(asked)), question)
    words = {"words": _words(found)} if isinstance(found, Answer) else {}
    return values | found.as_json() | words, found


def _words(found: Answer) -> Rows:
    columns = (Column("words"), Column("understood as"))
    return Rows("What was understood", columns, [(one.words, one.meaning) for one in found.understood])


def _first_rows(kept: Kept) -> Rows:
    """Return the first rows of an answer; ids lead to their pages."""
    is_all = kept.is_whole and kept.table.num_rows <= _SHOWN
    shown = kept.table.slice(0, _SHOWN)
    title = "The rows" if is_all else f"The first {shown.num_rows} rows"
    return answer_rows(shown, title, kept.query.version)


def _vocabulary(output: Root, chosen: Mapping[str, Version | None] | None) -> Vocabulary:
    """Return the words of a version, which are read once, as a version never changes."""
    serving = (chosen or {}).get("board_joins") or SqlBatchTier(output).select("board_joins")
    return _read_once(output, serving, tuple(sorted((chosen or {}).items())))


@lru_cache(_KEPT)
def _read_once(output: Root, _serving: Version, chosen: tuple[tuple[str, Version | None], ...]) -> Vocabulary:
    return vocabulary_in(output, dict(chosen) or None)
