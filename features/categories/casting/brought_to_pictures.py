"""What is known of boards, brought to the shards of pictures that show them.

A shard refers to the boards that its pictures show. Which rows of a partition of boards it refers to is found once and
kept, so that labels, sketches and posteriors need one shuffle each (`joins.engine.shuffled_joins.referred_rows`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

from features.categories.evidence.shown_pictures import ShownPicturesOf
from joins.arrow.ordering import order_of
from joins.engine.kept_tables import KeptTables
from joins.engine.places import Place
from joins.engine.shuffled_joins.referred_rows import PARTITION, References, RowsAtPlaces, ShardItself
from joins.engine.step import PartitionInput, PartitionStep
from joins.engine.steps_together import run_together

RunStep = Callable[[str, PartitionStep[Any]], list[Any]]
Rest = TypeVar("Rest")


@dataclass(frozen=True, slots=True)
class Making:
    """What voters in partitions are made by: what runs steps, so many partitions, new folders, the shown pictures."""

    run_step: RunStep
    n_parts: int
    folders: Callable[[], Place]
    shown: ShownPicturesOf

    def to_pictures(self, places: PartitionInput) -> "ToPictures":
        """Return what brings rows to shards; ``places`` returns those of a partition that the shards refer to."""
        return ToPictures(self.run_step, self.n_parts, self.folders, places)

    def references(self, boards: PartitionInput) -> References:
        """Return the boards that shards refer to; ``boards`` returns those of a shard."""
        return References(boards, self.n_parts, "board_id", ShardItself())

    def kept_rows(self) -> "KeptRows":
        """Return what keeps the rows of boards in new folders."""
        return KeptRows(KeptTables(self.folders()), KeptTables(self.folders()))


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The sink that keeps the rows of a partition of boards, and which of them each shard refers to."""

    rows: KeptTables
    places: KeptTables

    def __call__(self, number: int, built: tuple[pa.Table, pa.Table, Rest]) -> Rest:
        """Keep both, and return the rest."""
        rows, places, rest = built
        self.rows(number, (rows, None))
        self.places(number, (places, None))
        return rest


@dataclass(frozen=True, slots=True)
class ToPictures:
    """Brings rows of boards to the shards of pictures that show these boards.

    ``places`` returns the `ROW_PLACES` of a partition of boards.
    """

    run_step: RunStep
    n_parts: int
    folders: Callable[[], Place]
    places: PartitionInput

    def __call__(self, what: str, rows: Sequence[PartitionInput]) -> list[PartitionInput]:
        """Return what reads the rows of a shard by board id, of each of several tables of the same boards."""
        kept = [KeptTables(self.folders()) for _ in rows]
        steps = [
            PartitionStep(
                self.n_parts, {}, by_board, keep, {"rows": RowsAtPlaces(read, self.places).by_partition(self.n_parts)}
            )
            for read, keep in zip(rows, kept, strict=True)
        ]
        run_together(partial(self.run_step, what), steps)
        return [keep.read for keep in kept]


def by_board(rows: pa.Table) -> tuple[pa.Table, None]:
    """Return the rows that were brought to a shard, by board id, to be kept."""
    return rows.drop_columns([PARTITION]).take(pa.array(order_of(rows["board_id"].to_numpy()))), None
