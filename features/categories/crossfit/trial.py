"""The trial of a second pass: the boards it is tried on, and how their labels judge its evidence."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.categories.crossfit.owner_folds import N_FOLDS, OwnerFolds
from features.categories.evidence.evidence_weights import N_PLANES
from features.categories.evidence.voting_boards import Bools, VotingBoards
from features.categories.fitting.calibration import DECIMALS, Calibration, refit_calibration
from features.categories.fitting.fit_sample import FIT_BOARDS, FIT_CELLS, FitSample, Hashes
from features.categories.fitting.owner_likelihood import expected_of
from features.categories.pass_trial import PassTrial
from joins.arrow.groups import Floats, Ints
from joins.arrow.hashing import key_hash


@dataclass(frozen=True, slots=True)
class TrialBoards:
    """Labelled boards of the first folds that a second pass is tried on, in the order of the hashes of their ids.

    ``n_folds`` folds are needed for so many; ``rows`` are their positions among all boards, ``hashes`` those of their
    ids.
    """

    n_folds: int
    rows: Ints
    hashes: Hashes
    labels: Ints
    owners: Ints
    is_second_half: Bools

    def asked(self, n_boards: int) -> Bools:
        """Return which of all boards they are."""
        asked = np.zeros(n_boards, np.bool_)
        asked[self.rows] = True
        return asked

    def all_of(self, sample: FitSample) -> FitSample:
        """Return a sample of all of them, in their order; those that `sample` leaves out have no evidence."""
        at = np.searchsorted(self.hashes, sample.hashes)
        n_images = np.zeros(len(self.rows), np.int64)
        planes = np.zeros((len(sample.planes), len(self.rows), sample.planes.shape[2]), np.float32)
        n_images[at], planes[:, at] = sample.n_images, sample.planes
        return FitSample(self.hashes, self.labels, n_images, planes)


def trial_boards(voters: VotingBoards, folds: OwnerFolds) -> TrialBoards:
    """Choose the boards that a second pass is tried on: as many as a pass is fitted on, by the hash of their ids.

    They come from as few folds as have so many, as each costs as much as a first pass; few boards, from all folds.
    """
    most = min(FIT_BOARDS, FIT_CELLS // (N_PLANES * len(voters.prior)))
    labelled = voters.labels >= 0
    up_to = np.cumsum(np.bincount(folds.fold[labelled], minlength=N_FOLDS))
    n_folds = min(int(np.searchsorted(up_to, most)) + 1, N_FOLDS)
    rows = np.flatnonzero((folds.fold < n_folds) & labelled)
    hashes = key_hash(pa.array(voters.board_ids[rows]))
    order = np.argsort(hashes)[:most]
    rows = rows[order]
    of_rows = (voters.labels[rows], voters.owners[rows], folds.is_second_half[rows])
    return TrialBoards(n_folds, rows, hashes[order], *of_rows)


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
