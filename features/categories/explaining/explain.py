"""Why a board has the category it has: the numbers that decided, its pictures, and the boards that voted.

The explanation decides nothing anew: it goes through the functions that the correction went through, with the numbers
that the correction recorded, and is an error where it does not arrive at what was decided.
"""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.casting.all_voters import Voters, WholeVoters
from features.categories.decisions import refuse_other_schema
from features.categories.evidence.board_sketches import boards_of_shared_owners, sketches_of
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_numbers, owner_voters
from features.categories.explaining.explanation import BoardExplanation
from features.categories.explaining.neighbour_evidence import NeighbourEvidence, neighbour_evidence, pins_of_pictures
from features.categories.explaining.posterior_terms import PosteriorTerms, posterior_terms
from features.categories.explaining.second_pass_votes import first_calibration, second_pass_votes
from features.categories.fitting.category_fit import CategoryFit, calibration_of, category_fit
from features.categories.labelled_boards import (
    BoardCategoriesError,
    LabelledBoards,
    checked_pins,
    distinct,
    labelled_boards,
)
from joins.arrow.groups import Ints

TOLERANCE = 2e-6  # posteriors are recorded in millionths


def explain_board(
    board_id: int,
    board_images: pa.Table,
    board_categories: pa.Table,
    corrected: pa.Table,
    *,
    previous: pa.Table | None = None,
    most_boards: int = 10,
) -> BoardExplanation:
    """Show what is for and against the category of a board, and the numbers that decided.

    Parameters
    ----------
    board_id
        The board.
    board_images, board_categories
        What `features.correct_categories` was given. Of `board_images`, the pins of the board's own pictures, on
        whatever boards, are enough; if pass 2 decided, those of all pictures of these boards, as what votes is what
        pass 1 finds for them; and always all pins of the boards that `owners_boards` names. Of `board_categories`, all
        rows are needed, as the prior is their shares, and ``user_id`` if it had it.
    corrected
        What it returned; the row of the board, with the schema metadata, is enough.
    previous
        The table of pass 1, needed if `corrected` keeps pass 2; its schema metadata is enough.
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
    ``pictures["score"]``) + ``odds.bias`` + ``odds.prior`` + ``odds.overlap`` + ``odds.owner``. A picture's score is
    the difference of the two categories in what ``Evidence.scores`` adds up, divided by ``n_images ** g``. Other boards
    of the same owner count as far as they are no copies.

    A millisecond a picture, and O(boards) to read all labels; if pass 2 decided, the first pass once more for the
    boards that show the board's pictures, with the labels of the board's fold hidden.

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
    >>> why.pictures.select(["image_signature", "n_voters", "votes"]).to_pylist()[0]
    {'image_signature': 'painting 0', 'n_voters': 10.0, 'votes': [{'category': 'art', 'share': 1.0}]}
    >>> odds = why.confidence / (1 - why.confidence)
    >>> round(abs(why.odds.total - float(np.log(odds))), 4)
    0.0
    """
    decided, fit = _decision(board_id, corrected), category_fit(corrected)
    pins = checked_pins(board_images)
    pins = pins.filter(pins["image_signature"].is_valid())
    shown = pins_of_pictures(board_id, pins)
    named = pins if fit.pass_kept > 1 else shown
    boards = labelled_boards(board_categories, np.append(named["board_id"].to_numpy(), board_id))
    _refuse_other_labels(boards, fit)
    copying = owners_boards(named, board_categories)
    shown_by_them = pins.filter(pc.is_in(pins["board_id"], value_set=pa.array(copying)))
    sketches = sketches_of(shown_pictures(shown_by_them), copying)
    votes = owner_voters(boards, board_categories, sketches)
    voters: Voters = WholeVoters(votes)
    if fit.pass_kept > 1:
        voters = second_pass_votes(board_id, pins, shown["board_id"], votes, first_calibration(fit, previous))
    neighbours = neighbour_evidence(board_id, shown, voters.of_part(0))
    terms = posterior_terms(neighbours, calibration_of(fit.numbers))
    _refuse_other_decision(decided, neighbours, terms)
    return _explanation(decided, fit, neighbours, terms, most_boards)


