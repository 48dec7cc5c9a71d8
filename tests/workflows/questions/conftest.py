"""A small finished day with many categories, whose date questions reckon from, and the words of it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from joins import GraphShape, generate_graph
from storage_tiers.sql_batch import SqlBatchTier
from workflows.commands.days.run import run_day
from workflows.questions.ask_question import ask, vocabulary_in

DAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="session")
def asked_output(tmp_path_factory, snapshot_writer, day_of) -> Path:
    """Build a day of 4,000 pins; its output folder."""
    root = tmp_path_factory.mktemp("questions")
    graph = generate_graph(GraphShape(n_pins=4_000), seed=3, as_of=DAY)
    snapshot_writer(root / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    assert run_day(day_of(root / "input", root / "output", iterations=1)) == 0
    return root / "output"


@pytest.fixture(scope="session")
def vocabulary(asked_output):
    """Read the words of the day."""
    return vocabulary_in(asked_output)


@pytest.fixture(scope="session")
def answer(vocabulary) -> Callable[[str], object]:
    """Ask a question about the day."""
    return lambda question: ask(vocabulary, question)


@pytest.fixture(scope="session")
def rows_of(asked_output) -> Callable[[str], list[tuple[object, ...]]]:
    """Return the rows of a query about the day, each a tuple."""
    tier = SqlBatchTier(asked_output)

    def rows(query: str) -> list[tuple[object, ...]]:
        with tier.answer(query) as opened:
            batches = [[column.to_pylist() for column in batch.columns] for batch in opened.batches]
        return [row for columns in batches for row in zip(*columns, strict=True)]

    return rows
