"""How far to trust the evidence and how far the owner: fitted to owners' labels that the evidence never saw.

Pictures of a board are not independent, so a plain product of their likelihoods is far too sure of itself, and labels
are noisy in their own ways. Weights of the evidence and label noise are fitted by the likelihood of the owners' labels
under left-out evidence, never fixed. Where evidence and labels disagree, owners are blamed for no more than the boards
of which the evidence is surest allow; the rest is how categories overlap, and no reason to change anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.categories.evidence.evidence_weights import EvidenceWeights
from features.categories.evidence.scored_boards import ScoredBoards
from features.categories.fitting.confusable_categories import ConfusablePair, confusable_categories
from features.categories.fitting.errors_and_overlap import Attribution, CategoryOverlap, attribute, overlap_beyond
from features.categories.fitting.fit_sample import FitSample, joined_samples
from features.categories.fitting.held_out import HeldOutChanges, held_out_changes
from features.categories.fitting.label_noise import LabelNoise, likeliest_slips
from features.categories.fitting.owner_likelihood import expected_of, fit_with_noise, fit_with_slips
from features.categories.fitting.slip_rate import slip_bounds
from joins.arrow.groups import Floats, Ints

REFITS = 2  # of the weights, with the label noise that the weights before left to owners
DECIMALS = 6  # fitted numbers are rounded before use, so what is recorded is what decided


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn left-out evidence and an owner's label into a posterior.

    Parameters
    ----------
    evidence
        How the evidence is weighed.
    overlap
        How categories overlap.
    noise
        How owners' labels err.
    held_out
        What changes came to on boards that overlap and noise were not fitted to.
    confusable
        Categories that the evidence does not tell apart; reported, without a part in any posterior.
    n_fitted
        Labelled boards with evidence that the numbers were fitted to.
    """

    evidence: EvidenceWeights
    overlap: CategoryOverlap
    noise: LabelNoise
    held_out: HeldOutChanges
    confusable: tuple[ConfusablePair, ...]
    n_fitted: int

    def expected(self, boards: ScoredBoards, rows: Ints) -> Floats:
        """Return the probabilities of the categories of some boards, their owners' labels left aside."""
        n_images = boards.n_images[rows]
        return self.overlap.applied(self.evidence.expected(boards.scores(rows), n_images, boards.prior), n_images)


def posterior(calibration: Calibration, boards: ScoredBoards, rows: Ints) -> tuple[Floats, Floats]:
    """Weigh the evidence about some boards, scored by the weights of a calibration, against their owners' labels.

    Returned are the posterior, shape ``(n_rows, n_categories)``, and the probability of each owner's label before it
    was seen, 1 where there is none.

    Notes
    -----
    With q the probabilities from the evidence alone, overlaps applied, the posterior is
    ``q_c * P(owner's label | c)``, normalised.

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
    >>> calibration = fit_calibration([], voters.prior, min_confidence=0.55)
    >>> scored = evidence.scored(calibration.evidence.weights)
    >>> posterior(calibration, scored, np.arange(2))[0].round(3).tolist()  # half of the slips are right
    [[0.95, 0.05], [0.5, 0.5]]
    """
    return weighed(calibration, calibration.expected(boards, rows), boards.labels[rows])


def weighed(calibration: Calibration, probability: Floats, labels: Ints) -> tuple[Floats, Floats]:
    """Weigh what `Calibration.expected` returned, which is written over, against labels; see `posterior`."""
    likelihood = np.ones(len(labels))
    has = np.flatnonzero(labels >= 0)
    probability[has] *= calibration.noise.confusion_matrix().T[labels[has]]
    likelihood[has] = probability[has].sum(axis=1)
    probability[has] /= likelihood[has, None]
    return probability, likelihood


def fit_calibration(samples: Sequence[FitSample], prior: Floats, *, min_confidence: float) -> Calibration:
    """Fit how far the evidence and the owners can be trusted, by the likelihood of the owners' labels.

    The samples of all partitions come in any order and split in any way. With few boards the fit is drawn to the weak
    priors of `fit_with_slips`; without any it is these alone. `min_confidence` is the posterior that a change needs.

    Notes
    -----
    First all disagreement is taken for slips. Then owners are blamed for what the bounds allow, and the weights are
    fitted again with that much label noise, so evidence that only seemed sure is trusted less. Time does not grow with
    the number of boards beyond those of a sample. Deterministic.

    Examples
    --------
    >>> fit_calibration([], np.array([0.5, 0.5]), min_confidence=0.55).n_fitted
    0
    """
    sample = joined_samples(samples, len(prior))
    weights = _rounded(fit_with_slips(sample, prior))
    for _ in range(REFITS):
        noise = _attribution(weights, sample, prior).noise.confusion_matrix()
        weights = _rounded(fit_with_noise(sample, prior, noise, weights))
    return _calibration(weights, sample, prior, min_confidence)


def refit_calibration(samples: Sequence[FitSample], prior: Floats, before: Calibration) -> Calibration:
    """Fit the weights to evidence of another kind, about the same boards: owners err as they did `before`.

    `before` must be of some labels.
    """
    sample = joined_samples(samples, len(prior))
    weights = _rounded(fit_with_noise(sample, prior, before.noise.confusion_matrix(), before.evidence))
    expected = expected_of(weights, sample, prior)
    return replace(
        before,
        evidence=weights,
        overlap=overlap_beyond(before.noise, expected, sample.labels),
        confusable=tuple(confusable_categories(expected, sample.labels)),
        n_fitted=len(sample.labels),
    )


def _calibration(weights: EvidenceWeights, sample: FitSample, prior: Floats, min_confidence: float) -> Calibration:
    found = _attribution(weights, sample, prior)
    expected = expected_of(weights, sample, prior)
    return Calibration(
        evidence=weights,
        overlap=found.overlap,
        noise=found.noise,
        held_out=_held_out(weights, sample, prior, min_confidence),
        confusable=tuple(confusable_categories(expected, sample.labels)),
        n_fitted=len(sample.labels),
    )


def _held_out(weights: EvidenceWeights, sample: FitSample, prior: Floats, min_confidence: float) -> HeldOutChanges:
    """Attribute by each half of the boards, and try what comes of it on the other."""
    first, second = sample.of(slice(0, None, 2)), sample.of(slice(1, None, 2))
    total = HeldOutChanges(0, 0, 0.0)
    for fitted, tried in ((first, second), (second, first)):
        found = _attribution(weights, fitted, prior)
        expected = found.overlap.applied(expected_of(weights, tried, prior), tried.n_images)
        total += held_out_changes(expected, tried.labels, tried.hashes, found.noise, min_confidence)
    return total


def _attribution(weights: EvidenceWeights, sample: FitSample, prior: Floats) -> Attribution:
    expected = expected_of(weights, sample, prior)
    slips = likeliest_slips(expected, sample.labels, prior)
    bounds = slip_bounds(expected, sample.labels, sample.n_images, slips.labels)
    return attribute(expected, sample.labels, slips, bounds)


def _rounded(evidence: EvidenceWeights) -> EvidenceWeights:
    """Round what was fitted to what will be recorded."""
    return EvidenceWeights(evidence.weights.round(DECIMALS), round(evidence.g, DECIMALS), evidence.bias.round(DECIMALS))
