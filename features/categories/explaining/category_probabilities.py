"""The probabilities of the categories of a board as texts: 0 and 1 only where nothing else is possible.

float64 has nothing between 1 - 1e-16 and 1, and nothing below 1e-323: thousands of pictures bring out 0 and 1 where
there is a doubt all the same. What the other categories have tells how far from 1 a category is.
"""

import math
from dataclasses import dataclass
from typing import Any

from features.categories.explaining.number_texts import LEAST_FLOAT, positive_text, probability_text

_NEAR_ONE = 0.999  # from here on the others tell more digits than subtraction


@dataclass(frozen=True, slots=True)
class CategoryProbabilities:
    """Rows of ``BoardExplanation.categories``.

    Examples
    --------
    >>> sure = {"category": "art", "prior": 0.5, "evidence": 1.0, "label_likelihood": 0.9, "posterior": 1.0}
    >>> unlikely = {"category": "food", "prior": 0.5, "evidence": 0.0, "label_likelihood": 0.1, "posterior": 0.0}
    >>> texts = CategoryProbabilities([sure, unlikely])
    >>> [texts.text(row, "posterior") for row in (sure, unlikely)]
    ['above 0.999999', 'below 1e-300']
    >>> CategoryProbabilities([sure, {**unlikely, "label_likelihood": 0.0}]).text(sure, "posterior")
    '1'
    """

    rows: list[dict[str, Any]]

    def text(self, row: dict[str, Any], name: str) -> str:
        """Write the ``prior``, ``evidence``, ``label_likelihood`` or ``posterior`` of a row."""
        if name not in ("evidence", "posterior"):
            return probability_text(row[name])
        others = [other for other in self.rows if other["category"] != row["category"]]
        if not _may_be(row, name):
            return probability_text(0.0)
        if row[name] < _NEAR_ONE:
            return positive_text(row[name])
        rest = math.fsum(other[name] for other in others)
        return probability_text(row[name], max(rest, LEAST_FLOAT) if any(_may_be(one, name) for one in others) else 0.0)

    def confidence_text(self, category: str, recorded: float) -> str:
        """Write the confidence in a category: as recorded, to the millionth, or the posterior if that is 0 or 1."""
        if 0 < recorded < 1:
            return probability_text(recorded)
        return next(self.text(row, "posterior") for row in self.rows if row["category"] == category)


def _may_be(row: dict[str, Any], name: str) -> bool:
    """Say whether a category is possible: pictures exclude none, owners those that they never file under the label."""
    return name == "evidence" or row["label_likelihood"] > 0
