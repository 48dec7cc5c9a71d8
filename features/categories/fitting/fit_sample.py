"""The boards that the correction is fitted on: chosen beforehand, so that every partition knows which are its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.evidence import Evidence
from features.categories.evidence.evidence_weights import N_PLANES, Narrow
from features.categories.evidence.voting_boards import Bools, VotingBoards
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


def boards_to_fit(voters: VotingBoards) -> Bools:
    """Return which boards are fitted on, those without evidence among them; shape ``(n_boards,)``.

    They are the labelled boards of the smallest hashes: `FIT_BOARDS`, fewer where more planes would not fit into
    `FIT_CELLS`, all where there are fewer.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.arange(2), ("art",), np.array([0, -1]))
    >>> boards_to_fit(voting_boards(owner_voters(boards))).tolist()
    [True, False]
    """
    labelled = np.flatnonzero(voters.labels >= 0)
    hashes = key_hash(pa.array(voters.board_ids[labelled]))
    most = min(FIT_BOARDS, FIT_CELLS // (N_PLANES * len(voters.prior)))
    to_fit = np.zeros(len(voters.labels), np.bool_)
    to_fit[labelled[np.argsort(hashes)[:most]]] = True
    return to_fit


def sample_to_fit(evidence: Evidence) -> FitSample:
    """Return the evidence about the labelled boards of a partition, by board id.

    Boards without evidence teach nothing and are left out.
    """
    rows = np.flatnonzero((evidence.labels >= 0) & (evidence.n_images > 0))
    hashes = key_hash(pa.array(evidence.board_ids[rows]))
    return FitSample(hashes, evidence.labels[rows], evidence.n_images[rows], evidence.planes(rows))
