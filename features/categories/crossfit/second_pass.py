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

from features.categories.casting.all_voters import AskAbout, CastByFold, HideFold, Voters
from features.categories.casting.chosen_boards import ChosenBoards, smallest_hashes
from features.categories.casting.owner_folds import N_FOLDS
from features.categories.crossfit.gathering import EvidenceGatherer
from features.categories.crossfit.trial import TrialBoards, judged, trial_boards
from features.categories.decisions import DecisionSums
from features.categories.fitting.calibration import Calibration, refit_calibration
from features.categories.fitting.fit_sample import FitSample, joined_samples, most_to_fit
from features.categories.pass_trial import PassTrial
from joins.arrow.groups import Floats
from joins.engine.step import PartitionInput


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


def second_pass(gatherer: EvidenceGatherer, voters: Voters, first: Calibration, min_confidence: float) -> SecondPass:
    """Try a second pass on as few folds of owners as will do, and make it on all if the trial proves it better.

    ``voters`` are all boards, voting for their owners' labels, and ``first`` is the calibration of the first pass.

    Notes
    -----
    The trial on a fold costs about as much as a first pass, the whole up to six: posteriors of all boards once for each
    fold, and the evidence about the boards of each. Weights of the evidence are fitted to labelled boards of all folds,
    as many as in a first pass, with its label noise. Few boards are all tried, and then fitted on as they were tried.
    """
    boards, to_fit = trial_boards(voters, len(voters.prior)), boards_to_fit(voters)
    n_tried = boards.about.n_folds
    blind = votes_blind_to(range(n_tried), gatherer, voters, first)
    asked = [voters.changed(AskAbout(boards.about)), _by_fold(blind, boards.about)]
    once, twice = gatherer.samples(asked)
    trial = _judged(once, twice, boards, first, voters.prior)
    if not trial.proves:
        return SecondPass(trial)
    if boards.about != to_fit:
        blind += votes_blind_to(range(n_tried, N_FOLDS), gatherer, voters, first)
        (twice,) = gatherer.samples([_by_fold(blind, to_fit)])
    calibration = refit_calibration(twice, voters.prior, first)
    (decided,) = gatherer.decide([_by_fold(blind, None)], calibration, min_confidence)
    return SecondPass(trial, MadePass(calibration, *decided))


def votes_blind_to(
    folds: Sequence[int], gatherer: EvidenceGatherer, voters: Voters, first: Calibration
) -> list[Voters]:
    """Let boards vote for their posteriors as of first passes that the labels of a fold of owners are hidden from.

    There is a first pass for each of ``folds``, at least one. ``voters`` vote for owners' labels; boards that they are
    not asked about do not vote.
    """
    if not folds:
        return []
    decided = gatherer.decide([voters.changed(HideFold(fold)) for fold in folds], first, min_confidence=1.0)
    return voters.with_posteriors([rows for rows, _ in decided], gatherer.n_parts)


def boards_to_fit(voters: Voters) -> ChosenBoards:
    """Return which boards are fitted on, those without evidence among them.

    They are the labelled boards of the smallest hashes: as many as `most_to_fit` says, all where there are fewer.
    """
    return ChosenBoards(smallest_hashes(voters, most_to_fit(len(voters.prior))).last_hash)


def _by_fold(blind: Sequence[Voters], boards: ChosenBoards | None) -> Voters:
    """Let the votes that are blind to each fold be evidence about its boards."""
    return blind[0].changed(CastByFold(boards), *blind[1:])


def _judged(
    once: Sequence[FitSample], twice: Sequence[FitSample], boards: TrialBoards, first: Calibration, prior: Floats
) -> PassTrial:
    """Judge by the boards of a trial the evidence about them in the first pass and in the second."""
    first_seen, then_seen = (boards.all_of(joined_samples(samples, len(prior))) for samples in (once, twice))
    return judged(first_seen, then_seen, boards, first, prior)
