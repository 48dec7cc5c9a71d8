"""Weights of the evidence and habits of the owners by maximum likelihood of the owners' labels.

``P(owner says y) = sum over c of q_c * P(y | c)`` with
``q = softmax(score / n_images ** g + bias + log prior)``, where the score is a weighted sum of the planes of
`features.categories.evidence`. Only the share of labels that the evidence expects can tell a weak evidence from a
careless owner, so both are fitted together: L-BFGS for the weights, expectation-maximisation for the habits.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from features.categories.fit_sample import FitSample
from features.categories.label_noise import Filing, filing_with_confusions, filing_with_slips, usual_filing
from features.categories.picture_weights import N_KNOTS, N_PLANES, READINGS
from joins.arrow.groups import Floats, Ints

Narrow = npt.NDArray[np.float32]  # precise enough to search with, and in half of the time
Reals = TypeVar("Reals", Narrow, Floats)

MAX_ROUNDS = 8
FILING_STEPS = 8  # steps of expectation-maximisation between two searches for the weights
SEARCH_STEPS = 25  # most steps of L-BFGS in a search
ENOUGH = 1e-4  # gain of log-likelihood per board below which fitting stops

# What a few boards cannot teach. The weights of a picture, two readings at two knots each, start from a sum of 1, which
# is naive Bayes; pictures repeat one another; no category is over- or understated by the evidence.
USUAL_WEIGHT, WEIGHT_SPREAD = 0.25, 0.5
USUAL_G, G_SPREAD = 0.5, 0.25
BIAS_SPREAD = 0.22


@dataclass(frozen=True, slots=True)
class EvidenceWeights:
    """How the evidence about a board is weighed.

    Parameters
    ----------
    weights
        float64, shape ``(len(READINGS), N_KNOTS)``, none negative.
    g
        Length exponent, 0 to 1: the score of n pictures is divided by n to this power.
    bias
        float64, shape ``(n_categories,)``: added to the score of each category, which the pictures over- or understate.
    """

    weights: Floats
    g: float
    bias: Floats

    def shortening(self, n_images: Ints) -> Floats:
        """Return by what the scores of boards are multiplied; many pictures repeat one another."""
        shortening: Floats = np.maximum(n_images, 1.0) ** -self.g
        return shortening

    def bias_of(self, n_images: Ints) -> Floats:
        """Return the bias by board and category: it is the pictures', so 0 where there are none."""
        bias: Floats = self.bias * (n_images > 0)[:, None]
        return bias

    def expected(self, scores: Reals, n_images: Ints, prior: Floats) -> Reals:
        """Return the probabilities of the categories from the evidence alone, before the owner is heard.

        Parameters
        ----------
        scores
            Of any precision, shape ``(n_boards, n_categories)``: already multiplied by `weights`.
        n_images
            int64, shape ``(n_boards,)``: pictures of evidence.
        prior
            float64, shape ``(n_categories,)``: shares of the categories.

        Returns
        -------
        array of that precision, shape ``(n_boards, n_categories)``
            Each row sums to 1. The prior stands outside the weights: without evidence it is all there is.
        """
        shares = scores * self.shortening(n_images)[:, None].astype(scores.dtype)
        shares += (self.bias_of(n_images) + np.log(prior)).astype(scores.dtype)
        shares -= shares.max(axis=1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True, slots=True)
class OwnerLikelihood:
    """The best weights and habits, and how well they explain the owners' labels.

    Parameters
    ----------
    evidence
        Weights of the evidence.
    filing
        What owners file.
    """

    evidence: EvidenceWeights
    filing: Filing

    def expected(self, sample: FitSample, prior: Floats) -> Narrow:
        """Return the probabilities of the categories of some boards from the evidence alone."""
        scores = weighed(sample.planes, self.evidence.weights)
        return self.evidence.expected(scores, sample.n_images, prior)


def fit_owner_likelihood(
    sample: FitSample, prior: Floats, *, confusions: bool = False, start: OwnerLikelihood | None = None
) -> OwnerLikelihood:
    """Fit weights of the evidence and habits of the owners to the labels of boards whose evidence never saw them.

    Parameters
    ----------
    sample
        The boards.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.
    confusions
        Whether owners may mean a neighbouring category.
    start
        Where to start; from the weak priors if not given.

    Returns
    -------
    OwnerLikelihood
        Without boards: naive Bayes, one slip in ten, slips by the prior.

    Notes
    -----
    O(planes x boards x categories) a step, at most `MAX_ROUNDS` rounds of `SEARCH_STEPS` steps. Deterministic.
    """
    # Imported here: it takes half a second, and workers that build joins never fit anything.
    from scipy.optimize import minimize  # noqa: PLC0415

    n_categories = len(prior)
    next_filing = filing_with_confusions if confusions else filing_with_slips
    filing, at = (start.filing, _numbers(start.evidence)) if start else (usual_filing(prior), _usual(n_categories)[0])
    bounds = [(0.0, None)] * N_PLANES + [(0.0, 1.0)] + [(None, None)] * n_categories
    before = -math.inf
    for _ in range(MAX_ROUNDS):
        loss = _Loss(sample, prior, filing.filed.T[sample.labels].astype(np.float32))
        found = minimize(
            loss,
            at,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": SEARCH_STEPS, "ftol": ENOUGH / 10},
        )
        at = found.x
        fitted = OwnerLikelihood(_evidence_weights(at), filing)
        expected = fitted.expected(sample, prior).astype(np.float64)
        for _ in range(FILING_STEPS):
            filing = next_filing(filing, expected, sample.labels, prior)
        if -found.fun - before <= ENOUGH:
            break
        before = -found.fun
    return OwnerLikelihood(fitted.evidence, filing)


@dataclass(frozen=True, slots=True)
class _Loss:
    """Minus the mean log-likelihood of the labels and of the weak priors of the weights, with its gradient.

    ``filed`` is P(owner's label | c) of every board, shape ``(n_boards, n_categories)``.
    """

    sample: FitSample
    prior: Floats
    filed: Narrow

    def __call__(self, at: Floats) -> tuple[float, Floats]:
        sample, fitted = self.sample, _evidence_weights(at)
        scores = weighed(sample.planes, fitted.weights)
        pull = fitted.expected(scores, sample.n_images, self.prior)
        meant = pull * self.filed
        likely = meant.sum(axis=1)
        meant /= likely[:, None]
        pull -= meant  # what the evidence expects, less what it means once the owner is heard
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
    return EvidenceWeights(at[:N_PLANES].reshape(len(READINGS), N_KNOTS), float(at[N_PLANES]), at[N_PLANES + 1 :])


def _numbers(evidence: EvidenceWeights) -> Floats:
    return np.concatenate([evidence.weights.ravel(), [evidence.g], evidence.bias])


def weighed(planes: Narrow, weights: Floats) -> Narrow:
    """Add up weighted planes: no matrix product, whose last bits depend on the number of threads."""
    total = np.zeros(planes.shape[1:], np.float32)
    part = np.empty_like(total)
    for plane, weight in zip(planes, weights.astype(np.float32).flat, strict=True):
        if weight:
            total += np.multiply(plane, weight, out=part)
    return total
