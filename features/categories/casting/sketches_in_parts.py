"""Sketches of boards where voters lie in partitions: made by board, and brought to the shards that compare boards.

Boards are sketched whose owner has several. Their sketches are needed where boards of one owner show the same picture.
"""

from dataclasses import dataclass

import pyarrow as pa

from features.categories.casting.brought_to_pictures import Making
from features.categories.evidence.board_sketches import PictureHashesOf, board_sketches
from features.categories.evidence.shown_pictures import ShownPicturesOf
from features.categories.evidence.vote_totals import shared_by_owners
from features.categories.labelled_boards import distinct
from joins.arrow.hashing import partition_of
from joins.arrow.id_lookup import IdLookup
from joins.engine.shuffled_joins.referred_rows import row_places
from joins.engine.step import PartitionInput, PartitionStep, Shuffled


def sketches_on_pictures(making: Making, labels: PartitionInput) -> PartitionInput:
    """Return what reads the sketches that a shard of pictures needs; ``labels`` reads its boards (`VOTER_LABELS`)."""
    kept = making.kept_rows()
    hashes = PictureHashesOf(making.shown, SketchedBoards(labels))
    shuffled = {
        "pictures": Shuffled(hashes, making.n_parts, "board_id"),
        "references": making.references(SketchesNeeded(making.shown, labels)).by_key(),
    }
    making.run_step("board sketches", PartitionStep(making.n_parts, {}, sketched, kept, shuffled, partition_of))
    (read,) = making.to_pictures(kept.places.read)("sketches on pictures", [kept.rows.read])
    return read


@dataclass(frozen=True, slots=True)
class SketchedBoards:
    """Reads which boards of a shard are to be sketched: those whose owner has several."""

    labels: PartitionInput

    def __call__(self, shard: int) -> pa.Table:
        """Return their ids."""
        labels = self.labels(shard)
        return labels.filter(labels["shares_owner"]).select(["board_id"])


@dataclass(frozen=True, slots=True)
class SketchesNeeded:
    """Reads the boards of a shard that show a picture which another board of their owner shows as well."""

    shown: ShownPicturesOf
    labels: PartitionInput

    def __call__(self, shard: int) -> pa.Table:
        """Return their ids, each once."""
        shown, labels = self.shown(shard), self.labels(shard)
        row = IdLookup.of(labels["board_id"].to_numpy()).find(shown.board_ids)
        owners = shown.board_ids.copy()
        owners[row >= 0] = labels["owner"].to_numpy()[row[row >= 0]]
        boards = distinct(shown.board[shared_by_owners(shown, owners).pairs])
        return pa.table({"board_id": shown.board_ids[boards]})


def sketched(pictures: pa.Table, references: pa.Table) -> tuple[pa.Table, pa.Table, None]:
    """Return the sketches of the boards of a partition, and which of them shards refer to, to be kept."""
    sketches = board_sketches(pictures)
    return sketches, row_places(sketches["board_id"], references), None
