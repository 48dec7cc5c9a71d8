"""How far to trust the evidence and how far the owner: fitted to owners' labels that the evidence never saw.

Pictures of a board are not independent, so a plain product of their likelihoods is far too sure of itself, and labels
are noisy in their own ways. Weights of the evidence and label noise are fitted by maximum likelihood of the owners'
labels under left-out evidence, never fixed. That owners confuse categories is believed only where it makes labels
more likely that it was not fitted to: else real neighbourhoods (italian, french) pass for owners' errors.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from features.categories.evidence.evidence import Evidence
from features.categories.evidence.evidence_weights import EvidenceWeights, weighted_sum
from features.categories.fitting.confusable_categories import ConfusablePair, confusable_categories
from features.categories.fitting.fit_sample import FitSample, joined_samples
from features.categories.fitting.label_noise import LabelNoise, estimate_from
from features.categories.fitting.owner_likelihood import OwnerLikelihood, fit_owner_likelihood
from joins.arrow.groups import Floats, Ints
from joins.engine.ordered_map import ordered_map

LEAST_GAIN = 0.01  # of log-likelihood a board, on boards not fitted to, that confusions must bring to be believed
LEAST_ERRORS = 2.0  # standard errors that this gain must be above 0
DECIMALS = 6  # fitted numbers are rounded before use, so what is recorded is what decided
NOISE_DECIMALS = 9  # a rare category's share of the wrong labels may be tiny, but must not be 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn left-out evidence and an owner's label into a posterior.

    Parameters
    ----------
    evidence
        How the evidence is weighed.
    noise
        How owners' labels err.
    confusion_gain
        Mean gain of log-likelihood of labels not fitted to, if owners are thought to confuse categories.
    confusable
        Categories that the evidence does not tell apart; reported, without a part in any posterior.
    n_fitted
        Labelled boards with evidence that the numbers were fitted to.
    """

    evidence: EvidenceWeights
    noise: LabelNoise
    confusion_gain: float
    confusable: tuple[ConfusablePair, ...]
    n_fitted: int


def posterior(calibration: Calibration, evidence: Evidence, rows: Ints) -> tuple[Floats, Floats]:
    """Weigh the evidence about some boards against their owners' labels.

    Returned are the posterior, shape ``(n_rows, n_categories)``, and the probability of each owner's label before it
    was seen, 1 where there is none.

    Notes
    -----
    With q the probabilities from the evidence alone, the posterior is ``q_c * P(owner's label | c)``, normalised.

    Examples
    --------
    Two boards without a picture: the prior alone decides, and one label in ten is a slip.

    >>> from features.categories.evidence.evidence import gather_evidence
    >>> from features.categories.evidence.picture_votes import PICTURE_VOTES
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.arange(4), ("art", "food"), np.array([0, -1, 1, -1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> evidence = gather_evidence(boards.board_ids, PICTURE_VOTES.empty_table(), voters)
    >>> calibration = fit_calibration([], voters.prior)
    >>> posterior(calibration, evidence, np.arange(2))[0].round(3).tolist()  # half of the slips are right
    [[0.95, 0.05], [0.5, 0.5]]
    """
    weights = calibration.evidence
    scores = evidence.scores(rows, weights.weights)
    probability = weights.expected(scores, evidence.n_images[rows], evidence.prior)
    likelihood = np.ones(len(rows))
    labels = evidence.labels[rows]
    has = np.flatnonzero(labels >= 0)
    probability[has] *= calibration.noise.confusion_matrix().T[labels[has]]
    likelihood[has] = probability[has].sum(axis=1)
    probability[has] /= likelihood[has, None]
    return probability, likelihood


def fit_calibration(
    samples: Sequence[FitSample], prior: Floats, before: Calibration | None = None, n_threads: int = 1
) -> Calibration:
    """Fit how far the evidence and the owners can be trusted, by the likelihood of the owners' labels.

    The samples of all partitions come in any order and split in any way. The fit starts from the pass before, which
    also says whether confusions are believed. With few boards it is drawn to the weak priors of `fit_owner_likelihood`;
    without any it is these alone. More than two threads find nothing to do.

    Notes
    -----
    Confusions are fitted to one half of the boards and judged by the other. Time does not grow with the number of
    boards beyond those of a sample. Deterministic.

    Examples
    --------
    >>> fit_calibration([], np.array([0.5, 0.5])).n_fitted
    0
    """
    sample = joined_samples(samples, len(prior))
    if before and len(before.noise.right):  # no numbers were recorded where no board has a label
        calibration = _next_fit(sample, prior, before)
    else:
        calibration = _first_fit(sample, prior, n_threads)
    expected = _expected(calibration.evidence, sample, prior)
    return replace(calibration, confusable=tuple(confusable_categories(expected, sample.labels)))


def _first_fit(sample: FitSample, prior: Floats, n_threads: int) -> Calibration:
    """Fit slips, and confusions instead if they explain labels that they were not fitted to."""
    half, other = sample.of(slice(0, None, 2)), sample.of(slice(1, None, 2))
    if not len(other.labels):
        return _recorded(fit_owner_likelihood(sample, prior), sample)

    def fit(of: FitSample) -> OwnerLikelihood:
        return fit_owner_likelihood(of, prior, confusions=of is half)

    with ThreadPoolExecutor(n_threads) as pool:
        slips, confusions = ordered_map(fit, (sample, half), pool, n_threads)
    fitted, confused = _recorded(slips, sample), _recorded(confusions, half)
    gains = _log_likelihood(confused, other, prior) - _log_likelihood(fitted, other, prior)
    gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
    if gain > max(LEAST_GAIN, LEAST_ERRORS * error):
        fitted = _recorded(fit_owner_likelihood(sample, prior, confusions=True), sample)
    return replace(fitted, confusion_gain=round(gain, DECIMALS))


def _next_fit(sample: FitSample, prior: Floats, before: Calibration) -> Calibration:
    """Start from the numbers of the pass before, and believe in confusions if that pass did."""
    start = OwnerLikelihood(before.evidence, estimate_from(before.noise))
    confusions = bool(before.noise.confusions.any())
    fitted = _recorded(fit_owner_likelihood(sample, prior, confusions=confusions, start=start), sample)
    return replace(fitted, confusion_gain=before.confusion_gain)


def _log_likelihood(fitted: Calibration, sample: FitSample, prior: Floats) -> Floats:
    expected = _expected(fitted.evidence, sample, prior)
    logs: Floats = np.log((expected * fitted.noise.confusion_matrix().T[sample.labels]).sum(axis=1))
    return logs


def _recorded(fitted: OwnerLikelihood, sample: FitSample) -> Calibration:
    """Round what was fitted to what will be recorded."""
    evidence = EvidenceWeights(
        fitted.evidence.weights.round(DECIMALS),
        round(fitted.evidence.g, DECIMALS),
        fitted.evidence.bias.round(DECIMALS),
    )
    return Calibration(
        evidence,
        fitted.noise.label_noise(NOISE_DECIMALS),
        confusion_gain=0.0,
        confusable=(),
        n_fitted=len(sample.labels),
    )


def _expected(evidence: EvidenceWeights, sample: FitSample, prior: Floats) -> Floats:
    scores = weighted_sum(sample.planes, evidence.weights).astype(np.float64)
    return evidence.expected(scores, sample.n_images, prior)
