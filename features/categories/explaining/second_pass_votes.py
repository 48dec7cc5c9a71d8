"""The votes that decided in a second pass, worked out anew for the boards that vote on one board."""

import pyarrow as pa
import pyarrow.compute as pc

from features.categories.casting.all_voters import Voters, WholeVoters
from features.categories.casting.chosen_boards import folds_of
from features.categories.crossfit.gathering import InMemory
from features.categories.crossfit.second_pass import votes_blind_to
from features.categories.decisions import refuse_other_schema
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voting_boards import ask_about
from features.categories.fitting.calibration import Calibration
from features.categories.fitting.category_fit import CategoryFit, calibration_of, category_fit
from features.categories.labelled_boards import BoardCategoriesError


def second_pass_votes(
    board_id: int, pins: pa.Table, sharing: pa.ChunkedArray, votes: pa.Table, first: Calibration
) -> Voters:
    """Return the votes of the boards that share pictures with a board, as its own labels and its owner's were hidden.

    ``pins`` are those of all pictures of the boards ``sharing``, ``votes`` those of all boards for their owners'
    labels, and ``first`` the calibration of the first pass. Other boards don't vote.
    """
    (fold,) = folds_of(votes.filter(pc.field("board_id") == board_id))
    about = pc.is_in(votes["board_id"], value_set=pc.unique(pa.concat_arrays([*sharing.chunks, pa.array([board_id])])))
    of_sharing = pc.unique(pins.filter(pc.is_in(pins["board_id"], value_set=pc.unique(sharing)))["image_signature"])
    seen = pins.filter(pc.is_in(pins["image_signature"], value_set=of_sharing))
    asked = WholeVoters(ask_about(votes, about.to_numpy()))
    (blind,) = votes_blind_to([int(fold)], InMemory(shown_pictures(seen)), asked, first)
    return blind


def first_calibration(fit: CategoryFit, previous: pa.Table | None) -> Calibration:
    """Return the numbers of the first pass, by which the votes of a second were worked out.

    A `BoardCategoriesError` says what is wrong with ``previous``, the table of that pass.
    """
    if previous is None:
        raise BoardCategoriesError(
            "previous is None; corrected keeps pass 2, in which what pass 1 finds for other boards voted",
            remedy="give the table of that pass",
        )
    refuse_other_schema(previous, "previous")
    before = category_fit(previous)
    if before.pass_kept != 1:
        raise BoardCategoriesError(
            f"keeps pass {before.pass_kept}, must be the table that keeps pass 1", where="previous"
        )
    if before.n_labelled != fit.n_labelled or before.numbers.bias.keys() != fit.numbers.bias.keys():
        raise BoardCategoriesError(
            f"was made from {before.n_labelled:,} labelled boards of {len(before.numbers.bias):,} categories, "
            f"corrected from {fit.n_labelled:,} of {len(fit.numbers.bias):,}",
            where="previous",
            remedy="give the table that corrected followed",
        )
    return calibration_of(before.numbers)
