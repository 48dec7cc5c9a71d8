"""How far to trust the evidence and how far the owner: fitted to owners' labels that the evidence never saw.

Pictures of a board are not independent, so a plain product of their votes is far too sure of itself, and owners err in
their own ways. Weights of the evidence and habits of the owners are fitted by maximum likelihood of the owners'
labels under left-out evidence, never fixed. That owners mean neighbouring categories is believed only where it
makes labels more likely that it was not fitted to: else real neighbourhoods (italian, french) pass for owners' errors.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from features.categories.confusable import LookAlike, look_alikes
from features.categories.evidence import Evidence
from features.categories.fit_sample import FitSample, joined_samples
from features.categories.label_noise import OwnerHabits, filing_of
from features.categories.likelihood import EvidenceWeights, OwnerLikelihood, fit_owner_likelihood, weighed
from joins.arrow.groups import Floats, Ints

LEAST_GAIN = 0.01  # of log-likelihood a board, on boards not fitted to, that confusions must bring to be believed
LEAST_ERRORS = 2.0  # standard errors that this gain must be above 0
DECIMALS = 6  # fitted numbers are rounded before use, so what is recorded is what decided
FILED_DECIMALS = 9  # a rare category's share of what is filed elsewhere may be tiny, but must not be 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn left-out evidence and an owner's label into a posterior.

    Parameters
    ----------
    evidence
        How the evidence is weighed.
    habits
        What owners file.
    confusion_gain
        Mean gain of log-likelihood of labels not fitted to, if owners are thought to confuse categories.
    alike
        Categories that the evidence does not tell apart.
    n_fitted
        Labelled boards with evidence that the numbers were fitted to.
    """

    evidence: EvidenceWeights
    habits: OwnerHabits
    confusion_gain: float
    alike: tuple[LookAlike, ...]
    n_fitted: int


def posterior(
    calibration: Calibration,
    evidence: Evidence,
    rows: Ints,
    labels: Ints,
) -> tuple[Floats, Floats]:
    """Weigh the evidence about some boards against what their owners said.

    Parameters
    ----------
    calibration
        The fitted numbers.
    evidence
        The votes of the other boards.
    rows, labels
        int64, shape ``(n_rows,)``: numbers of boards and their owners' codes, -1 for none.

    Returns
    -------
    posterior
        float64, shape ``(n_rows, n_categories)``: probabilities in the order of `rows`, each row sums to 1.
    likelihood
        float64, shape ``(n_rows,)``: probability of the owner's label before it was seen; 1 where there is none.

    Notes
    -----
    With q the probabilities from the evidence alone, the posterior is ``q_c * P(owner's label | c)``, normalised.

    Examples
    --------
    Two boards without a picture: nothing speaks but the prior, and one owner in ten slips.

    >>> from features.categories.evidence import gather_evidence
    >>> from features.categories.inputs import LabelledBoards
    >>> from features.categories.picture_votes import PICTURE_VOTES
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> labels = np.array([0, -1, 1, -1])
    >>> voters = voting_boards(owner_voters(LabelledBoards(np.arange(4), ("art", "food"), labels)))
    >>> evidence = gather_evidence(PICTURE_VOTES.empty_table(), np.arange(4), voters)
    >>> calibration = fit_calibration([], voters.prior)
    >>> posterior(calibration, evidence, np.arange(2), labels[:2])[0].round(3).tolist()  # half of the slips are right
    [[0.95, 0.05], [0.5, 0.5]]
    """
    weights = calibration.evidence
    scores = evidence.scores(rows, weights.weights)
    probability = weights.expected(scores, evidence.n_images[rows], evidence.prior)
    likelihood = np.ones(len(rows))
    has = np.flatnonzero(labels >= 0)
    probability[has] *= calibration.habits.filed().T[labels[has]]
    likelihood[has] = probability[has].sum(axis=1)
    probability[has] /= likelihood[has, None]
    return probability, likelihood


def fit_calibration(
    samples: Sequence[FitSample], prior: Floats, before: Calibration | None = None, n_threads: int = 1
) -> Calibration:
    """Fit how far the evidence and the owners can be trusted, by the likelihood of the owners' labels.

    Parameters
    ----------
    samples
        Evidence and labels of the boards to fit on, of all partitions, in any order and split in any way; no board's
        own label is in its evidence.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.
    before
        That of the pass before: where the fit starts, and whether confusions are believed.
    n_threads
        Threads to use at most; more than two find nothing to do.

    Returns
    -------
    Calibration
        With few boards the weak priors of `features.categories.likelihood` speak; with none they alone.

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
    with ThreadPoolExecutor(n_threads) as pool:
        if before and len(before.habits.right):  # no numbers were recorded where no board has a label
            calibration = _next_fit(sample, prior, before)
        else:
            calibration = _first_fit(sample, prior, pool)
    expected = _expected(calibration.evidence, sample, prior)
    return replace(calibration, alike=tuple(look_alikes(expected, sample.labels)))


def _first_fit(sample: FitSample, prior: Floats, pool: Executor) -> Calibration:
    """Fit slips, and confusions instead if they explain labels that they were not fitted to."""
    half, other = sample.of(slice(0, None, 2)), sample.of(slice(1, None, 2))
    slips = pool.submit(fit_owner_likelihood, sample, prior)
    if not len(other.labels):
        return _recorded(slips.result(), sample)
    confusions = pool.submit(fit_owner_likelihood, half, prior, confusions=True)
    fitted, confused = _recorded(slips.result(), sample), _recorded(confusions.result(), half)
    gains = _log_likelihood(confused, other, prior) - _log_likelihood(fitted, other, prior)
    gain, error = float(gains.mean()), float(gains.std() / np.sqrt(len(gains)))
    if gain > max(LEAST_GAIN, LEAST_ERRORS * error):
        fitted = _recorded(fit_owner_likelihood(sample, prior, confusions=True), sample)
    return replace(fitted, confusion_gain=round(gain, DECIMALS))


def _next_fit(sample: FitSample, prior: Floats, before: Calibration) -> Calibration:
    """Start from the numbers of the pass before, and believe in confusions if it did."""
    start = OwnerLikelihood(before.evidence, filing_of(before.habits))
    confusions = bool(before.habits.confusions.any())
    fitted = _recorded(fit_owner_likelihood(sample, prior, confusions=confusions, start=start), sample)
    return replace(fitted, confusion_gain=before.confusion_gain)


def _log_likelihood(fitted: Calibration, sample: FitSample, prior: Floats) -> Floats:
    expected = _expected(fitted.evidence, sample, prior)
    logs: Floats = np.log((expected * fitted.habits.filed().T[sample.labels]).sum(axis=1))
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
        fitted.filing.habits(FILED_DECIMALS),
        confusion_gain=0.0,
        alike=(),
        n_fitted=len(sample.labels),
    )


def _expected(evidence: EvidenceWeights, sample: FitSample, prior: Floats) -> Floats:
    scores = weighed(sample.planes, evidence.weights).astype(np.float64)
    return evidence.expected(scores, sample.n_images, prior)
