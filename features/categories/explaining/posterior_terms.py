"""The terms of the posterior of one board, as the correction weighed them: prior, pictures, label, posterior."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.categories.explaining.explanation import LogOdds
from features.categories.explaining.neighbour_evidence import EvidencePictures, NeighbourEvidence, largest_shares
from features.categories.fitting.calibration import Calibration, posterior
from features.categories.fitting.errors_and_overlap import CategoryOverlap
from joins.arrow.groups import Floats


@dataclass(frozen=True, slots=True)
class PosteriorTerms:
    """The numbers about one board, by category; without any where no owner gave one.

    ``prior`` are the shares of the labels, ``evidence`` the probabilities by prior, pictures and overlaps of categories
    alone, ``overlap`` the logarithms of what the overlaps multiply them by, ``label_likelihood``
    P(owner's label | category), ``posterior`` the probabilities that decided, ``bias`` what the fit adds to the scores.
    All scores are multiplied by ``shortening``, as the board has so many pictures.
    """

    names: tuple[str, ...]
    prior: Floats
    evidence: Floats
    overlap: Floats
    label_likelihood: Floats
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
            if of[category] == of[rival]:  # both may be 0
                return 0.0
            with np.errstate(divide="ignore"):  # where one of them never has this label, the odds are infinite
                return float(np.log(of[category]) - np.log(of[rival]))

        bias = float(self.bias[category] - self.bias[rival])
        overlap = float(self.overlap[category] - self.overlap[rival])
        return LogOdds(pictures, bias, gain(self.prior), overlap, gain(self.label_likelihood))

    def categories_table(self) -> pa.Table:
        """List the categories, as ``BoardExplanation.categories``."""
        order = np.argsort(-self.posterior, kind="stable")
        names = pa.array(self.names, pa.string()).take(pa.array(order))
        columns = ("prior", "evidence", "label_likelihood", "posterior")
        return pa.table({"category": names, **{name: getattr(self, name)[order] for name in columns}})

    def pictures_table(self, shown: EvidencePictures, category: int, rival: int) -> pa.Table:
        """List pictures, as ``BoardExplanation.pictures``; codes of category and rival are -1 for none."""
        none = np.zeros(len(shown.n_voters))
        score = (shown.scores[:, category] - shown.scores[:, rival]) * self.shortening if rival >= 0 else none
        table = pa.table(
            {
                "image_signature": shown.image_signature,
                "n_voters": shown.n_voters,
                "votes": largest_shares(self.names, shown.shares),
                "share": shown.shares[:, category] if category >= 0 else none,
                "rival_share": shown.shares[:, rival] if rival >= 0 else none,
                "score": score,
                "size": np.abs(score),
            }
        )
        return table.sort_by([("size", "descending"), ("image_signature", "ascending")]).drop_columns("size")


def posterior_terms(neighbours: NeighbourEvidence, calibration: Calibration) -> PosteriorTerms:
    """Weigh the evidence about a board against its owner's label, as `posterior` of the calibration does."""
    by, row = calibration.evidence, np.array([neighbours.row])
    boards = neighbours.evidence.scored(by.weights)
    names, prior, n_images = boards.names, boards.prior, boards.n_images[row]
    shortening = float(by.shortening(n_images)[0])
    if not names:
        none = np.empty(0)
        return PosteriorTerms((), none, none, none, none, none, none, by.weights, shortening)
    (exact,), _ = posterior(calibration, boards, row)
    (expected,) = calibration.expected(boards, row)
    logits = boards.scores(row)[0] * shortening + by.bias_of(n_images)[0] + np.log(prior)
    overlap = _log_factors(logits, calibration.overlap) if n_images[0] else np.zeros(len(names))
    label = boards.labels[neighbours.row]
    likelihood = calibration.noise.confusion_matrix()[:, label] if label >= 0 else np.ones(len(names))
    (bias,) = by.bias_of(n_images)
    return PosteriorTerms(names, prior, expected, overlap, likelihood, exact, bias, by.weights, shortening)


def _log_factors(logits: Floats, overlap: CategoryOverlap) -> Floats:
    """Return the logarithm of what overlaps multiply each probability by, however small that is."""
    with np.errstate(divide="ignore"):  # most categories don't overlap
        mixed = np.logaddexp.reduce(logits[:, None] + np.log(overlap.shares), axis=0)
    factors: Floats = mixed - logits
    return factors
