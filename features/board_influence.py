"""What boards pass on to the pictures and users they touch: importance and an opinion of the category."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.category_shares import BoardOpinions, board_opinions
from features.grouping import Floats, Ints


@dataclass(frozen=True, slots=True)
class BoardInfluence:
    """All boards, by position in ascending ``board_ids``; every array has shape ``(n_boards,)``.

    A board's importance is its PageRank, spread evenly over its pins; the importance of a board without pins
    (``importance_if_empty``) goes to its owner alone.
    """

    board_ids: Ints
    importance_of_a_pin: Floats
    importance_if_empty: Floats
    opinions: BoardOpinions

    def rows_of(self, board_ids: pa.ChunkedArray) -> Ints:
        """Return the position of each board.

        Raises
        ------
        KeyError
            If a board has no features: the tables don't belong to the same version.
        """
        ids: Ints = board_ids.to_numpy()
        rows = np.minimum(np.searchsorted(self.board_ids, ids), max(0, len(self.board_ids) - 1))
        unknown = self.board_ids[rows] != ids if len(self.board_ids) else np.ones(len(ids), bool)
        if unknown.any():
            raise KeyError(
                f"{np.unique(ids[unknown]).size} boards of these pins have no board features (first: board "
                f"{ids[unknown][0]}); pass pins and board features of the same version"
            )
        return rows


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
        board_opinions(board_features["categories"]),
    )
