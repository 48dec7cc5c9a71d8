"""Boards with their scores by category: the evidence about them, once it is known how it is weighed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from features.categories.evidence.voting_boards import VotingBoards
from features.categories.labelled_boards import distinct
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints, offsets_of, spread
from joins.arrow.id_lookup import IdLookup
from joins.arrow.ordering import order_of


@dataclass(frozen=True, slots=True)
class ScoredBoards:
    """Some boards, and what the evidence about them adds up to.

    Parameters
    ----------
    board_ids, labels
        int64, shape ``(n_boards,)``: ascending ids, and codes of the owners' categories, -1 for none.
    names
        The categories; a position is a code.
    prior
        float64, shape ``(n_categories,)``: shares of the categories, all positive, summing to 1.
    n_images
        int64, shape ``(n_boards,)``: pictures of the board that another voting board shows as well.
    scores
        Returns the scores of some rows by category, shape ``(n_rows, n_categories)``; see `Evidence.scores`.
    """

    board_ids: Ints
    labels: Ints
    names: tuple[str, ...]
    prior: Floats
    n_images: Ints
    scores: Callable[[Ints], Floats]


@dataclass(frozen=True, slots=True)
class _Logs:
    """What pictures add to the scores of boards: a picture's from ``starts[picture]`` to that of the next.

    The pictures of a board are ``pictures``, from ``first[board]`` on.
    """

    pictures: Ints
    first: Ints
    starts: Ints
    category: Ints
    logs: Floats

    def scores(self, rows: Ints, n_categories: int) -> Floats:
        """Add up the pictures of some boards, exactly: logarithms and weights are rounded."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

        n_pictures = self.first[rows + 1] - self.first[rows]
        pair = spread(self.first[rows], n_pictures)[1]
        shown = csr_array(
            (np.ones(len(pair)), self.pictures[pair], offsets_of(n_pictures)), (len(rows), len(self.starts) - 1)
        )
        logs = csr_array((self.logs, self.category, self.starts), (len(self.starts) - 1, n_categories))
        return np.asarray((shown @ logs).toarray(), np.float64)


def boards_of_weighed_pictures(boards: Ints, pictures: pa.Table, voters: VotingBoards) -> ScoredBoards:
    """Bring weighed pictures to the boards of a partition, every board once, by id.

    ``pictures`` are all rows of `weighed_pictures` that name one of the boards, and no others, in any order; boards
    that only they name may be missing in ``boards``. Where some boards are asked for, the others are left out.

    Examples
    --------
    Board 7 and board 8 share picture a; picture b sits on board 8 alone.

    >>> from features.categories.evidence.evidence_weights import N_KNOTS, OUTLIER_SHARES
    >>> from features.categories.evidence.weighed_pictures import weighed_pictures
    >>> from features.categories.evidence.shown_pictures import shown_pictures
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> voters = voting_boards(owner_voters(LabelledBoards(np.array([7, 8]), ("art", "food"), np.array([0, 1]))))
    >>> weights = np.zeros((len(OUTLIER_SHARES), N_KNOTS))
    >>> weights[1, 0] = 1.0  # of a picture with one voter; .6 * p / prior + .4 is .8 and 1.2, p being 1 / 3 and 2 / 3
    >>> pins = pa.table({"board_id": [7, 8, 8], "image_signature": ["a", "a", "b"]})
    >>> pictures = weighed_pictures(shown_pictures(pins), voters, weights)
    >>> scored = boards_of_weighed_pictures(voters.board_ids, pictures, voters)
    >>> scored.n_images.tolist(), np.exp(scored.scores(np.array([0]))).round(3).tolist()
    ([1, 1], [[1.0, 1.5]])
    """
    column = {name: one_array(pictures[name]) for name in pictures.column_names}
    named: Ints = column["boards"].flatten().to_numpy()
    asked = voters.about(voters.rows_of(boards)) >= 0
    board_ids = distinct(np.concatenate([boards[asked], named]))
    rows = voters.rows_of(board_ids)
    board = np.repeat(IdLookup.of(board_ids).find(named), column["n_pictures"].flatten().to_numpy())
    n_sent = column["n_categories"].value_lengths().to_numpy().astype(np.int64)
    n_pairs = column["pictures"].value_lengths().to_numpy()
    picture = column["pictures"].flatten().to_numpy() + np.repeat(offsets_of(n_sent)[:-1], n_pairs)
    n_images = np.bincount(board, minlength=len(board_ids))
    logs = _Logs(
        picture[order_of(board, equal="stable")],
        offsets_of(n_images),
        offsets_of(column["n_categories"].flatten().to_numpy().astype(np.int64)),
        column["categories"].flatten().to_numpy().astype(np.int64),
        column["logs"].flatten().to_numpy(),
    )
    scores = partial(logs.scores, n_categories=len(voters.prior))
    return ScoredBoards(board_ids, voters.labels_of(rows), voters.names, voters.prior, n_images, scores)
