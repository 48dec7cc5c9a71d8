"""The boards of a graph, sorted and cut into slices that lie where tasks can read them, one at a time.

In the first iteration boards are found in what names them, each once, by the hash of their id; their counts are made
of the edges. Later both are taken over from the ranks of the iteration before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.value_ranges import Ranges
from joins.engine.kept_tables import KeptTables
from joins.engine.step import PartitionInput
from pagerank.board_ranks import distinct_boards
from pagerank.edges.node_ids import find_positions, sorted_once
from pagerank.errors import InvalidGraphError
from pagerank.slices.board_ranges import sample_of
from pagerank.slices.edge_counts import COUNTED, SliceCounts, counts_of_slice
from pagerank.slices.exact_sums import exact_sum

REPIN_COUNTS = COUNTED[:3]  # those that are published
START = "start"
_AT_ONCE = 1 << 20  # counts that are added up together
SLICE_OF_BOARDS = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),  # ascending
        pa.field(START, pa.float64(), nullable=False),  # the rank that sweeps start from
        *(pa.field(name, pa.int64(), nullable=False) for name in REPIN_COUNTS),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class FoundBoards:
    """How many boards a partition has, and those of their ids that say where to cut."""

    n_boards: int
    sample: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DistinctBoards:
    """Reads the boards that a part names, each once; picklable."""

    part: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return the column ``board_id``."""
        return pa.table({"board_id": self.part(number)["board_id"].unique()})


@dataclass(frozen=True, slots=True)
class FindBoards:
    """Finds the boards that the parts of one partition name, each once; picklable."""

    boards_a_slice: int | None

    def __call__(self, **parts: pa.Table) -> tuple[pa.Table, FoundBoards]:
        """Return the boards, ascending, and what was found."""
        ids = distinct_boards(parts.values())
        return pa.table({"board_id": ids}), FoundBoards(ids.size, sample_of(ids, self.boards_a_slice))


@dataclass(frozen=True, slots=True)
class BoardsWithSlices:
    """Reads boards with the slice that each lies in; picklable.

    `part` returns ids alone, which all start with the rank `start`, or ranks of an earlier iteration.
    """

    part: PartitionInput
    slices: Ranges
    start: float

    def __call__(self, number: int) -> pa.Table:
        """Return the columns of `SLICE_OF_BOARDS`, in any order of boards, and ``slice``."""
        part = self.part(number)
        n_rows, ids = part.num_rows, part["board_id"]
        if "page_rank" in part.column_names:
            columns = [ids, part["page_rank"], *(part[name] for name in REPIN_COUNTS)]
        else:
            columns = [ids, np.full(n_rows, self.start), *np.zeros((len(REPIN_COUNTS), n_rows), np.int64)]
        return pa.table([*columns, self.slices.of(ids.to_numpy())], names=[*SLICE_OF_BOARDS.names, "slice"])


@dataclass(frozen=True, slots=True)
class SliceStart:
    """What is known of a slice before the first sweep: sums of `exact_sum` over the ranks to start from, and counts."""

    n_boards: int
    rank_sum: int
    dangling_sum: int  # over boards that save from no other
    counts: SliceCounts | None  # in the first iteration


def slice_of_boards(boards: pa.Table, **counts: pa.Table) -> tuple[pa.Table, SliceStart]:
    """Return the boards of a slice, sorted, and what is known of it.

    Parameters
    ----------
    boards
        What `BoardsWithSlices` reads, in any order, each board once.
    **counts
        What `pagerank.slices.edge_counts.EdgeCounts` read, any order; none: the counts beside boards are right.

    Raises
    ------
    InvalidGraphError
        A board stands there twice, or counts name another.

    Examples
    --------
    >>> boards = pa.table([[7, 5], [0.5, 0.5], [0, 1], [1, 0], [0, 0]], schema=SLICE_OF_BOARDS)
    >>> table, start = slice_of_boards(boards)
    >>> table["board_id"].to_pylist(), start.dangling_sum * 2 == start.rank_sum
    ([5, 7], True)
    """
    ids = boards["board_id"].to_numpy()
    order = np.argsort(ids)
    ordered = ids[order]
    if sorted_once(ordered).size != ordered.size:
        raise InvalidGraphError("a board stands more than once", where="boards", remedy="give each board once")
    start = boards[START].to_numpy()[order]
    if not counts:
        columns, found = [boards[name].to_numpy()[order] for name in REPIN_COUNTS], None
    else:
        added_up = _added_up(counts.values(), ordered)
        columns, found = list(added_up[: len(REPIN_COUNTS)]), counts_of_slice(ordered, added_up)
    table = pa.table([ordered, start, *columns], schema=SLICE_OF_BOARDS)
    return table, SliceStart(ordered.size, exact_sum(start), exact_sum(start[columns[0] == 0]), found)


def places_of(ids: NDArray[np.int64], boards: NDArray[np.int64], column: str) -> NDArray[np.intp]:
    """Return the places of boards that edges name in a column among those of a slice.

    Raises InvalidGraphError if one is not there.
    """
    places, found = find_positions(boards, ids)
    if not found.all():
        raise InvalidGraphError(
            f"edges have a {column} that is not among the boards (first: board {ids[np.argmin(found)]})",
            where="repin edges",
            remedy="add those boards, or cut their repins",
        )
    return places


def cut_off(found: Sequence[FoundBoards]) -> tuple[int, NDArray[np.int64]]:
    """Return how many boards all partitions found, and their samples together."""
    return sum(one.n_boards for one in found), np.concatenate([one.sample for one in found])


def _added_up(counts: Iterable[pa.Table], boards: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `COUNTED` of the boards; shape ``(len(COUNTED), n_boards)``."""
    added_up = np.zeros((len(COUNTED), boards.size), np.int64)
    for table in (whole.slice(start, _AT_ONCE) for whole in counts for start in range(0, whole.num_rows, _AT_ONCE)):
        places = places_of(table["board_id"].to_numpy(), boards, "board_id or parent_board_id")
        for row, name in enumerate(COUNTED):
            if name in table.column_names:
                np.add.at(added_up[row], places, table[name].to_numpy())
    return added_up


@dataclass(frozen=True, slots=True)
class SliceIds:
    """Reads the ids of a slice's boards, as an array."""

    boards: KeptTables

    def __call__(self, number: int) -> NDArray[np.int64]:
        """Return them, ascending."""
        ids: NDArray[np.int64] = self.boards.read(number)["board_id"].to_numpy()
        return ids
