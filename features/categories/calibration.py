"""How far to trust the evidence and how far the owner: fitted to owners' labels that the evidence never saw.

Pictures of a board are not independent, so a plain product of their votes is far too sure of itself. One
temperature sets that right; one slip rate says how often owners file wrongly. Both are fitted by maximum
likelihood of the owners' labels under left-out evidence, never fixed. Owners' confusions are shrunk to this one
rate: a full matrix fits a little better and takes real neighbourhoods (italian, french) for owners' errors.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.categories.evidence import CELL_BYTES, Evidence
from features.categories.likelihood import fit_owner_likelihood

EPS_GRID = (0.05, 0.1, 0.2, 0.4)  # shares of pictures that say nothing about their board
G_GRID = (0.3, 0.5, 0.7)  # 0: pictures count in full; 1: their mean counts
GRID_BOARDS = 4_000  # boards on which eps and g are chosen
FIT_BOARDS = 20_000  # boards on which temperature and slips are fitted
FIT_BYTES = 1 << 26  # of scores held while fitting
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
    rows: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
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

    >>> from features.categories.evidence import gather_evidence, owner_votes
    >>> from features.categories.inputs import LabelledBoards
    >>> none, labels, half = np.array([], np.int64), np.array([0, -1]), np.array([0.5, 0.5])
    >>> boards = LabelledBoards(np.arange(2), ("art", "food"), labels, none, none, 0)
    >>> evidence = gather_evidence(boards, owner_votes(labels), half)
    >>> calibration = Calibration(eps=0.1, g=0.5, temperature=1.0, slip_rate=0.2, slip_labels=half, n_fitted=0)
    >>> posterior(calibration, evidence, np.arange(2), labels)[0].round(3).tolist()  # half of the slips are right
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


def fit_calibration(evidence: Evidence, labels: npt.NDArray[np.int64], board_ids: npt.NDArray[np.int64]) -> Calibration:
    """Fit how far the evidence and the owners can be trusted, by the likelihood of the owners' labels.

    Parameters
    ----------
    evidence
        The votes of the other boards; no board's own label is in its evidence.
    labels
        int64, shape ``(n_boards,)``: codes of the owners' categories, -1 for none.
    board_ids
        int64, shape ``(n_boards,)``: a hash of the id chooses the boards to fit on, whatever the order of rows.

    Returns
    -------
    Calibration
        eps and g with the best likelihood on up to `GRID_BOARDS` labelled boards with evidence, the rest fitted
        on up to `FIT_BOARDS` of them (fewer where `FIT_BYTES` says so). With few boards the weak priors of
        `features.categories.likelihood` speak; with none they alone.

    Notes
    -----
    For fixed numbers eps and g, temperature (a bounded line search) and slips (expectation-maximisation) take
    turns. Time does not grow with the number of boards beyond `FIT_BOARDS`. Deterministic.

    Examples
    --------
    >>> from features.categories.evidence import gather_evidence, owner_votes
    >>> from features.categories.inputs import LabelledBoards
    >>> labels = np.array([0, 0, 1])
    >>> boards = LabelledBoards(np.arange(3), ("art", "food"), labels, np.arange(3), np.zeros(3, np.int64), 1)
    >>> evidence = gather_evidence(boards, owner_votes(labels), np.array([2 / 3, 1 / 3]))
    >>> fit_calibration(evidence, labels, boards.board_ids).n_fitted
    3
    """
    usable = np.flatnonzero((labels >= 0) & (evidence.n_images > 0))
    chosen = usable[np.argsort(_hash(board_ids[usable]), kind="stable")]
    cells = FIT_BYTES // (CELL_BYTES * len(evidence.prior))
    few = np.sort(chosen[: min(GRID_BOARDS, cells // len(EPS_GRID))])
    scores = evidence.scores(few, EPS_GRID)
    trials = []
    for eps, summed in zip(EPS_GRID, scores, strict=True):
        for g in G_GRID:
            weighed = _shortened(summed, evidence.n_images[few], g)
            objective = fit_owner_likelihood(weighed, labels[few], evidence.prior).objective
            trials.append((objective, eps, g))
    _, eps, g = max(trials, key=lambda trial: trial[0])  # the first of equals: of each grid, without boards
    many = np.sort(chosen[: min(FIT_BOARDS, cells)])
    weighed = _shortened(evidence.scores(many, [eps])[0], evidence.n_images[many], g)
    fitted = fit_owner_likelihood(weighed, labels[many], evidence.prior)
    return Calibration(
        eps=eps,
        g=g,
        temperature=round(fitted.temperature, DECIMALS),
        slip_rate=round(fitted.slip_rate, DECIMALS),
        slip_labels=np.maximum(fitted.slip_labels.round(SLIP_DECIMALS), 10.0**-SLIP_DECIMALS),
        n_fitted=len(many),
    )


def _shortened(scores: npt.NDArray[np.float64], n_images: npt.NDArray[np.int64], g: float) -> npt.NDArray[np.float64]:
    """Divide scores by the number of pictures to the power g; many pictures repeat one another."""
    return scores / (np.maximum(n_images, 1) ** g)[:, None]


def _softmax(weighed: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shares: npt.NDArray[np.float64] = np.exp(weighed - weighed.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _hash(board_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Scatter ids (the finaliser of splitmix64): neighbours in id are no neighbours in the sample."""
    bits = board_ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: npt.NDArray[np.uint64] = bits ^ (bits >> np.uint64(31))
    return mixed
