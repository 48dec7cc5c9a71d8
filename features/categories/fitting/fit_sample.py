"""The boards that the correction is fitted on: chosen beforehand, so that every partition knows which are its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.evidence import Evidence
from features.categories.evidence.evidence_weights import N_PLANES, Narrow
from features.categories.evidence.voting_boards import Bools, VotingBoards
from features.categories.labelled_boards import distinct
from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash

FIT_BOARDS = 8_000  # boards to fit on
FIT_CELLS = 2**23  # of all their planes

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class FitSample:
    """Labelled boards with evidence, and its scores, for each weight of the evidence apart.

    ``hashes`` are those of the board ids, no two the same; ``n_images`` counts the pictures of evidence; ``planes``
    have the shape ``(N_PLANES, n_boards, n_categories)``.
    """

    hashes: Hashes
    labels: Ints
    n_images: Ints
    planes: Narrow

    def of(self, rows: slice | Ints) -> "FitSample":
        """Return some of the boards."""
        return FitSample(
            self.hashes[rows], self.labels[rows], self.n_images[rows], np.ascontiguousarray(self.planes[:, rows])
        )


def joined_samples(samples: Sequence[FitSample], n_categories: int) -> FitSample:
    """Put the samples of all partitions together, in the order of their hashes: no partition leaves a trace.

    Examples
    --------
    >>> joined_samples([], 2).planes.shape
    (18, 0, 2)
    """
    none = np.empty(0, np.int64)
    samples = [
        FitSample(none.astype(np.uint64), none, none, np.empty((N_PLANES, 0, n_categories), np.float32)),
        *samples,
    ]
    joined = FitSample(
        np.concatenate([sample.hashes for sample in samples]),
        np.concatenate([sample.labels for sample in samples]),
        np.concatenate([sample.n_images for sample in samples]),
        np.concatenate([sample.planes for sample in samples], axis=1),
    )
    return joined.of(np.argsort(joined.hashes))


def last_sampled_hash(voters: VotingBoards) -> int:
    """Return the bound of the sample: labelled boards whose hash is not above it are fitted on.

    It is the hash of the labelled board number `FIT_BOARDS`, of an earlier one where more planes would not fit into
    `FIT_CELLS`; the largest hash where there are fewer labelled boards.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.arange(2), ("art",), np.array([0, -1]))
    >>> last_sampled_hash(voting_boards(owner_voters(boards))) == 2**64 - 1
    True
    """
    hashes = key_hash(pa.array(voters.board_ids[voters.labels >= 0]))
    most = min(FIT_BOARDS, FIT_CELLS // (N_PLANES * len(voters.prior)))
    if len(hashes) <= most:
        return int(np.iinfo(np.uint64).max)
    return int(np.partition(hashes, most - 1)[most - 1])


def boards_to_fit(voters: VotingBoards) -> Bools:
    """Return which boards are fitted on, those without evidence among them; shape ``(n_boards,)``.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.arange(2), ("art",), np.array([0, -1]))
    >>> boards_to_fit(voting_boards(owner_voters(boards))).tolist()
    [True, False]
    """
    to_fit: Bools = key_hash(pa.array(voters.board_ids)) <= np.uint64(last_sampled_hash(voters))
    return to_fit & (voters.labels >= 0)


def sample_to_fit(evidence: Evidence, last_hash: int) -> FitSample:
    """Return the evidence about those boards of a partition that the correction is fitted on, by board id.

    Boards without evidence teach nothing and are left out.
    """
    hashes = key_hash(pa.array(evidence.board_ids))
    rows = np.flatnonzero((evidence.labels >= 0) & (evidence.n_images > 0) & (hashes <= np.uint64(last_hash)))
    return FitSample(hashes[rows], evidence.labels[rows], evidence.n_images[rows], evidence.planes(rows))


def rows_to_fit(pictures: pa.Table, last_hash: int) -> pa.Table:
    """Return the rows of `picture_votes` that name a board whose hash is not above a bound: few of many, all it needs.

    Examples
    --------
    >>> from features.categories.evidence.picture_votes import PICTURE_VOTES
    >>> row = {"board_id": 1, "n_voters": 0, "own_share": 0, "rest": 0, "categories": [], "votes": []}
    >>> rows = pa.Table.from_pylist([{**row, "boards": [1, 2]}, {**row, "boards": [3]}], PICTURE_VOTES)
    >>> rows_to_fit(rows, int(key_hash(pa.array([3]))[0]))["boards"].to_pylist()
    [[3]]
    """
    boards = one_array(pictures["boards"])
    row = np.repeat(np.arange(len(pictures)), boards.value_lengths().to_numpy())
    return pictures.take(pa.array(distinct(row[key_hash(boards.flatten()) <= np.uint64(last_hash)])))
