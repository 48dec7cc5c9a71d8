"""The evidence that the correction is fitted on: about boards that were chosen beforehand, so many at most.

However large a collection is, all samples together hold `FIT_BOARDS` boards and `FIT_CELLS` numbers of 4 bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.evidence import Evidence
from features.categories.evidence.evidence_weights import N_PLANES, Narrow
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


def most_to_fit(n_categories: int) -> int:
    """Return how many boards are fitted on at most: `FIT_BOARDS`, or fewer where more planes don't fit `FIT_CELLS`.

    Examples
    --------
    >>> most_to_fit(30), most_to_fit(1000)
    (8000, 466)
    """
    return min(FIT_BOARDS, FIT_CELLS // (N_PLANES * n_categories))


def sample_to_fit(evidence: Evidence) -> FitSample:
    """Return the evidence about the labelled boards of a partition, by board id.

    Boards without evidence teach nothing and are left out.
    """
    rows = np.flatnonzero((evidence.labels >= 0) & (evidence.n_images > 0))
    hashes = key_hash(pa.array(evidence.board_ids[rows]))
    return FitSample(hashes, evidence.labels[rows], evidence.n_images[rows], evidence.planes(rows))