def owners_boards(pins: pa.Table, board_categories: pa.Table) -> Ints:
    """Return the boards of which all pins are needed: those among them whose owner has another among them.

    ``pins`` are the others that an explanation needs. How far boards of one owner copy each other, all their pictures
    tell.

    Examples
    --------
    >>> pins = pa.table({"board_id": [1, 2, 3, 4], "image_signature": ["a"] * 4})
    >>> labels = pa.table({"board_id": [1, 2, 3, 4], "category": ["art"] * 4, "user_id": [7, 8, 8, 9]})
    >>> owners_boards(pins, labels).tolist()
    [2, 3]
    """
    shown = distinct(pins["board_id"].to_numpy())
    owners = board_categories.filter(pc.is_in(board_categories["board_id"], pa.array(shown)))
    return boards_of_shared_owners(shown, owner_numbers(shown, owners))


@dataclass(frozen=True, slots=True)
class _Decision:
    """A row of the corrected table."""

    board_id: int
    owner_category: str | None
    category: str | None
    confidence: float | None
    n_images: int


def _decision(board_id: int, corrected: pa.Table) -> _Decision:
    refuse_other_schema(corrected, "corrected")
    at = np.flatnonzero(corrected["board_id"].to_numpy() == board_id)
    if not len(at):
        ids = pc.min_max(corrected["board_id"]).as_py()
        raise BoardCategoriesError(
            f"board_id is {board_id}; it must be one of the {len(corrected):,} boards of corrected"
            + (f" (from {ids['min']} to {ids['max']})" if len(corrected) else "")
        )
    (row,) = corrected.slice(at[0], 1).select(list(_Decision.__slots__)).to_pylist()
    return _Decision(**row)


def _explanation(
    decided: _Decision, fit: CategoryFit, neighbours: NeighbourEvidence, terms: PosteriorTerms, most_boards: int
) -> BoardExplanation:
    category = terms.code(decided.category)
    rival = _rival(decided, terms)
    pictures = terms.pictures_table(neighbours.pictures(terms.weights), category, rival)
    boards, other_boards = neighbours.boards_table(category, rival, most_boards)
    return BoardExplanation(
        board_id=decided.board_id,
        owner_category=decided.owner_category,
        category=decided.category,
        confidence=decided.confidence,
        rival=terms.names[rival] if rival >= 0 else None,
        odds=terms.odds(category, rival, math.fsum(pictures["score"].to_numpy())) if rival >= 0 else None,
        categories=terms.categories_table(),
        pictures=pictures,
        boards=boards,
        other_boards=other_boards,
        n_pictures=len(neighbours.shown),
        pass_kept=fit.pass_kept,
        min_confidence=fit.min_confidence,
        trial=str(fit.trial) if fit.trial else None,
        changes_pay=fit.numbers.held_out.pay,
    )


def _rival(decided: _Decision, terms: PosteriorTerms) -> int:
    """Return what the category is weighed against, -1 where there is nothing."""
    if decided.category is None:
        return -1
    if decided.owner_category not in (None, decided.category):
        return terms.code(decided.owner_category)
    return terms.most_probable_but(terms.code(decided.category))


def _refuse_other_labels(boards: LabelledBoards, fit: CategoryFit) -> None:
    n_labelled, known = int((boards.labels >= 0).sum()), sorted(fit.numbers.bias)
    if n_labelled != fit.n_labelled or list(boards.names) != known:
        raise BoardCategoriesError(
            f"{n_labelled:,} boards have one of {len(boards.names):,} categories, corrected was made from "
            f"{fit.n_labelled:,} and {len(known):,}",
            where="board_categories",
            remedy="pass all rows of the table that it was made from",
        )


def _refuse_other_decision(decided: _Decision, neighbours: NeighbourEvidence, terms: PosteriorTerms) -> None:
    """Refuse tables that lead elsewhere: their numbers are not those that decided."""
    evidence, row = neighbours.evidence, neighbours.row
    n_images = int(evidence.n_images[row])
    confidence = None if decided.category is None else float(terms.posterior[terms.code(decided.category)])
    same = n_images == decided.n_images and terms.code(decided.owner_category) == int(evidence.labels[row])
    if not (same and abs((confidence or 0.0) - (decided.confidence or 0.0)) <= TOLERANCE):
        raise BoardCategoriesError(
            f"corrected has {decided.category} with confidence {decided.confidence} from "
            f"{decided.n_images:,} pictures, these tables lead to {confidence} from {n_images:,}",
            where=f"board {decided.board_id}",
            remedy="pass those that it was made from: all pins of the board's pictures (if pass 2 decided, of all "
            "pictures of the boards that show them), all labels, and user_id if it was there",
        )
