"""What other boards say about a board: the votes on its pictures, its own vote left out.

A board votes on every picture it shows. The evidence about a board is what the *other* boards say about its
pictures, so the score of a board never saw its own label. That lets the labels judge the score afterwards.
The form (naive Bayes over pictures, with an outlier share) is our reconstruction; that owners of boards that
share a picture broadly agree on its category is published (Zhong, Karamshuk, Sastry, "Predicting Pinterest").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from features.categories.inputs import LabelledBoards

BLOCK_BYTES = 1 << 20  # of board-picture-category cells worked on at once: stays in a core's cache
SMOOTHING = 2.0  # votes that the prior casts on every picture
CELL_BYTES = 8  # one float64


@dataclass(frozen=True, slots=True)
class Votes:
    """What every board says, as up to three categories and a rest that is spread by the prior.

    Parameters
    ----------
    category, mass
        int64 and float64, shape ``(n_boards, k)``: category codes and the probability each gets.
    rest
        float64, shape ``(n_boards,)``: probability left over, spread over all categories by the prior.
    voter
        bool, shape ``(n_boards,)``: whether the board votes; if not, its mass and rest are 0.
    """

    category: npt.NDArray[np.int64]
    mass: npt.NDArray[np.float64]
    rest: npt.NDArray[np.float64]
    voter: npt.NDArray[np.bool_]


def owner_votes(labels: npt.NDArray[np.int64]) -> Votes:
    """Let every labelled board vote for its owner's category with all its mass.

    Parameters
    ----------
    labels
        int64, shape ``(n_boards,)``: category codes, -1 for boards without label, which do not vote.

    Returns
    -------
    Votes
        In the order of `labels`.

    Examples
    --------
    >>> owner_votes(np.array([1, -1])).mass.tolist()
    [[1.0], [0.0]]
    """
    voter = labels >= 0
    return Votes(
        category=np.maximum(labels, 0)[:, None],
        mass=voter.astype(np.float64)[:, None],
        rest=np.zeros(len(labels)),
        voter=voter,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The votes on every picture, and the board-picture pairs that another board has votes on.

    Parameters
    ----------
    votes
        What every board says, to be left out of its own evidence.
    prior
        float64, shape ``(n_categories,)``: shares of the categories, all positive, summing to 1.
    n_images
        int64, shape ``(n_boards,)``: pictures of the board that another voting board shows as well.
    first_entry, image
        Board ``b`` has the pictures ``image[first_entry[b] : first_entry[b] + n_images[b]]``.
    totals, rest_totals, n_voters
        Per picture, its own board included: mass by category (sparse), mass of the rest, voting boards.
    """

    votes: Votes
    prior: npt.NDArray[np.float64]
    n_images: npt.NDArray[np.int64]
    first_entry: npt.NDArray[np.int64]
    image: npt.NDArray[np.int64]
    totals: sp.csr_matrix
    rest_totals: npt.NDArray[np.float64]
    n_voters: npt.NDArray[np.float64]

    def scores(self, rows: npt.NDArray[np.int64], outlier_shares: Sequence[float]) -> npt.NDArray[np.float64]:
        """Sum what the pictures of some boards say about every category, own votes left out.

        Parameters
        ----------
        rows
            int64, shape ``(n_rows,)``: numbers of boards.
        outlier_shares
            Values of eps in [0, 1): the share of pictures that say nothing about their board.

        Returns
        -------
        float64 array, shape ``(n_eps, n_rows, n_categories)``
            In the order of `outlier_shares` and `rows`; 0 for a board without evidence.

        Notes
        -----
        ``sum over pictures i of log((1 - eps) * p(c | i, without b) / prior_c + eps)`` with
        ``p(c | i, without b) = (votes for c + SMOOTHING * prior_c) / (votes + SMOOTHING)``. Time is
        O(pictures of the boards x categories x n_eps); beside the result and the numbers of the pictures,
        memory is a few times `BLOCK_BYTES`. Blocks are cut at fixed places, so the sums are the same every time.
        """
        n_categories = len(self.prior)
        result = np.zeros((len(outlier_shares), len(rows), n_categories))
        sizes = self.n_images[rows]
        ends = np.cumsum(sizes)
        row = np.repeat(np.arange(len(rows)), sizes)
        entry = np.arange(len(row)) + np.repeat(self.first_entry[rows] - (ends - sizes), sizes)
        step = max(1, BLOCK_BYTES // (CELL_BYTES * max(n_categories, 1)))
        ratio_cells = np.empty((min(step, len(row)), n_categories))
        log_cells = np.empty_like(ratio_cells)
        for start in range(0, len(row), step):
            here = row[start : start + step]
            ratios, logs = ratio_cells[: len(here)], log_cells[: len(here)]
            self._ratios(rows[here], self.image[entry[start : start + step]], ratios)
            first = np.flatnonzero(np.diff(here, prepend=-1))
            for at, eps in enumerate(outlier_shares):
                np.multiply(ratios, 1 - eps, out=logs)
                logs += eps
                np.log(logs, out=logs)
                result[at, here[first]] += np.add.reduceat(logs, first, axis=0)
        return result

    def _ratios(
        self,
        board: npt.NDArray[np.int64],
        image: npt.NDArray[np.int64],
        out: npt.NDArray[np.float64],
    ) -> None:
        """Write p(c | image, without board) / prior_c of every board-picture pair to `out`."""
        out[:] = 0
        self.totals[image].toarray(out=out)
        pair = np.arange(len(board))
        for rank in range(self.votes.category.shape[1]):
            out[pair, self.votes.category[board, rank]] -= self.votes.mass[board, rank]
        np.maximum(out, 0, out=out)  # subtracting fractions may leave -1e-17
        out /= self.prior
        out += (np.maximum(self.rest_totals[image] - self.votes.rest[board], 0) + SMOOTHING)[:, None]
        out /= (self.n_voters[image] - self.votes.voter[board] + SMOOTHING)[:, None]


def gather_evidence(boards: LabelledBoards, votes: Votes, prior: npt.NDArray[np.float64]) -> Evidence:
    """Sum the votes on every picture and keep the board-picture pairs that other boards have votes on.

    Parameters
    ----------
    boards
        The boards and their distinct pictures.
    votes
        What every board says.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.

    Returns
    -------
    Evidence
        Boards in the order of `boards`.

    Notes
    -----
    O(pairs) time and memory. A picture on one voting board alone is no evidence about that board.

    Examples
    --------
    Board 0 and board 1 share picture 0; picture 1 sits on board 1 alone.

    >>> boards = LabelledBoards(
    ...     np.array([7, 8]), ("art", "food"), np.array([0, 1]), np.array([0, 1, 1]), np.array([0, 0, 1]), 2
    ... )
    >>> evidence = gather_evidence(boards, owner_votes(boards.labels), np.array([0.5, 0.5]))
    >>> evidence.n_images.tolist()
    [1, 1]
    >>> np.exp(evidence.scores(np.array([0]), [0.0])).round(3).tolist()  # (0 + 2 / 2) / (1 + 2) / 0.5, ...
    [[[0.667, 1.333]]]
    """
    shape = (boards.n_images, len(boards.board_ids))
    shows = sp.csr_matrix((np.ones(len(boards.board)), (boards.image, boards.board)), shape=shape)
    n_voters = shows @ votes.voter.astype(np.float64)
    evident = n_voters[boards.image] - votes.voter[boards.board] > 0
    n_images = np.bincount(boards.board[evident], minlength=len(boards.board_ids))
    return Evidence(
        votes=votes,
        prior=prior,
        n_images=n_images,
        first_entry=np.cumsum(n_images) - n_images,
        image=boards.image[evident],
        totals=shows @ _vote_matrix(votes, len(prior)),
        rest_totals=np.asarray(shows @ votes.rest),
        n_voters=n_voters,
    )


def _vote_matrix(votes: Votes, n_categories: int) -> sp.csr_matrix:
    n_boards, width = votes.category.shape
    pointers = np.arange(0, n_boards * width + 1, width)
    cells = (votes.mass.ravel(), votes.category.ravel(), pointers)
    # eliminate_zeros writes in place: without a copy it would write to the votes
    matrix = sp.csr_matrix(cells, shape=(n_boards, n_categories), copy=True)
    matrix.eliminate_zeros()
    return matrix
