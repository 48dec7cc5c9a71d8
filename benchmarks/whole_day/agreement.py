"""Whether days that were computed in unlike ways agree where they compute the same thing.

Rows and sums of the three joins must be equal. Ranks must be those of ours with all repins counted: whoever writes a
day by hand doesn't bound what the repins of one user count on an edge, so ours are ranked once more without that, from
the published edges. Categories are found in other ways and needn't agree: how many are right is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pagerank import pagerank
from pagerank.repin_graph import ranked_edges
from storage_tiers import open_dataset

MOST_APART = 1e-6  # L1 distance of ranks
# What is added up: numbers, and the lengths of lists.
_ADDED_UP = {
    "pin_joins": ("n_pins", "n_repins", "n_boards", "n_users", "len(pins)", "len(boards)", "len(users)"),
    "board_joins": ("n_pins", "n_repins", "n_pictures", "n_users", "len(pins)", "len(pin_joins)", "len(users)"),
    "user_joins": ("n_pins", "n_repins", "n_boards", "n_pictures", "len(pins)", "len(boards)", "len(pin_joins)"),
}

FilesOf = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True, eq=False)
class DayFigures:
    """What is compared of a day; boards in the order of their ids."""

    sums: Mapping[str, int]
    ranks: NDArray[np.float64]
    share_right: float  # of the boards whose category is the planted one

    def __str__(self) -> str:
        """Return how many rows there are, and how many categories are right."""
        pictures, boards, users = (self.sums[f"{join} rows"] for join in _ADDED_UP)
        return f"{pictures:,} pictures, {boards:,} boards, {users:,} users; {self.right}"

    @property
    def right(self) -> str:
        """How many categories are right."""
        return f"{self.share_right:.1%} of categories right"

    def compared_with(self, ours: "DayFigures") -> str:
        """Return what is different, or that nothing is."""
        other = [f"{name} {self.sums[name]:,}, not {n:,}" for name, n in ours.sums.items() if self.sums[name] != n]
        if other:
            return f"DIFFERENT: {'; '.join(other)}"
        apart = float(np.abs(self.ranks / self.ranks.sum() - ours.ranks / ours.ranks.sum()).sum())
        told = f"{'ranks' if apart <= MOST_APART else 'DIFFERENT RANKS,'} {apart:.0e} apart"
        return f"equal sums; {told}; {self.right}"


def figures_of_ours(output: Path, source: Path) -> DayFigures:
    """Return the figures of an output folder of ours, of its newest iteration; ranks with all repins counted."""

    def files_of(join: str) -> list[str]:
        return [str(path) for path in open_dataset(output, join).part_paths]

    figures = figures_of(files_of, source)
    edges = ranked_edges(open_dataset(output, "repin_edges").to_table())
    board_ids = np.sort(open_dataset(output, "board_joins").to_table(["board_id"])["board_id"].to_numpy())
    ranks = pagerank(edges, nodes=board_ids).ranks
    return DayFigures(figures.sums, ranks, figures.share_right)


def figures_by_hand(output: Path, source: Path) -> DayFigures:
    """Return the figures of a folder with one file a join."""
    return figures_of(lambda join: [str(output / f"{join}.parquet")], source)


def figures_of(files_of: FilesOf, source: Path) -> DayFigures:
    """Return the figures of Parquet files, and compare categories with the truth beside the raw input."""
    sums: dict[str, int] = {}
    with duckdb.connect() as connection:
        for join, added_up in _ADDED_UP.items():
            columns = ", ".join(f"coalesce(sum({one}), 0)::BIGINT" for one in added_up)
            found = connection.read_parquet(files_of(join)).aggregate(f"count(*), {columns}").fetchall()[0]
            sums |= {f"{join} {name}": value for name, value in zip(("rows", *added_up), found, strict=True)}
        boards = connection.read_parquet(files_of("board_joins")).select("board_id", "page_rank", "category")
        boards = boards.order("board_id").to_arrow_table()
    return DayFigures(sums, boards["page_rank"].to_numpy(), _share_right(boards, source))


def share_filed_right(source: Path) -> float:
    """Return how many boards their owners filed under the planted category."""
    return _share_right(pq.read_table(source / "boards", columns=["board_id", "category"]), source)


def _share_right(boards: pa.Table, source: Path) -> float:
    truth = pq.read_table(source / "truth" / "true_boards", columns=["board_id", "true_category"])
    both = truth.join(boards.select(["board_id", "category"]), "board_id")
    is_right = np.equal(
        both["true_category"].to_numpy(zero_copy_only=False), both["category"].to_numpy(zero_copy_only=False)
    )
    return float(is_right.mean()) if is_right.size else 0.0
