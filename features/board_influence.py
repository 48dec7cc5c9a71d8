"""What boards pass on to the pictures and users they touch: importance and votes for a category."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.category_shares import BoardVotes, board_votes
from joins.arrow.groups import Floats, Ints, rows_of


@dataclass(frozen=True, slots=True)
class BoardInfluence:
    """All boards, by position in ascending ``board_ids``; every array has shape ``(n_boards,)``.

    A board's importance is its PageRank, spread evenly over its pins; the importance of a board without pins
    (``importance_if_empty``) goes to its owner alone.
    """

    board_ids: Ints
    importance_of_a_pin: Floats
    importance_if_empty: Floats
    votes: BoardVotes

    def rows_of(self, board_ids: pa.ChunkedArray) -> Ints:
        """Return the position of each board.

        Raises
        ------
        FeatureError
            If a board has no features: the tables don't belong to the same version.
        """
        return rows_of(self.board_ids, board_ids.to_numpy(), "boards of pins or owners")


def board_influence(board_features: pa.Table) -> BoardInfluence:
    """Read off board features what boards pass on.

    Parameters
    ----------
    board_features
        ``board_id`` (ascending), ``page_rank``, ``n_pins`` and ``categories`` of all boards.
    """
    page_rank: Floats = board_features["page_rank"].to_numpy()
    n_pins: Ints = board_features["n_pins"].to_numpy()
    return BoardInfluence(
        board_features["board_id"].to_numpy(),
        np.divide(page_rank, n_pins, out=np.zeros_like(page_rank), where=n_pins > 0),
        np.where(n_pins == 0, page_rank, 0.0),
        board_votes(board_features["categories"]),
    )
