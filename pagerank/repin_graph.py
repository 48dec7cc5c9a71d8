"""The repin graph: which board saves from which, and how often, read off the accepted pins.

A pin that names the pin it was saved from is a repin. The facts carry the board and the user of that parent, so
an edge is a row, and the graph is a count of equal rows. Which of them rank boards, and with what weight, is said here,
too; nothing is ranked here, see `pagerank.board_ranks`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.fields import required
from joins.arrow.groups import Ints
from joins.arrow.ordering import order_by_all
from pagerank.errors import InvalidGraphError

EDGE_KEY = ["board_id", "parent_board_id", "user_id", "parent_user_id"]

REPIN_EDGES = pa.schema(
    [
        required("board_id", pa.int64(), "the board that repins", source="raw"),
        required("parent_board_id", pa.int64(), "the board it saves from; may be the same"),
        required("user_id", pa.int64(), "who repins", source="raw"),
        required("parent_user_id", pa.int64(), "whose pins they were"),
        required("n_repins", pa.int64(), "how many pins were saved so", "repins"),
    ]
)

RANKED_COLUMNS = ("board_id", "parent_board_id", "n_repins")  # of edges, that ranks and counts of boards follow from
FACT_COLUMNS = ["pin_id", *EDGE_KEY]


def repin_edges(facts: pa.Table) -> pa.Table:
    """Return how often each board and user repinned from each other board and user.

    Parameters
    ----------
    facts
        One row an accepted pin. Columns used, all int64: ``pin_id``, ``board_id``, ``user_id``, and
        ``parent_board_id``, ``parent_user_id``, which are both null for an original pin and for one whose
        parent is cut or missing. Other columns are passed over.

    Returns
    -------
    pyarrow.Table
        Schema `REPIN_EDGES`, sorted by board_id, parent_board_id, user_id, parent_user_id, each such edge once.
        A board that repins from itself stays, as an edge to itself.

    Raises
    ------
    InvalidGraphError
        A column is missing or not int64, a pin has no board or user, or one half of its parent only.

    Notes
    -----
    ``n_repins`` adds up to the number of facts with a parent. Depends on the rows only, not on their order.

    Examples
    --------
    >>> facts = pa.table({"pin_id": [1, 2, 3], "board_id": [10, 20, 20], "user_id": [5, 6, 6],
    ...     "parent_board_id": [None, 10, 10], "parent_user_id": [None, 5, 5]})
    >>> repin_edges(facts).to_pylist()
    [{'board_id': 20, 'parent_board_id': 10, 'user_id': 6, 'parent_user_id': 5, 'n_repins': 2}]
    """
    _check_columns(facts, FACT_COLUMNS, "facts")
    _check_facts(facts)
    return merge_repin_edges([single_repins(facts)])


def single_repins(facts: pa.Table) -> pa.Table:
    """Return an edge of its own for each repin, in the order of the facts: what `merge_repin_edges` can add up.

    ``EDGE_KEY`` of the facts is used alone. Two pins of one picture seldom make the same edge, so that counting edges
    before they are split by board would cost more than it spares.

    Examples
    --------
    >>> facts = pa.table([[20, 20, 30], [10, 10, None], [6, 6, 7], [5, 5, None]], names=EDGE_KEY)
    >>> single_repins(facts)["n_repins"].to_pylist()
    [1, 1]
    """
    repins = facts.select(EDGE_KEY).filter(pc.field("parent_board_id").is_valid())
    return pa.table([*repins.columns, np.ones(repins.num_rows, np.int64)], schema=REPIN_EDGES)


def merge_repin_edges(tables: Iterable[pa.Table]) -> pa.Table:
    """Return the repin edges of several sets of pins as those of all their pins together.

    Parameters
    ----------
    tables
        Tables of schema `REPIN_EDGES`, of disjoint sets of pins (hash partitions, for example); may be none.

    Returns
    -------
    pyarrow.Table
        As `repin_edges` returns it.

    Raises
    ------
    InvalidGraphError
        A column is missing, not int64, or has nulls.

    Examples
    --------
    >>> part = pa.table({"board_id": [20], "parent_board_id": [10], "user_id": [6], "parent_user_id": [5],
    ...     "n_repins": [2]}, schema=REPIN_EDGES)
    >>> merge_repin_edges([part, part])["n_repins"].to_pylist()
    [4]
    """
    parts = [REPIN_EDGES.empty_table()]
    for number, table in enumerate(tables):
        check_repin_edges(table, f"repin edges, table {number}")
        parts.append(table.select(REPIN_EDGES.names).cast(REPIN_EDGES))
    edges = pa.concat_tables(parts)
    *key, n_repins = (edges[name].to_numpy() for name in REPIN_EDGES.names)
    order = order_by_all(*key)
    starts = _starts_of_edges([column[order] for column in key])
    sums = np.add.reduceat(n_repins[order], starts) if len(starts) else n_repins
    return pa.table([*(column[order[starts]] for column in key), sums], schema=REPIN_EDGES)


def add_up_repin_edges(edges: pa.Table) -> pa.Table:
    """Add up the partial counts of one table; as `merge_repin_edges` of many."""
    return merge_repin_edges([edges])


def ranked_edges(edges: pa.Table, max_edge_weight_per_user: int | None = None) -> pa.Table:
    """Return repin edges as edges of a graph to rank, one for each user, in the same order: src, dst and weight, int64.

    So many repins of one user as `max_edge_weight_per_user`, at least 1, count on an edge; None: all. Those of a board
    from itself say nothing about its importance: as self-loops they would let it keep its importance and so lift
    itself.

    Examples
    --------
    >>> edges = pa.table([[10, 10, 10], [10, 30, 30], [1, 1, 2], [1, 3, 3], [4, 900, 2]], schema=REPIN_EDGES)
    >>> ranked_edges(edges, 5).to_pylist()
    [{'src': 10, 'dst': 30, 'weight': 5}, {'src': 10, 'dst': 30, 'weight': 2}]
    """
    between = edges.filter(pc.field("board_id") != pc.field("parent_board_id"))
    weight = between["n_repins"]
    if max_edge_weight_per_user is not None:
        weight = pc.min_element_wise(weight, pa.scalar(max_edge_weight_per_user, pa.int64()))
    return pa.table([between["board_id"], between["parent_board_id"], weight], names=["src", "dst", "weight"])


@dataclass(frozen=True, slots=True)
class RankedEdges:
    """Reads parts of the repin edges, again and again, as `ranked_edges`; one part at a time is in memory."""

    parts: Iterable[pa.Table]
    max_edge_weight_per_user: int | None = None

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the parts."""
        for part in self.parts:
            yield ranked_edges(part, self.max_edge_weight_per_user)


