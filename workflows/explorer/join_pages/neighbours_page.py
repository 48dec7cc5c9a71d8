"""The neighbours of a board in the repin graph, drawn and as tables: whom it saves from, and who saves from it."""

from collections.abc import Sequence
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
from starlette.routing import BaseRoute

from storage_tiers.debugging import lookup
from storage_tiers.reading import Row
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Version
from workflows.catalog import BOARD_JOINS, REPIN_EDGES
from workflows.explorer.drawings.neighbours import MOST_NEIGHBOURS, Neighbour, draw_neighbours
from workflows.explorer.opened_versions import names_of, open_if_there, row_of
from workflows.explorer.page_routes import Asked, NoSuchPageError, page_routes
from workflows.explorer.version_rows import answer
from workflows.explorer.versions_there import words_of
from workflows.origins.bases import base_below
from workflows.pages.cells import Cell, Column, Rows

_SAVERS = (
    "SELECT board_id, sum(n_repins)::BIGINT AS n_repins FROM {rows} "
    "WHERE parent_board_id = ? AND board_id <> parent_board_id GROUP BY board_id"
)


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the neighbours of a board."""
    return page_routes("/boards/{key}/neighbours", "explorer", "neighbours.html", neighbours_page)


def neighbours_page(asked: Asked) -> dict[str, object]:
    """Return the edges of a board, added up over users; what it saves from itself is said apart."""
    dataset, row = row_of(asked, BOARD_JOINS.name, asked.path["key"])
    board_id, version = cast("int", row["board_id"]), dataset.version
    base = Version(version.date, base_below(asked.output, version))
    edges = open_if_there(asked.output, REPIN_EDGES.name, base)
    if edges is None:
        problem = f"the repin graph of {version} is not published any more"
        raise NoSuchPageError(problem, links=[Cell("The board", asked.link("boards", board_id))])
    sources, n_own = _sources(edges, board_id)
    savers = [(cast("int", one["board_id"]), cast("int", one["n_repins"])) for one in _savers(edges, board_id)]
    shown = [board for side in (sources, savers) for board, _ in _strongest(side)]
    names = names_of(asked.output, BOARD_JOINS.name, version, shown)
    left, right = (_neighbours(asked, side, names) for side in (sources, savers))
    name = str(row["name"] or f"board {board_id}")
    return {
        "key": board_id,
        "name": name,
        "version": words_of(version),
        "board_link": asked.link("boards", board_id),
        "n_own": n_own,
        "drawing": draw_neighbours(name, left, right) if left or right else None,
        "sources": _table("Boards it saves from", left, names),
        "savers": _table("Boards that save from it", right, names),
    }


def _sources(edges: Dataset, board_id: int) -> tuple[list[tuple[int, int]], int]:
    """Return the boards that a board saves from with how often it does, and how often it saves from itself."""
    rows = lookup(edges, board_id)
    counted = pa.TableGroupBy(rows, "parent_board_id").aggregate([("n_repins", "sum")])
    is_own = pc.equal(counted["parent_board_id"], board_id)
    own, others = counted.filter(is_own), counted.filter(pc.invert(is_own))
    pairs = zip(others["parent_board_id"].to_pylist(), others["n_repins_sum"].to_pylist(), strict=True)
    return list(pairs), sum(own["n_repins_sum"].to_pylist())


def _savers(edges: Dataset, board_id: int) -> list[Row]:
    found: list[Row] = answer(edges, _SAVERS, [board_id]).to_pylist()
    return found


def _strongest(side: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted(side, key=lambda one: (-one[1], one[0]))[:MOST_NEIGHBOURS]


def _neighbours(asked: Asked, side: Sequence[tuple[int, int]], names: dict[object, str]) -> list[Neighbour]:
    return [Neighbour(board, names.get(board) or f"board {board}", n, asked.link("boards", board)) for board, n in side]


def _table(title: str, neighbours: Sequence[Neighbour], _names: dict[object, str]) -> Rows:
    strongest = sorted(neighbours, key=lambda one: (-one.n_repins, one.board_id))[:MOST_NEIGHBOURS]
    rows = [[Cell(one.name, one.href), one.n_repins] for one in strongest]
    return Rows(title, [Column("board"), Column("repins", is_number=True)], rows, len(neighbours))
