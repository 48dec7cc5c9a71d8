"""The tables of an explanation: categories, pictures of the board, other boards that spoke."""

import numpy as np
import pyarrow as pa

from features.categories.explanation import OtherBoards
from features.categories.neighbour_evidence import HeardPictures, SpeakingBoards, largest_shares
from features.categories.votes import VOTE
from features.categories.weighing import WeighedBoard
from joins.arrow.groups import rank_in_groups

SIDES = ("for", "against", "elsewhere")


def categories_table(weighed: WeighedBoard) -> pa.Table:
    """List the categories with their numbers, as ``BoardExplanation.categories``.

    Parameters
    ----------
    weighed
        The numbers.

    Returns
    -------
    pyarrow.Table
        The most probable first, equal ones by name.
    """
    order = np.argsort(-weighed.posterior, kind="stable")
    names = pa.array(weighed.names, pa.string()).take(pa.array(order))
    numbers = {name: getattr(weighed, name)[order] for name in ("prior", "evidence", "filed", "posterior")}
    return pa.table({"category": names, **numbers})


def pictures_table(heard: HeardPictures, weighed: WeighedBoard, category: int, rival: int) -> pa.Table:
    """List the pictures that other boards speak about, as ``BoardExplanation.pictures``.

    Parameters
    ----------
    heard
        What is said of each picture.
    weighed
        How it is weighed.
    category, rival
        Codes of the category given and of what it is weighed against; -1 for none.

    Returns
    -------
    pyarrow.Table
        The strongest first, equal ones by signature.
    """
    none = np.zeros(len(heard.n_voters))
    score = (heard.scores[:, category] - heard.scores[:, rival]) * weighed.shortening if rival >= 0 else none
    table = pa.table(
        {
            "image_signature": heard.image_signature,
            "n_voters": heard.n_voters,
            "says": largest_shares(weighed.names, heard.shares),
            "share": heard.shares[:, category] if category >= 0 else none,
            "rival_share": heard.shares[:, rival] if rival >= 0 else none,
            "score": score,
            "size": np.abs(score),
        }
    )
    return table.sort_by([("size", "descending"), ("image_signature", "ascending")]).drop_columns("size")


def boards_table(
    others: SpeakingBoards, names: tuple[str, ...], category: int, rival: int, most: int
) -> tuple[pa.Table, OtherBoards]:
    """List the boards that spoke, as ``BoardExplanation.boards``, and count all that share a picture.

    Parameters
    ----------
    others
        The boards that share a picture.
    names
        The categories; a position is a code.
    category, rival
        As for `pictures_table`.
    most
        Boards to list for, against and elsewhere, each.

    Returns
    -------
    boards
        By side, then number of shared pictures, descending, then id.
    other_boards
        How many there are, whether listed or not.
    """
    heard = np.flatnonzero(others.heard)
    said = others.most_said[heard]
    side = np.select([said == category, (said == rival) & (rival >= 0)], [0, 1], 2)
    ranked = rank_in_groups(side, others.n_shared[heard], len(SIDES), most)
    rows = heard[ranked.rows]
    shares = np.zeros((len(rows), len(names)))
    np.add.at(shares, (np.arange(len(rows))[:, None], others.category[rows]), others.mass[rows] / VOTE)
    table = pa.table(
        {
            "board_id": others.board_ids[rows],
            "speaks": pa.array(SIDES).take(pa.array(side[ranked.rows])),
            "n_shared": others.n_shared[rows],
            "says": largest_shares(names, shares),
        }
    )
    n_for, n_against, n_elsewhere = np.bincount(side, minlength=len(SIDES)).tolist()
    n_same_owner = int(others.same_owner.sum())
    n_silent = len(others.board_ids) - len(heard) - n_same_owner
    return table, OtherBoards(n_for, n_against, n_elsewhere, n_silent, n_same_owner)
