"""How far to trust the evidence and how far the owner: fitted to owners' labels that the evidence never saw.

Pictures of a board are not independent, so a plain product of their votes is far too sure of itself. One
temperature sets that right; one slip rate says how often owners file wrongly. Both are fitted by maximum
likelihood of the owners' labels under left-out evidence, never fixed. Owners' confusions are shrunk to this one
rate: a full matrix fits a little better and takes real neighbourhoods (italian, french) for owners' errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.categories.evidence import Evidence
from features.categories.fit_sample import EPS_GRID, FitSample
from features.categories.likelihood import fit_owner_likelihood
from features.grouping import Ints

G_GRID = (0.3, 0.5, 0.7)  # 0: pictures count in full; 1: their mean counts
GRID_BOARDS = 4_000  # boards on which eps and g are chosen
DECIMALS = 6  # fitted numbers are rounded before use, so what is recorded is what decided
SLIP_DECIMALS = 12  # a rare category's share of the slips may be tiny, but must not be 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn left-out evidence and an owner's label into a posterior.

    Parameters
    ----------
    eps
        Share of pictures that say nothing about their board.
    g
        Length exponent: the score of n pictures is divided by n to this power.
    temperature
        Factor on the score; 0 would mean that evidence counts for nothing.
    slip_rate
        Share of owners who file without looking: their label is drawn from `slip_labels`.
    slip_labels
        float64, shape ``(n_categories,)``, sums to 1: where slips go. By luck one may be right.
    n_fitted
        Labelled boards with evidence that the numbers were fitted to.
    """

    eps: float
    g: float
    temperature: float
    slip_rate: float
    slip_labels: npt.NDArray[np.float64]
    n_fitted: int


def posterior(
    calibration: Calibration,
    evidence: Evidence,
    rows: Ints,
    labels: Ints,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
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
    With ``q = softmax(temperature * score / n_images ** g + log prior)`` and u the slip labels, an owner files
    ``P(y | c) = (1 - slip_rate) * [y = c] + slip_rate * u_y``, and the posterior is ``q_c * P(y | c)``,
    normalised. The prior stands outside the temperature: without evidence q is the prior.

    Examples
    --------
    Two boards without a picture: nothing speaks but the prior, and one owner in five slips.

    >>> from features.categories.evidence import gather_evidence
    >>> from features.categories.inputs import LabelledBoards
    >>> from features.categories.picture_votes import PICTURE_VOTES
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> labels, half = np.array([0, -1, 1, -1]), np.array([0.5, 0.5])
    >>> voters = voting_boards(owner_voters(LabelledBoards(np.arange(4), ("art", "food"), labels)))
    >>> evidence = gather_evidence(PICTURE_VOTES.empty_table(), np.arange(4), voters)
    >>> calibration = Calibration(eps=0.1, g=0.5, temperature=1.0, slip_rate=0.2, slip_labels=half, n_fitted=0)
    >>> posterior(calibration, evidence, np.arange(2), labels[:2])[0].round(3).tolist()  # half of the slips are right
    [[0.9, 0.1], [0.5, 0.5]]
    """
    scores = evidence.scores(rows, [calibration.eps])[0]
    weighed = _shortened(scores, evidence.n_images[rows], calibration.g)
    probability = _softmax(calibration.temperature * weighed + np.log(evidence.prior))
    has = np.flatnonzero(labels >= 0)
    right = (1 - calibration.slip_rate) * probability[has, labels[has]]
    slip = calibration.slip_rate * calibration.slip_labels[labels[has]]
    likelihood = np.ones(len(rows))
    likelihood[has] = right + slip
    probability[has] *= slip[:, None]
    probability[has, labels[has]] += right
    probability[has] /= likelihood[has, None]
    return probability, likelihood


def fit_calibration(samples: Sequence[FitSample], prior: npt.NDArray[np.float64]) -> Calibration:
    """Fit how far the evidence and the owners can be trusted, by the likelihood of the owners' labels.

    Parameters
    ----------
    samples
        Scores and labels of the boards to fit on, of all partitions, in any order and split in any way; no board's
        own label is in its score.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.

    Returns
    -------
    Calibration
        eps and g with the best likelihood on up to `GRID_BOARDS` of the boards, the rest fitted on all of them. With
        few boards the weak priors of `features.categories.likelihood` speak; with none they alone.

    Notes
    -----
    For fixed numbers eps and g, temperature (a bounded line search) and slips (expectation-maximisation) take
    turns. Time does not grow with the number of boards beyond those of a sample. Deterministic.

    Examples
    --------
    >>> sample = FitSample(np.array([5, 3], np.uint64), np.array([0, 1]), np.array([1, 1]), np.zeros((4, 2, 2)))
    >>> fit_calibration([sample], np.array([0.5, 0.5])).n_fitted
    2
    """
    order = np.argsort(np.concatenate([sample.hashes for sample in samples]))
    labels = np.concatenate([sample.labels for sample in samples])[order]
    n_images = np.concatenate([sample.n_images for sample in samples])[order]
    scores = np.concatenate([sample.scores for sample in samples], axis=1)[:, order]
    few = slice(GRID_BOARDS)
    trials = []
    for eps, summed in zip(EPS_GRID, scores, strict=True):
        for g in G_GRID:
            weighed = _shortened(summed[few], n_images[few], g)
            trials.append((fit_owner_likelihood(weighed, labels[few], prior).objective, eps, g))
    _, eps, g = max(trials, key=lambda trial: trial[0])  # the first of equals: of each grid, without boards
    weighed = _shortened(scores[EPS_GRID.index(eps)], n_images, g)
    fitted = fit_owner_likelihood(weighed, labels, prior)
    return Calibration(
        eps=eps,
        g=g,
        temperature=round(fitted.temperature, DECIMALS),
        slip_rate=round(fitted.slip_rate, DECIMALS),
        slip_labels=np.maximum(fitted.slip_labels.round(SLIP_DECIMALS), 10.0**-SLIP_DECIMALS),
        n_fitted=len(labels),
    )


def _shortened(scores: npt.NDArray[np.float64], n_images: Ints, g: float) -> npt.NDArray[np.float64]:
    """Divide scores by the number of pictures to the power g; many pictures repeat one another."""
    return scores / (np.maximum(n_images, 1) ** g)[:, None]


def _softmax(weighed: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shares: npt.NDArray[np.float64] = np.exp(weighed - weighed.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
