"""How voters in partitions are made, by steps of an engine: no label, owner or sketch of all boards lies anywhere.

1. Labels are counted by partition, and boards meet by owner: who has several of them is known then. The number of an
   owner is the smallest id of his boards, so it doesn't depend on any partition.
2. Boards meet with the owners found and with the shards of pictures that show them; from here on a board's row tells
   its label and its owner, and is kept with the numbers of these shards.
3. The rows are brought to the shards.
4. If owners have several boards, their boards are sketched, and the sketches are brought to the shards in which boards
   of one owner show the same picture.

What comes home is small: how many labels each category has, how many each fold, and the boards that a pass may be
fitted on, about four times as many as it is.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.casting.chosen_boards import (
    HashedBoards,
    hashed_boards,
    likely_last_hash,
    n_labelled_of_folds,
)
from features.categories.casting.parted_voters import (
    VOTER_LABELS,
    LabelVotes,
    PartedVoters,
    RunStep,
    ToPictures,
)
from features.categories.evidence.board_sketches import PictureHashesOf, board_sketches
from features.categories.evidence.shown_pictures import ShownPicturesOf
from features.categories.evidence.vote_totals import shared_by_owners
from features.categories.evidence.voters import known_owners, label_votes, shared_owners
from features.categories.evidence.voting_boards import prior_of
from features.categories.fitting.fit_sample import most_to_fit
from features.categories.labelled_boards import LabelledBoards, category_names, distinct, labelled_boards
from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash, partition_of
from joins.arrow.id_lookup import IdLookup
from joins.engine.kept_tables import KeptTables
from joins.engine.places import Place
from joins.engine.shuffled_joins.row_requests import RequestsOf, places_of
from joins.engine.step import PartitionInput, PartitionStep, Shuffled

_OWNER_KEY = "owner_key"

Rest = TypeVar("Rest")


@dataclass(frozen=True, slots=True)
class BoardsByPart:
    """The boards of a collection, read by partition of boards; picklable.

    ``labelled`` reads ``board_id`` and ``category`` of all boards, ``owned`` ``board_id`` and, if owners are known at
    all, ``user_id``, of some or all of them.
    """

    labelled: PartitionInput
    owned: PartitionInput


@dataclass(frozen=True, slots=True)
class Making:
    """What voters in partitions are made by: what runs steps, so many partitions, new folders, the shown pictures."""

    run_step: RunStep
    n_parts: int
    folders: Callable[[], Place]
    shown: ShownPicturesOf


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
    labels, voters = _labels(making, boards, owners, names, likely_last_hash(counts.total(), most_to_fit(len(prior))))
    to_pictures = ToPictures(making.run_step, labels.places.read, making.n_parts)
    at_pictures = to_pictures("voters on pictures", labels.rows.read, making.folders())
    shared = any(of_part.has_shared_owners for of_part in found)
    sketches = _sketches(making, at_pictures) if shared else None
    return PartedVoters(
        names,
        prior,
        np.sum([part.n_labelled for part in voters], axis=0),
        HashedBoards.joined([part.hashed for part in voters]),
        LabelVotes(labels.rows.read, names),
        LabelVotes(at_pictures, names, sketches),
        to_pictures,
        making.folders,
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
class _KeptRows(Generic[Rest]):
    """Keeps the rows of a partition of boards, and which of them the shards of pictures asked for."""

    rows: KeptTables
    places: KeptTables

    def __call__(self, number: int, built: tuple[pa.Table, pa.Table, Rest]) -> Rest:
        """Keep both, and return the rest."""
        rows, places, rest = built
        self.rows(number, (rows, None))
        self.places(number, (places, None))
        return rest


@dataclass(frozen=True, slots=True)
class _BoardsShown:
    """Returns the boards that the pictures of a shard show, each once."""

    shown: ShownPicturesOf

    def __call__(self, shard: int) -> Ints:
        return self.shown(shard).board_ids


def _labels(
    making: Making, boards: BoardsByPart, owners: KeptTables, names: tuple[str, ...], last_hash: int
) -> tuple[_KeptRows[PartVoters], Sequence[PartVoters]]:
    """Bring owners and shards of pictures to the boards, and keep what is known of each board."""
    kept: _KeptRows[PartVoters] = _KeptRows(KeptTables(making.folders()), KeptTables(making.folders()))
    shuffled = {
        "owners": Shuffled(owners.read, making.n_parts, "board_id"),
        "requests": Shuffled(RequestsOf(_BoardsShown(making.shown), "board_id"), making.n_parts, "board_id"),
    }
    build = partial(known_boards, names=names, last_hash=last_hash)
    inputs = {"boards": boards.labelled}
    step = PartitionStep(making.n_parts, inputs, build, kept, shuffled, partition_of)
    return kept, making.run_step("voters", step)


def known_boards(
    boards: pa.Table, owners: pa.Table, requests: pa.Table, *, names: tuple[str, ...], last_hash: int
) -> tuple[pa.Table, pa.Table, PartVoters]:
    """Return `VOTER_LABELS` of a partition of boards, by id; which rows shards asked for; and what comes home."""
    known = with_names(labelled_boards(boards), names)
    owner, shares_owner = known.board_ids.copy(), np.zeros(len(known.board_ids), np.bool_)
    rows = np.searchsorted(known.board_ids, owners["board_id"].to_numpy())
    owner[rows], shares_owner[rows] = owners["owner"].to_numpy(), True
    table = pa.table([known.board_ids, known.labels.astype(np.int16), owner, shares_owner], schema=VOTER_LABELS)
    votes = label_votes(known, owner, None)
    home = PartVoters(n_labelled_of_folds(votes), hashed_boards(votes, last_hash))
    return table, places_of(requests, known.board_ids, "board_id"), home


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
    """Returns the boards of a shard that show a picture which another board of their owner shows as well."""

    shown: ShownPicturesOf
    labels: PartitionInput

    def __call__(self, shard: int) -> Ints:
        """Return their ids, each once."""
        shown, labels = self.shown(shard), self.labels(shard)
        row = IdLookup.of(labels["board_id"].to_numpy()).find(shown.board_ids)
        owners = shown.board_ids.copy()
        owners[row >= 0] = labels["owner"].to_numpy()[row[row >= 0]]
        return shown.board_ids[distinct(shown.board[shared_by_owners(shown, owners).pairs])]


def _sketches(making: Making, at_pictures: PartitionInput) -> PartitionInput:
    """Sketch the boards of shared owners where they lie, and bring sketches to the shards that compare boards by them.

    ``at_pictures`` reads `VOTER_LABELS` of the boards that a shard shows.
    """
    kept: _KeptRows[None] = _KeptRows(KeptTables(making.folders()), KeptTables(making.folders()))
    hashes = PictureHashesOf(making.shown, SketchedBoards(at_pictures))
    requests = RequestsOf(SketchesNeeded(making.shown, at_pictures), "board_id")
    shuffled = {
        "pictures": Shuffled(hashes, making.n_parts, "board_id"),
        "requests": Shuffled(requests, making.n_parts, "board_id"),
    }
    step = PartitionStep(making.n_parts, {}, sketched, kept, shuffled, partition_of)
    making.run_step("board sketches", step)
    to_pictures = ToPictures(making.run_step, kept.places.read, making.n_parts)
    return to_pictures("sketches on pictures", kept.rows.read, making.folders())


def sketched(pictures: pa.Table, requests: pa.Table) -> tuple[pa.Table, pa.Table, None]:
    """Return the sketches of the boards of a partition, and which of them shards asked for, to be kept."""
    sketches = board_sketches(pictures)
    return sketches, places_of(requests, sketches["board_id"].to_numpy(), "board_id"), None
