"""Temperature and owners' slips by maximum likelihood, for evidence that is already summed.

``P(owner says y) = (1 - slip_rate) * q_y + slip_rate * u_y`` with ``q = softmax(temperature * score + log prior)``.
Only the share of labels that the evidence expects can tell a weak evidence from a careless owner, so both are
fitted together: a bounded line search for the temperature, expectation-maximisation for the slips.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_ROUNDS = 20
SLIP_STEPS = 3  # steps of expectation-maximisation between two searches for the temperature
ENOUGH = 1e-5  # gain of log-likelihood per board below which fitting stops
SEARCH_TOLERANCE = 2e-3  # of log temperature

# What a few boards cannot teach: one slip in ten, as if seen on ten boards; temperature 1 within a factor of
# e^1.5; slips go to categories as labels do, as if seen fifty times.
PRIOR_SLIPS, PRIOR_BOARDS = 1.0, 10.0
LOG_TEMPERATURE_SPREAD = 1.5
LOG_TEMPERATURE_BOUNDS = (math.log(0.02), math.log(10.0))
PRIOR_SLIP_LABELS = 50.0


@dataclass(frozen=True, slots=True)
class OwnerLikelihood:
    """The best temperature and slips, and how well they explain the owners' labels.

    Parameters
    ----------
    temperature
        Factor on the scores, within the bounds above.
    slip_rate
        Share of labels drawn from `slip_labels` without a look at the board.
    slip_labels
        float64, shape ``(n_categories,)``, sums to 1.
    objective
        Summed log-likelihood of the labels, plus the log of the weak priors.
    """

    temperature: float
    slip_rate: float
    slip_labels: npt.NDArray[np.float64]
    objective: float


def fit_owner_likelihood(
    scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], prior: npt.NDArray[np.float64]
) -> OwnerLikelihood:
    """Fit temperature and slips to the labels of boards whose scores never saw them.

    Parameters
    ----------
    scores
        float64, shape ``(n_boards, n_categories)``: left-out evidence, already divided for length.
    labels
        int64, shape ``(n_boards,)``: codes of the owners' categories, none missing.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.

    Returns
    -------
    OwnerLikelihood
        Without boards: temperature 1, one slip in ten, slips by the prior.

    Notes
    -----
    O(boards x categories) a step, at most `MAX_ROUNDS` rounds of a dozen steps. Deterministic.

    Examples
    --------
    A hundred boards whose evidence always agrees with the owner, and twenty where it never does:

    >>> scores = np.tile([2.0, -2.0], (120, 1))
    >>> fitted = fit_owner_likelihood(scores, np.repeat([0, 1], [100, 20]), np.array([0.5, 0.5]))
    >>> fitted.temperature < 1
    True
    """
    log_prior = np.log(prior)
    slip_rate, slip_labels = PRIOR_SLIPS / PRIOR_BOARDS, prior
    before = -math.inf
    for _ in range(MAX_ROUNDS):
        log_temperature = _search(scores, labels, log_prior, slip_rate * slip_labels[labels], slip_rate)
        expected = _expected_share(scores, labels, log_prior, math.exp(log_temperature))
        for _ in range(SLIP_STEPS):
            slip_rate, slip_labels = _slip_step(expected, labels, prior, slip_rate, slip_labels)
        objective = (
            float(np.log((1 - slip_rate) * expected + slip_rate * slip_labels[labels]).sum())
            + _log_temperature_prior(log_temperature)
            + PRIOR_SLIPS * math.log(slip_rate)
            + (PRIOR_BOARDS - PRIOR_SLIPS) * math.log1p(-slip_rate)
            + PRIOR_SLIP_LABELS * float((prior * np.log(slip_labels)).sum())
        )
        if objective - before <= ENOUGH * len(labels):
            break
        before = objective
    return OwnerLikelihood(math.exp(log_temperature), slip_rate, slip_labels, objective)


def _search(
    scores: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    log_prior: npt.NDArray[np.float64],
    slips: npt.NDArray[np.float64],
    slip_rate: float,
) -> float:
    """Return the log temperature with the best likelihood, the slips held fixed."""

    def loss(log_temperature: float) -> float:
        expected = _expected_share(scores, labels, log_prior, math.exp(log_temperature))
        likelihood = float(np.log((1 - slip_rate) * expected + slips).sum())
        return -likelihood - _log_temperature_prior(log_temperature)

    # Imported here: it takes half a second, and workers that build joins never fit anything.
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    found = minimize_scalar(loss, bounds=LOG_TEMPERATURE_BOUNDS, method="bounded", options={"xatol": SEARCH_TOLERANCE})
    return float(found.x)


def _expected_share(
    scores: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    log_prior: npt.NDArray[np.float64],
    temperature: float,
) -> npt.NDArray[np.float64]:
    """Return q_y: the probability that the evidence gives each owner's label."""
    weighed = temperature * scores + log_prior
    weighed -= weighed.max(axis=1, keepdims=True)
    said: npt.NDArray[np.float64] = np.exp(weighed[np.arange(len(labels)), labels])
    total: npt.NDArray[np.float64] = np.exp(weighed, out=weighed).sum(axis=1)
    return said / total


def _slip_step(
    expected: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    prior: npt.NDArray[np.float64],
    slip_rate: float,
    slip_labels: npt.NDArray[np.float64],
) -> tuple[float, npt.NDArray[np.float64]]:
    slips = slip_rate * slip_labels[labels]
    slipped = slips / ((1 - slip_rate) * expected + slips)
    rate = (float(slipped.sum()) + PRIOR_SLIPS) / (len(labels) + PRIOR_BOARDS)
    went = np.bincount(labels, weights=slipped, minlength=len(prior)) + PRIOR_SLIP_LABELS * prior
    return rate, went / went.sum()


def _log_temperature_prior(log_temperature: float) -> float:
    return -0.5 * (log_temperature / LOG_TEMPERATURE_SPREAD) ** 2
