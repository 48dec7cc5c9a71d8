"""How voters in partitions are made, by steps of an engine: no label, owner or sketch of all boards lies anywhere.

1. Labels are counted by partition, and boards meet by owner: who has several of them is known then. The number of an
   owner is the smallest id of the owner's boards, so it doesn't depend on any partition.
2. Boards meet with the owners found and with the shards of pictures that show them; from here on a board's row tells
   its label and its owner, and is kept with the numbers of these shards.
3. The rows are brought to the shards.
4. If owners have several boards, their boards are sketched (`features.categories.casting.sketches_in_parts`).

What the process gets that makes the pass is small: how many labels each category has, how many each fold, and the
boards that a pass may be fitted on, about four times as many as it is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.casting.brought_to_pictures import KeptRows, Making
from features.categories.casting.chosen_boards import (
    HashedBoards,
    hashed_boards,
    likely_last_hash,
    n_labelled_of_folds,
)
from features.categories.casting.parted_voters import VOTER_LABELS, LabelVotes, PartedVoters
from features.categories.casting.sketches_in_parts import sketches_on_pictures
from features.categories.evidence.shown_pictures import ShownPicturesOf
from features.categories.evidence.voters import known_owners, label_votes, shared_owners
from features.categories.evidence.voting_boards import prior_of
from features.categories.fitting.fit_sample import most_to_fit
from features.categories.labelled_boards import LabelledBoards, category_names, labelled_boards
from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash, partition_of
from joins.engine.kept_tables import KeptTables
from joins.engine.shuffled_joins.referred_rows import row_places
from joins.engine.step import PartitionInput, PartitionStep, Shuffled

_OWNER_KEY = "owner_key"


@dataclass(frozen=True, slots=True)
class BoardsByPart:
    """The boards of a collection, read by partition of boards; picklable.

    ``labelled`` reads ``board_id`` and ``category`` of all boards, ``owned`` ``board_id`` and, if owners are known at
    all, ``user_id``, of some or all of them.
    """

    labelled: PartitionInput
    owned: PartitionInput


def voters_in_parts(making: Making, boards: BoardsByPart) -> PartedVoters:
    """Make the voters of a pass; see the module for the steps."""
    owners, counts = KeptTables(making.folders()), Counter[str]()
    shuffled = {"owned": Shuffled(OwnersOf(boards.owned), making.n_parts, _OWNER_KEY)}
    inputs = {"boards": boards.labelled}
    step = PartitionStep(making.n_parts, inputs, labels_and_owners, owners, shuffled, partition_of)
    found = making.run_step("category labels", step)
    for of_part in found:
        counts.update(of_part.labels)
    names = category_names(counts)
    prior = prior_of(np.array([counts[name] for name in names], np.int64))
    last_hash = likely_last_hash(counts.total(), most_to_fit(len(prior)))
    labels, voters = _labels(making, boards, owners, names, last_hash)
    to_pictures = making.to_pictures(labels.places.read)
    (on_pictures,) = to_pictures("voters on pictures", [labels.rows.read])
    shared = any(of_part.has_shared_owners for of_part in found)
    sketches = sketches_on_pictures(making, on_pictures) if shared else None
    return PartedVoters(
        names,
        prior,
        np.sum([part.n_labelled for part in voters], axis=0),
        HashedBoards.joined([part.hashed for part in voters]),
        LabelVotes(labels.rows.read, names),
        LabelVotes(on_pictures, names, sketches),
        to_pictures,
    )


@dataclass(frozen=True, slots=True)
class PartLabels:
    """How many labels of each category a partition has, and whether owners of several boards met in it."""

    labels: dict[str, int]
    has_shared_owners: bool


@dataclass(frozen=True, slots=True)
class PartVoters:
    """The labelled boards of a partition: how many of each fold, and those whose hashes are small."""

    n_labelled: Ints
    hashed: HashedBoards


@dataclass(frozen=True, slots=True)
class OwnersOf:
    """Reads the boards of a partition whose owner is known, with a number that is the same for the same owner."""

    read: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return rows of `known_owners` and the number, which names the partition where they meet."""
        known = known_owners(self.read(number))
        return known.append_column(_OWNER_KEY, pa.array(owner_keys(known["user_id"])))


