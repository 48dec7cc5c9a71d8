"""What a repin graph looks like: who saves from whom, what dangles, and what hangs together."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pagerank.edges.node_ids import find_positions

Places = NDArray[np.signedinteger]
_FEW = 2**31  # boards, from which on their places take 8 bytes


@dataclass(frozen=True, slots=True)
class GraphReport:
    """Figures of a repin graph; an edge is a pair of two boards, however many users and repins it has.

    Attributes
    ----------
    n_boards, n_edges, n_repins
        Boards, edges between two boards, and repins, those of a board from itself among them.
    n_self_repins
        Repins of a board from itself.
    n_cross_user_repins
        Repins by another user than the one who had pinned.
    n_dangling
        Boards that save from no other board, so that their importance goes to all.
    n_components, largest_component
        Sets of boards that hang together by repins in any direction, boards alone among them; boards in the largest.
        None where boards were too many to look.
    largest_in_degree, most_saved_from
        Other boards that save from one board at most, and that board, the one of the lowest id; None without an edge.
    largest_out_degree, most_saving
        Other boards that one board saves from at most, and that board.
    """

    n_boards: int
    n_edges: int
    n_repins: int
    n_self_repins: int
    n_cross_user_repins: int
    n_dangling: int
    n_components: int | None
    largest_component: int | None
    largest_in_degree: int
    most_saved_from: int | None
    largest_out_degree: int
    most_saving: int | None

    def counts(self) -> dict[str, int]:
        """Return the figures by name, without those that are missing."""
        return {name: figure for name, figure in asdict(self).items() if figure is not None}

    def __str__(self) -> str:
        """Return it in a few lines for people."""
        told = (
            f"{_count(self.n_boards, 'board')}, {_count(self.n_edges, 'edge')}, {_count(self.n_repins, 'repin')} "
            f"({_share(self.n_self_repins, self.n_repins)} of a board from itself, "
            f"{_share(self.n_cross_user_repins, self.n_repins)} from another user)\n"
            f"{_share(self.n_dangling, self.n_boards)} of the boards save from no other"
        )
        if self.n_components is not None and self.largest_component is not None:
            told += (
                f"; {_share(self.largest_component, self.n_boards)} hang together, "
                f"{_count(self.n_components, 'component')} in all"
            )
        if self.n_edges:
            told += (
                f"\nmost saved from: board {self.most_saved_from}, by {_count(self.largest_in_degree, 'board')}; "
                f"saving most: board {self.most_saving}, from {self.largest_out_degree:,}"
            )
        return told


def graph_report(parts: Iterable[pa.Table], boards: NDArray[np.int64]) -> GraphReport:
    """Return the report of a repin graph.

    Parameters
    ----------
    parts
        Repin edges, schema `pagerank.repin_graph.REPIN_EDGES`, each part sorted by its key, all edges out of a board
        in one part; they are read once.
    boards
        Shape ``(n_boards,)``, int64, ascending: all boards, among them those of the edges.

    Notes
    -----
    One part and some vectors over the boards are in memory. Components are merged part after part: those of the parts
    so far are the nodes of the next.

    Examples
    --------
    >>> from pagerank.repin_graph import REPIN_EDGES
    >>> edges = pa.table([[10, 20, 20], [30, 20, 30], [1, 2, 2], [3, 2, 3], [1, 4, 1]], schema=REPIN_EDGES)
    >>> print(graph_report([edges], np.array([10, 20, 30, 40])))
    4 boards, 2 edges, 6 repins (66.7% of a board from itself, 33.3% from another user)
    50.0% of the boards save from no other; 75.0% hang together, 2 components in all
    most saved from: board 30, by 2 boards; saving most: board 10, from 1
    """
    out_degree, in_degree = np.zeros(boards.size, np.int64), np.zeros(boards.size, np.int64)
    component: Places = np.arange(boards.size)
    n_repins = n_self_repins = n_cross_user_repins = 0
    for part in parts:
        columns = {name: part[name].to_numpy() for name in part.column_names}
        source, target = (find_positions(boards, columns[name])[0] for name in ("board_id", "parent_board_id"))
        n_repins += int(columns["n_repins"].sum())
        n_self_repins += int(columns["n_repins"][source == target].sum())
        n_cross_user_repins += int(columns["n_repins"][columns["user_id"] != columns["parent_user_id"]].sum())
        is_edge = source != target
        is_edge[1:] &= (source[1:] != source[:-1]) | (target[1:] != target[:-1])
        source, target = source[is_edge], target[is_edge]
        out_degree += np.bincount(source, minlength=boards.size)
        in_degree += np.bincount(target, minlength=boards.size)
        component = _merged(component, source, target)
    sizes = np.bincount(component) if boards.size else np.zeros(1, np.int64)
    return GraphReport(
        n_boards=boards.size,
        n_edges=int(out_degree.sum()),
        n_repins=n_repins,
        n_self_repins=n_self_repins,
        n_cross_user_repins=n_cross_user_repins,
        n_dangling=int((out_degree == 0).sum()),
        n_components=int(np.count_nonzero(sizes)),
        largest_component=int(sizes.max()),
        largest_in_degree=int(in_degree.max(initial=0)),
        most_saved_from=_first_largest(in_degree, boards),
        largest_out_degree=int(out_degree.max(initial=0)),
        most_saving=_first_largest(out_degree, boards),
    )


def component_sizes(parts: Iterable[pa.Table], boards: NDArray[np.int64]) -> tuple[int, int]:
    """Return how many sets of boards hang together, and the size of the largest, as `graph_report` finds them.

    Examples
    --------
    >>> component_sizes([pa.table({"board_id": [7], "parent_board_id": [5]})], np.array([5, 6, 7]))
    (2, 2)
    """
    place = np.int32 if boards.size < _FEW else np.int64
    component: Places = np.arange(boards.size, dtype=place)
    waiting, n_waiting = [np.empty((2, 0), place)], 0
    for part in parts:  # merged together as soon as edges outnumber boards, as merging looks at all boards
        ends = [find_positions(boards, part[name].to_numpy())[0] for name in ("board_id", "parent_board_id")]
        waiting.append(np.stack(ends).astype(place))
        n_waiting += part.num_rows
        if n_waiting > boards.size:
            component, waiting, n_waiting = _merged(component, *np.concatenate(waiting, axis=1)), waiting[:1], 0
    component = _merged(component, *np.concatenate(waiting, axis=1))
    sizes = np.bincount(component) if boards.size else np.zeros(1, np.int64)
    return int(np.count_nonzero(sizes)), int(sizes.max())


def _merged(component: Places, source: Places, target: Places) -> Places:
    """Return the component of each board once some edges more are known."""
    if source.size == 0:
        return component
    n = int(component.max()) + 1
    ends = component[source], component[target]
    _, merged = connected_components(coo_array((np.ones(source.size, np.int8), ends), shape=(n, n)), directed=False)
    found: Places = merged[component].astype(component.dtype)
    return found


def _first_largest(degree: NDArray[np.int64], boards: NDArray[np.int64]) -> int | None:
    return int(boards[np.argmax(degree)]) if degree.any() else None


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%}"
