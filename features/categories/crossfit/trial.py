"""The trial of a second pass: the boards it is tried on, and how their labels judge its evidence."""

from dataclasses import dataclass

import numpy as np

from features.categories.casting.chosen_boards import ChosenBoards, LabelledVoters, smallest_hashes
from features.categories.casting.owner_folds import N_FOLDS, owner_folds
from features.categories.evidence.voting_boards import Bools
from features.categories.fitting.calibration import DECIMALS, Calibration, refit_calibration
from features.categories.fitting.fit_sample import FitSample, Hashes, most_to_fit
from features.categories.fitting.owner_likelihood import expected_of
from features.categories.pass_trial import PassTrial
from joins.arrow.groups import Floats, Ints


@dataclass(frozen=True, slots=True)
class TrialBoards:
    """Labelled boards of the first folds that a second pass is tried on, in the order of the hashes of their ids.

    ``about`` tells them from others; as many folds are needed for so many. ``hashes`` are those of their ids.
    """

    about: ChosenBoards
    hashes: Hashes
    labels: Ints
    owners: Ints
    is_second_half: Bools

    def all_of(self, sample: FitSample) -> FitSample:
        """Return a sample of all of them, in their order; those that `sample` leaves out have no evidence."""
        at = np.searchsorted(self.hashes, sample.hashes)
        n_images = np.zeros(len(self.hashes), np.int64)
        planes = np.zeros((len(sample.planes), len(self.hashes), sample.planes.shape[2]), np.float32)
        n_images[at], planes[:, at] = sample.n_images, sample.planes
        return FitSample(self.hashes, self.labels, n_images, planes)


def trial_boards(voters: LabelledVoters, n_categories: int) -> TrialBoards:
    """Choose the boards that a second pass is tried on: as many as a pass is fitted on, by the hash of their ids.

    They come from as few folds as have so many, as each costs as much as a first pass; few boards, from all folds.
    """
    most = most_to_fit(n_categories)
    n_folds = min(int(np.searchsorted(np.cumsum(voters.n_labelled), most)) + 1, N_FOLDS)
    found = smallest_hashes(voters, most, n_folds)
    is_second_half = owner_folds(found.owners).is_second_half
    about = ChosenBoards(found.last_hash, n_folds)
    return TrialBoards(about, found.hashes, found.labels, found.owners, is_second_half)


def judged(once: FitSample, twice: FitSample, boards: TrialBoards, first: Calibration, prior: Floats) -> PassTrial:
    """Judge the evidence of a second pass against that of the first, about the same boards.

    The weights of the second are fitted to one half of the owners, with the label noise of the first, and judged by the
    labels of the other half; then the other way round. The numbers of the first are ``first`` as they were recorded, so
    they may have seen some of these labels, which favours the pass that is there already. ``once`` and ``twice`` have a
    row for each of ``boards``; those without evidence in either pass tell nothing.
    """
    told = np.flatnonzero((once.n_images > 0) | (twice.n_images > 0))
    gains = -_log_likelihoods(first, once, prior)
    for judging in (boards.is_second_half, ~boards.is_second_half):
        fitted = refit_calibration([twice.of(np.flatnonzero(~judging & (twice.n_images > 0)))], prior, first)
        gains[judging] += _log_likelihoods(fitted, twice.of(np.flatnonzero(judging)), prior)
    return trial_of(gains[told], np.unique(boards.owners[told], return_inverse=True)[1])


def _log_likelihoods(calibration: Calibration, sample: FitSample, prior: Floats) -> Floats:
    """Return log P(owner's label | evidence) of each board of a sample."""
    expected = calibration.overlap.applied(expected_of(calibration.evidence, sample, prior), sample.n_images)
    logs: Floats = np.log((expected * calibration.noise.confusion_matrix().T[sample.labels]).sum(axis=1))
    return logs


def trial_of(gains: Floats, owners: Ints) -> PassTrial:
    """Average the gains of boards; owners, numbered from 0, are the independent observations."""
    n_boards, n_owners = len(gains), int(owners.max(initial=-1)) + 1
    if not n_boards:
        return PassTrial(0, 0, 0.0, 0.0)
    gain = float(gains.mean())
    off = np.bincount(owners, gains - gain)
    error = float(np.sqrt((off**2).sum() * n_owners / max(n_owners - 1, 1))) / n_boards
    return PassTrial(n_boards, n_owners, round(gain, DECIMALS), round(error, DECIMALS))