def check_repin_edges(
    edges: pa.Table, name: str = "repin edges", columns: Sequence[str] = tuple(REPIN_EDGES.names)
) -> None:
    """Raise unless a table, called `name` in the error, has columns of `REPIN_EDGES`, all int64 and without nulls.

    Examples
    --------
    >>> check_repin_edges(REPIN_EDGES.empty_table())
    """
    _check_columns(edges, columns, name)
    for column in columns:
        if edges[column].null_count:
            row = edges[column].is_null().index(True).as_py()
            problem = f"{edges[column].null_count:,} rows have no {column} (first: row {row})"
            raise InvalidGraphError(problem, where=name, remedy="drop them")


def _starts_of_edges(key: list[Ints]) -> Ints:
    """Return the first row of each edge, in rows sorted by their key."""
    is_first = np.zeros(len(key[0]), bool)
    is_first[:1] = True
    for column in key:
        is_first[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_first)


def _check_columns(table: pa.Table, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in table.column_names]
    if missing:
        problem = f"no column {', '.join(missing)}; the table has {', '.join(table.column_names) or 'none'}"
        raise InvalidGraphError(problem, where=name)
    for column in columns:
        if table.schema.field(column).type != pa.int64():
            problem = f"column {column} is {table.schema.field(column).type}; allowed is int64"
            raise InvalidGraphError(problem, where=name)


def _check_facts(facts: pa.Table) -> None:
    half_parent = pc.xor(facts["parent_board_id"].is_null(), facts["parent_user_id"].is_null())
    problems = {
        "no board_id": facts["board_id"].is_null(),
        "no user_id": facts["user_id"].is_null(),
        "only one of parent_board_id and parent_user_id": half_parent,
    }
    for problem, rows in problems.items():
        n_pins = pc.sum(rows).as_py() or 0
        if n_pins:
            pin_id = facts["pin_id"].filter(rows)[0].as_py()
            raise InvalidGraphError(
                f"{n_pins:,} of {len(facts):,} pins have {problem} (first: pin {pin_id})",
                where="facts",
                remedy="check the raw pins",
            )
