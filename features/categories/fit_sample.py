"""The boards that the correction is fitted on: chosen beforehand, so that every partition knows which are its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.categories.evidence import Evidence
from features.categories.picture_weights import N_PLANES
from features.categories.votes import VotingBoards
from joins.arrow.groups import Ints

FIT_BOARDS = 8_000  # boards to fit on
FIT_CELLS = 2**23  # of all their planes

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class FitSample:
    """Labelled boards with evidence, and what it says, for each weight of the evidence apart.

    Parameters
    ----------
    hashes
        uint64, shape ``(n_boards,)``: of the board ids; no two boards have the same.
    labels, n_images
        int64, shape ``(n_boards,)``: codes of the owners' categories, none missing, and pictures of evidence.
    planes
        float32, shape ``(N_PLANES, n_boards, n_categories)``.
    """

    hashes: Hashes
    labels: Ints
    n_images: Ints
    planes: npt.NDArray[np.float32]

    def of(self, rows: slice | Ints) -> "FitSample":
        """Return some of the boards."""
        return FitSample(
            self.hashes[rows], self.labels[rows], self.n_images[rows], np.ascontiguousarray(self.planes[:, rows])
        )


def joined_samples(samples: Sequence[FitSample], n_categories: int) -> FitSample:
    """Put the samples of all partitions together, in the order of their hashes: no partition leaves a trace.

    Parameters
    ----------
    samples
        Of all partitions, in any order.
    n_categories
        Of all samples.

    Returns
    -------
    FitSample
        All their boards.

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

    Parameters
    ----------
    voters
        All boards.

    Returns
    -------
    int
        The hash of the labelled board number `FIT_BOARDS`, of an earlier one where more planes would not fit into
        `FIT_CELLS`; the largest hash where there are fewer labelled boards.

    Examples
    --------
    >>> from features.categories.inputs import LabelledBoards
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> boards = LabelledBoards(np.arange(2), ("art",), np.array([0, -1]))
    >>> last_sampled_hash(voting_boards(owner_voters(boards))) == 2**64 - 1
    True
    """
    hashes = _hash(voters.board_ids[voters.labels >= 0])
    most = min(FIT_BOARDS, FIT_CELLS // (N_PLANES * len(voters.prior)))
    if len(hashes) <= most:
        return int(np.iinfo(np.uint64).max)
    return int(np.partition(hashes, most - 1)[most - 1])


def sample_to_fit(evidence: Evidence, board_ids: Ints, labels: Ints, last_hash: int) -> FitSample:
    """Return the evidence about those boards of a partition that the correction is fitted on.

    Parameters
    ----------
    evidence
        What other boards say.
    board_ids, labels
        int64, shape ``(n_boards,)``, in the order of the evidence; -1 for no label.
    last_hash
        The bound of the sample.

    Returns
    -------
    FitSample
        In the order of `board_ids`; boards without evidence teach nothing and are left out.
    """
    hashes = _hash(board_ids)
    rows = np.flatnonzero((labels >= 0) & (evidence.n_images > 0) & (hashes <= np.uint64(last_hash)))
    return FitSample(hashes[rows], labels[rows], evidence.n_images[rows], evidence.planes(rows))


def _hash(board_ids: Ints) -> Hashes:
    """Scatter ids (the finaliser of splitmix64): neighbours in id are no neighbours in the sample."""
    bits = board_ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = bits ^ (bits >> np.uint64(31))
    return mixed
