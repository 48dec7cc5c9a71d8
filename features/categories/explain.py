"""Why a board has the category it has: the numbers that decided, its pictures, and the boards that spoke.

The explanation is no second opinion: it goes through the functions that the correction went through, with the numbers
that the correction recorded, and refuses to speak where it does not arrive at what was decided.
"""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.decisions import BOARD_CATEGORIES
from features.categories.explanation import BoardExplanation
from features.categories.fit import CategoryFit, calibration_of, category_fit
from features.categories.inputs import BoardCategoriesError, LabelledBoards, checked_pins, labelled_boards
from features.categories.neighbour_evidence import Hearing, hear, pins_of_pictures
from features.categories.passes import posterior_voters
from features.categories.tables import boards_table, categories_table, pictures_table
from features.categories.votes import owner_voters, voting_boards
from features.categories.weighing import WeighedBoard, weigh
from joins.arrow.chunks import one_array
from joins.arrow.groups import offsets_of

TOLERANCE = 2e-6  # posteriors are recorded in millionths

__all__ = ["BoardExplanation", "explain_board"]


def explain_board(
    board_id: int,
    board_images: pa.Table,
    board_categories: pa.Table,
    corrected: pa.Table,
    *,
    previous: pa.Table | None = None,
    most_boards: int = 10,
) -> BoardExplanation:
    """Show what spoke for and against the category of a board, and the numbers that decided.

    Parameters
    ----------
    board_id
        The board.
    board_images, board_categories
        What `features.correct_categories` was given. Of `board_images`, the pins of the board's own pictures, on
        whatever boards, are enough; of `board_categories`, all rows are needed, as the prior is their shares, and
        ``user_id`` if it had it.
    corrected
        What it returned; the row of the board, with the schema metadata, is enough.
    previous
        The table of the pass before the one that `corrected` keeps (``category_fit(corrected).pass_kept - 1``), needed
        if that is 2 or later; rows of the boards that show the board's pictures are enough.
    most_boards
        Most other boards to list for, against and elsewhere, each.

    Returns
    -------
    BoardExplanation
        ``print`` makes a page for people of it; see there for its tables.

    Raises
    ------
    BoardCategoriesError
        There is no such board, an input is not as above, `previous` is missing or of another pass, or the tables do
        not lead to what was decided, so they are not those that the correction was made from.

    Notes
    -----
    The logarithm of the posterior odds of the category against its rival is ``odds.pictures`` (the sum of
    ``pictures["score"]``) + ``odds.bias`` + ``odds.prior`` + ``odds.owner``. A picture's score is the difference of the
    two categories in what ``Evidence.scores`` adds up, divided by ``n_images ** g``. Other boards of the same owner are
    counted, but not heard.

    A millisecond a picture, and O(boards) to read all labels.

    Examples
    --------
    The board of food that shows paintings, of `features.correct_categories`:

    >>> from features import correct_categories
    >>> pins = [(b, f"painting {i}") for b in [*range(10), 20] for i in range(4)]
    >>> pins += [(b, f"recipe {i}") for b in range(10, 20) for i in range(4)] + [(21, "recipe 0")]
    >>> images = pa.table({"board_id": [b for b, _ in pins], "image_signature": [i for _, i in pins]})
    >>> labels = pa.table({"board_id": range(21), "category": ["art" if b < 10 else "food" for b in range(21)]})
    >>> why = explain_board(20, images, labels, correct_categories(images, labels))
    >>> why.category, why.rival, why.other_boards.n_for, why.other_boards.n_against
    ('art', 'food', 10, 0)
    >>> why.pictures.select(["image_signature", "n_voters", "says"]).to_pylist()[0]
    {'image_signature': 'painting 0', 'n_voters': 10, 'says': [{'category': 'art', 'share': 1.0}]}
    >>> odds = why.confidence / (1 - why.confidence)
    >>> round(why.odds.total - float(np.log(odds)), 4)
    0.0
    """
    decided, fit = _decision(board_id, corrected), category_fit(corrected)
    pins = checked_pins(board_images)
    pins = pins_of_pictures(board_id, pins.filter(pins["image_signature"].is_valid()))
    boards = labelled_boards(board_categories, np.append(pins["board_id"].to_numpy(), board_id))
    _refuse_other_labels(boards, fit)
    if fit.pass_kept == 1:
        voters = owner_voters(boards, board_categories)
    else:
        voters = posterior_voters(_previous(previous, boards, pins, fit.pass_kept - 1), board_categories)
    heard = hear(board_id, pins, voting_boards(voters))
    weighed = weigh(heard, calibration_of(fit.numbers))
    _refuse_other_decision(decided, heard, weighed)
    return _explanation(decided, fit, heard, weighed, most_boards)


@dataclass(frozen=True, slots=True)
class _Decision:
    """A row of the corrected table."""

    board_id: int
    owner_category: str | None
    category: str | None
    confidence: float | None
    n_images: int


