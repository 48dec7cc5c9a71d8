"""A second pass that can't hear its own echo: votes and evidence are cross-fitted over folds of owners.

In a second pass boards vote with posteriors instead of labels. A neighbour's posterior holds what the board's own label
said, so the label would come back to it as if others confirmed it. So the labels of a fold of owners are hidden while
posteriors are worked out, and these vote on the boards of that fold alone. The evidence about a board then never
saw its label, nor another of its owner's, by whatever way.

A trial tells whether such evidence is better, by labels that took no part in it: on one fold where that has boards
enough. Only then are the other folds made. Cross-fitting is published (Chernozhukov et al., "Double/debiased machine
learning", 2018); to let votes pass through it is our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.categories.crossfit.gathering import EvidenceGatherer
from features.categories.crossfit.owner_folds import N_FOLDS, OwnerFolds, owner_folds
from features.categories.crossfit.trial import TrialBoards, judged, trial_boards
from features.categories.decisions import DecisionSums
from features.categories.evidence.voters import posterior_voters
from features.categories.evidence.voting_boards import Bools, ask_about, cast_about, hide_labels, voting_boards
from features.categories.fitting.calibration import Calibration, refit_calibration
from features.categories.fitting.fit_sample import boards_to_fit, joined_samples
from features.categories.pass_trial import PassTrial
from joins.engine.step import PartitionInput

_POSTERIORS = ("board_id", "distribution")


@dataclass(frozen=True, slots=True)
class MadePass:
    """What a second pass decided.

    ``calibration`` is what it weighs evidence and owners by, ``rows`` reads the rows of a partition, `BOARD_CATEGORIES`
    sorted by ``board_id``, and ``sums`` are what they add up to.
    """

    calibration: Calibration
    rows: PartitionInput
    sums: DecisionSums


@dataclass(frozen=True, slots=True)
class SecondPass:
    """What came of a second pass: its trial, and what it decided if that proved it better."""

    trial: PassTrial
    made: MadePass | None = None


def second_pass(gatherer: EvidenceGatherer, votes: pa.Table, first: Calibration, min_confidence: float) -> SecondPass:
    """Try a second pass on as few folds of owners as will do, and make it on all if the trial proves it better.

    ``votes`` are those of all boards for their owners' labels (`owner_voters`), and ``first`` is the calibration of the
    first pass.

    Notes
    -----
    The trial on a fold costs about as much as a first pass, the whole up to six: posteriors of all boards once for each
    fold, and the evidence about the boards of each. Weights of the evidence are fitted to labelled boards of all folds,
    as many as in a first pass, with its label noise.
    """
    voters = voting_boards(votes)
    folds = owner_folds(voters)
    boards = trial_boards(voters, folds)
    blind = [votes_blind_to(folds.fold == fold, gatherer, votes, first) for fold in range(boards.n_folds)]
    trial = _tried(gatherer, votes, blind, folds, boards, first)
    if not trial.proves:
        return SecondPass(trial)
    blind += [votes_blind_to(folds.fold == fold, gatherer, votes, first) for fold in range(boards.n_folds, N_FOLDS)]
    samples = gatherer.samples(cast_about(blind, np.where(boards_to_fit(voters), folds.fold, -1)))
    calibration = refit_calibration(samples, voters.prior, first)
    decided = gatherer.decide(cast_about(blind, folds.fold), calibration, min_confidence)
    return SecondPass(trial, MadePass(calibration, *decided))


def votes_blind_to(hidden: Bools, gatherer: EvidenceGatherer, votes: pa.Table, first: Calibration) -> pa.Table:
    """Return the votes of boards for their posteriors as of a first pass that some labels are hidden from.

    ``votes`` are those for owners' labels; boards that they do not ask about do not vote.
    """
    rows, _ = gatherer.decide(hide_labels(votes, hidden), first, min_confidence=1.0)
    posteriors = pa.concat_tables([rows(number).select(_POSTERIORS) for number in range(gatherer.n_parts)])
    return posterior_voters(votes, posteriors)


def _tried(
    gatherer: EvidenceGatherer,
    votes: pa.Table,
    blind: Sequence[pa.Table],
    folds: OwnerFolds,
    boards: TrialBoards,
    first: Calibration,
) -> PassTrial:
    """Judge by the boards of a trial; ``blind`` are the votes that the labels of each of its folds are hidden from."""
    voters = voting_boards(votes)
    asked = boards.asked(len(voters.board_ids))
    once = gatherer.samples(ask_about(votes, asked))
    twice = gatherer.samples(cast_about(blind, np.where(asked, folds.fold, -1)))
    first_seen, then_seen = (boards.all_of(joined_samples(samples, len(voters.prior))) for samples in (once, twice))
    return judged(first_seen, then_seen, boards, first, voters.prior)
