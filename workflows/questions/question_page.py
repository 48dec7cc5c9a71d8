"""The page of questions: what was understood, the SQL that can be edited in the query box, and the first rows."""

import functools
from collections.abc import Mapping, Sequence

import pyarrow as pa
from starlette.routing import BaseRoute

from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.commands.outputs.sql import versions_asked_for
from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.versions_there import asked_version
from workflows.pages.cells import Cell, Column, Rows
from workflows.questions.answer_or_refusal import Answer, Refusal
from workflows.questions.ask_question import ask, vocabulary_in
from workflows.questions.lexicon.vocabulary import Vocabulary

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
_LINKS = {"board_id": "boards", "user_id": "users", "image_signature": "pins"}
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_temporal)


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the page and of its JSON twin."""
    return page_routes(PATH, "questions", "question.html", question_values)


def question_values(asked: Asked) -> dict[str, object]:
    """Return the values of the page: without a question examples, with one the answer or the reason why not."""
    question = asked.query.get("question", "").strip()
    examples = [Cell(one, asked.link(PATH.strip("/"), question=one)) for one in _EXAMPLES]
    values: dict[str, object] = {"question": question, "examples": examples, "answered": False, "reason": ""}
    if not question:
        return values
    chosen = _versions(asked)
    found = ask(_vocabulary(asked.output, chosen), question)
    if isinstance(found, Refusal):
        return values | found.as_json()
    return values | found.as_json() | {"result": _result(asked, found, chosen), "words": _words(found)}


def _words(found: Answer) -> Rows:
    columns = (Column("words"), Column("understood as"))
    return Rows("What was understood", columns, [(one.words, one.meaning) for one in found.understood])


def _result(asked: Asked, found: Answer, chosen: Mapping[str, Version | None] | None) -> Rows:
    """Return the first rows; ids lead to their pages."""
    rows: list[tuple[object, ...]] = []
    with SqlBatchTier(asked.output).answer(found.sql, chosen) as answer:
        schema = answer.schema
        for batch in answer.batches:
            kept = batch.slice(0, _SHOWN + 1 - len(rows))
            columns = [column.to_pylist() for column in kept.columns]
            rows += zip(*columns, strict=True)
            if len(rows) > _SHOWN:
                break
    is_more = len(rows) > _SHOWN
    title = f"The first {_SHOWN} rows" if is_more else "The rows"
    heads = [Column(one.name, is_number=_is_number(one)) for one in schema]
    linked = [[_cell(asked, head.name, value) for head, value in zip(heads, row, strict=True)] for row in rows[:_SHOWN]]
    return Rows(title, heads, linked)


def _is_number(one: pa.Field) -> bool:
    """Say whether a column holds numbers that are compared; ids are names."""
    return one.name not in _LINKS and any(is_(one.type) for is_ in _NUMBERS)


def _cell(asked: Asked, column: str, value: object) -> object:
    if value is None or column not in _LINKS:
        return value
    return Cell(value, asked.link(_LINKS[column], value), words=str(value))


def _versions(asked: Asked) -> Mapping[str, Version | None] | None:
    date, iteration = asked_version(asked)
    if date is None:
        return None
    return versions_asked_for(SqlBatchTier(asked.output), date, iteration)


def _vocabulary(output: Root, chosen: Mapping[str, Version | None] | None) -> Vocabulary:
    """Return the words of a version, which are read once, as a version never changes."""
    serving = (chosen or {}).get("board_joins") or SqlBatchTier(output).select("board_joins")
    return _read_once(output, serving, tuple(sorted((chosen or {}).items())))


@functools.lru_cache(_KEPT)
def _read_once(output: Root, _serving: Version, chosen: tuple[tuple[str, Version | None], ...]) -> Vocabulary:
    return vocabulary_in(output, dict(chosen) or None)