def owner_keys(owners: pa.ChunkedArray) -> Ints:
    """Return a number for each owner, equal for equal owners of whatever type.

    Examples
    --------
    >>> first, second, again = owner_keys(pa.chunked_array([["Ann", "Ben", "Ann"]])).tolist()
    >>> first == again, first == second
    (True, False)
    """
    kind = owners.type.value_type if pa.types.is_dictionary(owners.type) else owners.type
    plain = owners.cast(kind)
    if pa.types.is_integer(kind):
        numbers: Ints = plain.cast(pa.int64(), safe=False).to_numpy()
        return numbers
    if pa.types.is_null(kind):
        return np.empty(0, np.int64)
    return key_hash(one_array(pc.cast(plain, pa.string(), safe=False))).view(np.int64)


def labels_and_owners(boards: pa.Table, owned: pa.Table) -> tuple[pa.Table, PartLabels]:
    """Return the boards of shared owners that met in a partition, to be kept, and its labels counted."""
    of_part = labelled_boards(boards)
    n_labels = np.bincount(of_part.labels[of_part.labels >= 0], minlength=len(of_part.names)).tolist()
    shared = shared_owners(owned)
    return shared, PartLabels(dict(zip(of_part.names, n_labels, strict=True)), shared.num_rows > 0)


@dataclass(frozen=True, slots=True)
class BoardsShown:
    """Reads the boards that the pictures of a shard show, each once."""

    shown: ShownPicturesOf

    def __call__(self, shard: int) -> pa.Table:
        """Return their ids."""
        return pa.table({"board_id": self.shown(shard).board_ids})


def _labels(
    making: Making, boards: BoardsByPart, owners: KeptTables, names: tuple[str, ...], last_hash: int
) -> tuple[KeptRows, Sequence[PartVoters]]:
    """Bring owners and the shards of pictures to the boards, and keep what is known of each board."""
    kept = making.kept_rows()
    shuffled = {
        "owners": Shuffled(owners.read, making.n_parts, "board_id"),
        "references": making.references(BoardsShown(making.shown)).by_key(),
    }
    build = partial(known_boards, names=names, last_hash=last_hash)
    step = PartitionStep(making.n_parts, {"boards": boards.labelled}, build, kept, shuffled, partition_of)
    return kept, making.run_step("voters", step)


def known_boards(
    boards: pa.Table, owners: pa.Table, references: pa.Table, *, names: tuple[str, ...], last_hash: int
) -> tuple[pa.Table, pa.Table, PartVoters]:
    """Return `VOTER_LABELS` of a partition of boards, by id; which rows shards refer to; and what isn't kept."""
    known = with_names(labelled_boards(boards), names)
    owner, shares_owner = known.board_ids.copy(), np.zeros(len(known.board_ids), np.bool_)
    rows = np.searchsorted(known.board_ids, owners["board_id"].to_numpy())
    owner[rows], shares_owner[rows] = owners["owner"].to_numpy(), True
    table = pa.table([known.board_ids, known.labels.astype(np.int16), owner, shares_owner], schema=VOTER_LABELS)
    votes = label_votes(known, owner, None)
    of_part = PartVoters(n_labelled_of_folds(votes), hashed_boards(votes, last_hash))
    return table, row_places(table["board_id"], references), of_part


def with_names(boards: LabelledBoards, names: tuple[str, ...]) -> LabelledBoards:
    """Return boards whose labels are codes of other names, all of theirs among them.

    Examples
    --------
    >>> boards = LabelledBoards(np.array([3, 7]), ("food",), np.array([0, -1]))
    >>> with_names(boards, ("art", "food")).labels.tolist()
    [1, -1]
    """
    code = np.append(np.searchsorted(np.array(names, object), np.array(boards.names, object)), -1)
    return LabelledBoards(boards.board_ids, names, code[boards.labels])
