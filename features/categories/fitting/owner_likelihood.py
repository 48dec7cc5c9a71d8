"""Weights of the evidence and label noise by maximum likelihood of the owners' labels.

``P(owner's label is y) = sum over c of q_c * P(y | c)`` with
``q = softmax(score / n_images ** g + bias + log prior)``, where the score is a weighted sum of the planes of
`features.categories.evidence`. Only the share of labels that the evidence expects can tell a weak evidence from a
noisy label, so both are fitted together: L-BFGS for the weights, expectation-maximisation for the slips.
"""

import math
from dataclasses import dataclass

import numpy as np

from features.categories.evidence.evidence_weights import (
    N_KNOTS,
    N_PLANES,
    OUTLIER_SHARES,
    EvidenceWeights,
    Narrow,
    weighted_sum,
)
from features.categories.fitting.fit_sample import FitSample
from features.categories.fitting.label_noise import next_slips, prior_slips, slip_matrix
from joins.arrow.groups import Floats

MAX_ROUNDS = 8
SLIP_STEPS = 8  # steps of expectation-maximisation between two searches for the weights
SEARCH_STEPS = 25  # most steps of L-BFGS in a search
ENOUGH = 1e-4  # gain of log-likelihood per board below which fitting stops

# What a few boards cannot teach. The weights of a picture, two outlier shares at two knots each, start from a sum of 1,
# which is naive Bayes; pictures repeat one another; no category is over- or understated by the evidence.
USUAL_WEIGHT, WEIGHT_SPREAD = 0.25, 0.5
USUAL_G, G_SPREAD = 0.5, 0.25
BIAS_SPREAD = 0.22


def fit_with_slips(sample: FitSample, prior: Floats) -> EvidenceWeights:
    """Fit weights of the evidence, and slips with them, to the labels of boards whose evidence never saw them.

    The fit starts from the weak priors, which are the result without boards: naive Bayes, one slip in ten.

    Notes
    -----
    O(planes x boards x categories) a step, at most `MAX_ROUNDS` rounds of `SEARCH_STEPS` steps. Deterministic.
    """
    slips, evidence = prior_slips(prior), _evidence_weights(_usual(len(prior))[0])
    before = -math.inf
    for _ in range(MAX_ROUNDS):
        evidence, likelihood = _searched(sample, prior, slip_matrix(slips), evidence)
        expected = expected_of(evidence, sample, prior)
        for _ in range(SLIP_STEPS):
            slips = next_slips(slips, expected, sample.labels, prior)
        if likelihood - before <= ENOUGH:
            break
        before = likelihood
    return evidence


def fit_with_noise(sample: FitSample, prior: Floats, noise: Floats, start: EvidenceWeights) -> EvidenceWeights:
    """Fit weights of the evidence where the label noise is known.

    ``noise`` is P(owner's label y | category c), by c, then y.
    """
    return _searched(sample, prior, noise, start)[0]


def expected_of(evidence: EvidenceWeights, sample: FitSample, prior: Floats) -> Floats:
    """Return the probabilities of the categories of some boards from the evidence alone."""
    scores = weighted_sum(sample.planes, evidence.weights).astype(np.float64)
    return evidence.expected(scores, sample.n_images, prior)


def _searched(sample: FitSample, prior: Floats, noise: Floats, start: EvidenceWeights) -> tuple[EvidenceWeights, float]:
    """Search for the weights; return them and the mean log-likelihood, that of the weak priors included."""
    # Imported here: it takes half a second, and workers that build joins never fit anything.
    from scipy.optimize import minimize  # noqa: PLC0415

    found = minimize(
        _Loss(sample, prior, noise.T[sample.labels].astype(np.float32)),
        _numbers(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * N_PLANES + [(0.0, 1.0)] + [(None, None)] * len(prior),
        options={"maxiter": SEARCH_STEPS, "ftol": ENOUGH / 10},
    )
    return _evidence_weights(found.x), -float(found.fun)


@dataclass(frozen=True, slots=True)
class _Loss:
    """Minus the mean log-likelihood of the labels and of the weak priors of the weights, with its gradient.

    ``of_label`` is P(owner's label | c) of every board, shape ``(n_boards, n_categories)``.
    """

    sample: FitSample
    prior: Floats
    of_label: Narrow

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        sample, fitted = self.sample, _evidence_weights(at)
        scores = weighted_sum(sample.planes, fitted.weights)
        pull = fitted.expected(scores, sample.n_images, self.prior)
        meant = pull * self.of_label
        likely = meant.sum(axis=1)
        meant /= likely[:, None]
        pull -= meant  # what the evidence expects, less the posterior with the label
        by_bias = pull.sum(axis=0)
        pull *= fitted.shortening(sample.n_images)[:, None].astype(np.float32)
        by_g = -(np.einsum("bc,bc->b", pull, scores) * np.log(np.maximum(sample.n_images, 1))).sum()
        by_weight = [np.multiply(pull, plane, out=meant).sum() for plane in sample.planes]
        usual, spread = _usual(len(self.prior))
        off = (at - usual) / spread
        n_boards = max(len(sample.labels), 1)
        loss = -np.log(likely).sum(dtype=np.float64) + 0.5 * (off**2).sum()
        gradient = np.concatenate([by_weight, [by_g], by_bias]) + off / spread
        return float(loss) / n_boards, gradient / n_boards


def _usual(n_categories: int) -> tuple[Floats, Floats]:
    """Return centre and spread of the weak priors: of the weights, g, and the biases."""
    sizes = [N_PLANES, 1, n_categories]
    return np.repeat([USUAL_WEIGHT, USUAL_G, 0.0], sizes), np.repeat([WEIGHT_SPREAD, G_SPREAD, BIAS_SPREAD], sizes)


def _evidence_weights(at: Floats) -> EvidenceWeights:
    weights = at[:N_PLANES].reshape(len(OUTLIER_SHARES), N_KNOTS)
    return EvidenceWeights(weights, float(at[N_PLANES]), at[N_PLANES + 1 :])


def _numbers(evidence: EvidenceWeights) -> Floats:
    return np.concatenate([evidence.weights.ravel(), [evidence.g], evidence.bias])
