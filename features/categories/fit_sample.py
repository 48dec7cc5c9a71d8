"""The boards that the correction is fitted on: chosen beforehand, so that every partition knows which are its own."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.categories.evidence import Evidence
from features.categories.votes import VotingBoards
from features.grouping import Ints

EPS_GRID = (0.05, 0.1, 0.2, 0.4)  # shares of pictures that say nothing about their board, to choose from
FIT_BOARDS = 20_000  # boards to fit on
FIT_CELLS = 2**23  # of their scores, for all of `EPS_GRID`

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class FitSample:
    """Labelled boards with evidence, and what it says for each share of silent pictures.

    Parameters
    ----------
    hashes
        uint64, shape ``(n_boards,)``: of the board ids; no two boards have the same.
    labels, n_images
        int64, shape ``(n_boards,)``: codes of the owners' categories, none missing, and pictures of evidence.
    scores
        float64, shape ``(len(EPS_GRID), n_boards, n_categories)``.
    """

    hashes: Hashes
    labels: Ints
    n_images: Ints
    scores: npt.NDArray[np.float64]


def last_sampled_hash(voters: VotingBoards) -> int:
    """Return the bound of the sample: labelled boards whose hash is not above it are fitted on.

    Parameters
    ----------
    voters
        All boards.

    Returns
    -------
    int
        The hash of the labelled board number `FIT_BOARDS`, of an earlier one where more scores would not fit into
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
    most = min(FIT_BOARDS, FIT_CELLS // (len(EPS_GRID) * len(voters.prior)))
    if len(hashes) <= most:
        return int(np.iinfo(np.uint64).max)
    return int(np.partition(hashes, most - 1)[most - 1])


def sample_to_fit(evidence: Evidence, board_ids: Ints, labels: Ints, last_hash: int) -> FitSample:
    """Return the scores of those boards of a partition that the correction is fitted on.

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
    return FitSample(hashes[rows], labels[rows], evidence.n_images[rows], evidence.scores(rows, EPS_GRID))


def _hash(board_ids: Ints) -> Hashes:
    """Scatter ids (the finaliser of splitmix64): neighbours in id are no neighbours in the sample."""
    bits = board_ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = bits ^ (bits >> np.uint64(31))
    return mixed
