"""The numbers about one board, as the correction weighed them: prior, pictures, owner, posterior."""

from dataclasses import dataclass

import numpy as np

from features.categories.calibration import Calibration, posterior
from features.categories.explanation import LogOdds
from features.categories.neighbour_evidence import Hearing
from joins.arrow.groups import Floats


@dataclass(frozen=True, slots=True)
class WeighedBoard:
    """The numbers about one board, by category; without any where no owner gave one.

    Parameters
    ----------
    names
        The categories; a position is a code.
    prior, evidence, filed, posterior, bias
        float64, shape ``(n_categories,)``: shares of the labels, probabilities by prior and pictures alone, P(owner's
        label | category), probabilities that decided, and what the fit adds to the scores.
    weights
        Of the evidence, as in ``EvidenceWeights``.
    shortening
        By what scores are multiplied, as the board has so many pictures.
    """

    names: tuple[str, ...]
    prior: Floats
    evidence: Floats
    filed: Floats
    posterior: Floats
    bias: Floats
    weights: Floats
    shortening: float

    def code(self, category: str | None) -> int:
        """Return the code of a category, -1 for none."""
        return -1 if category is None else self.names.index(category)

    def most_probable_but(self, category: int) -> int:
        """Return the most probable other category, the first of equals; -1 where there is none."""
        others = [code for code in np.argsort(-self.posterior, kind="stable").tolist() if code != category]
        return others[0] if others else -1

    def odds(self, category: int, rival: int, pictures: float) -> LogOdds:
        """Return what adds up to the posterior odds of two categories; the part of the pictures is given."""

        def gain(of: Floats) -> float:
            with np.errstate(divide="ignore"):  # where owners never file one of them so, the odds are infinite
                return float(np.log(of[category]) - np.log(of[rival]))

        return LogOdds(pictures, float(self.bias[category] - self.bias[rival]), gain(self.prior), gain(self.filed))


def weigh(heard: Hearing, calibration: Calibration) -> WeighedBoard:
    """Weigh what a board hears against what its owner said.

    Parameters
    ----------
    heard
        What other boards say.
    calibration
        The numbers that decided.

    Returns
    -------
    WeighedBoard
        Its posterior is that of `features.categories.calibration.posterior`.
    """
    voters, evidence, row, by = heard.voters, heard.evidence, np.array([heard.row]), calibration.evidence
    n_images = evidence.n_images[row]
    shortening = float(by.shortening(n_images)[0])
    if not voters.names:
        none = np.empty(0)
        return WeighedBoard((), none, none, none, none, none, by.weights, shortening)
    labels = voters.labels_of(np.array([heard.board_id]))
    (exact,), _ = posterior(calibration, evidence, row, labels)
    (expected,) = by.expected(evidence.scores(row, by.weights), n_images, voters.prior)
    filed = calibration.habits.filed()[:, labels[0]] if labels[0] >= 0 else np.ones(len(voters.names))
    (bias,) = by.bias_of(n_images)
    return WeighedBoard(voters.names, voters.prior, expected, filed, exact, bias, by.weights, shortening)