def _decision(board_id: int, corrected: pa.Table) -> _Decision:
    _refuse_other_schema(corrected, "corrected")
    at = np.flatnonzero(corrected["board_id"].to_numpy() == board_id)
    if not len(at):
        ids = pc.min_max(corrected["board_id"]).as_py()
        raise BoardCategoriesError(
            f"board_id is {board_id}; it must be one of the {len(corrected):,} boards of corrected"
            + (f" (from {ids['min']} to {ids['max']})" if len(corrected) else "")
        )
    (row,) = corrected.slice(at[0], 1).select(list(_Decision.__slots__)).to_pylist()
    return _Decision(**row)


def _previous(previous: pa.Table | None, boards: LabelledBoards, pins: pa.Table, number: int) -> pa.Table:
    """Return what `posterior_voters` reads, for all boards; those that `previous` leaves out say nothing."""
    if previous is None:
        raise BoardCategoriesError(
            f"previous is None; corrected keeps pass {number + 1}, in which the posteriors of pass {number} voted: "
            "give the table of that pass"
        )
    _refuse_other_schema(previous, "previous")
    found = category_fit(previous).pass_kept
    if found != number:
        raise BoardCategoriesError(f"previous: keeps pass {found}, must be the table that keeps pass {number}")
    ids = one_array(previous["board_id"])
    missing = pins.filter(pc.invert(pc.is_in(pins["board_id"], ids)))["board_id"]
    if len(missing):
        raise BoardCategoriesError(
            f"previous: has no row of {len(pc.unique(missing)):,} boards that show the board's pictures "
            f"(first: board {missing[0]}); give their rows, too"
        )
    said = one_array(previous["distribution"]).take(pc.index_in(pa.array(boards.board_ids), ids))
    offsets = offsets_of(said.value_lengths().fill_null(0).to_numpy()).astype(np.int32)
    labels = pa.array(np.maximum(boards.labels, 0), mask=boards.labels < 0)
    return pa.table(
        {
            "board_id": boards.board_ids,
            "owner_category": pa.array(boards.names, pa.string()).take(labels),
            "distribution": pa.ListArray.from_arrays(pa.array(offsets), said.flatten(), type=said.type),
        }
    )


def _explanation(
    decided: _Decision, fit: CategoryFit, heard: Hearing, weighed: WeighedBoard, most_boards: int
) -> BoardExplanation:
    category = weighed.code(decided.category)
    rival = _rival(decided, weighed)
    pictures = pictures_table(heard.pictures(weighed.weights), weighed, category, rival)
    boards, other_boards = boards_table(heard.other_boards(), weighed.names, category, rival, most_boards)
    return BoardExplanation(
        board_id=decided.board_id,
        owner_category=decided.owner_category,
        category=decided.category,
        confidence=decided.confidence,
        rival=weighed.names[rival] if rival >= 0 else None,
        odds=weighed.odds(category, rival, math.fsum(pictures["score"].to_numpy())) if rival >= 0 else None,
        categories=categories_table(weighed),
        pictures=pictures,
        boards=boards,
        other_boards=other_boards,
        n_pictures=len(heard.shown),
        pass_kept=fit.pass_kept,
        min_confidence=fit.min_confidence,
    )


def _rival(decided: _Decision, weighed: WeighedBoard) -> int:
    """Return what the category is weighed against, -1 where there is nothing."""
    if decided.category is None:
        return -1
    if decided.owner_category not in (None, decided.category):
        return weighed.code(decided.owner_category)
    return weighed.most_probable_but(weighed.code(decided.category))


def _refuse_other_schema(table: pa.Table, argument: str) -> None:
    if not table.schema.equals(BOARD_CATEGORIES):
        raise BoardCategoriesError(
            f"{argument}: needs the schema BOARD_CATEGORIES, it has\n{table.schema.to_string()}\n"
            "pass a table that correct_categories returned"
        )


def _refuse_other_labels(boards: LabelledBoards, fit: CategoryFit) -> None:
    n_labelled, known = int((boards.labels >= 0).sum()), sorted(fit.numbers.bias)
    if n_labelled != fit.n_labelled or list(boards.names) != known:
        raise BoardCategoriesError(
            f"board_categories: {n_labelled:,} boards have one of {len(boards.names):,} categories, corrected was made "
            f"from {fit.n_labelled:,} and {len(known):,}; pass all rows of the table that it was made from"
        )


def _refuse_other_decision(decided: _Decision, heard: Hearing, weighed: WeighedBoard) -> None:
    """Refuse tables that lead elsewhere: their numbers are not those that decided."""
    n_images = int(heard.evidence.n_images[heard.row])
    label = weighed.code(decided.owner_category)
    confidence = None if decided.category is None else float(weighed.posterior[weighed.code(decided.category)])
    same = n_images == decided.n_images and label == int(heard.voters.labels_of(np.array([decided.board_id]))[0])
    if not (same and abs((confidence or 0.0) - (decided.confidence or 0.0)) <= TOLERANCE):
        raise BoardCategoriesError(
            f"board {decided.board_id}: corrected has {decided.category} with confidence {decided.confidence} from "
            f"{decided.n_images:,} pictures, these tables lead to {confidence} from {n_images:,}; pass those that "
            "it was made from: all pins of the board's pictures, all labels, and user_id if it was there"
        )
