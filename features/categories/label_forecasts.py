"""How well the evidence foretells owners' labels: the reliability of the correction, on labels that it never saw.

The evidence about a board leaves its own label out. So what the evidence expects its owner to have filed can be held
against what was filed: of the boards whose likeliest label had a probability of 0.7 to 0.8, about three in four should
have it. The numbers are small, whole, and add up over partitions in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from joins.arrow.groups import Floats, Ints

N_BINS = 10  # of the probability, each as wide as the others
_MILLION = 1_000_000
_COLUMNS = ("boards", "as_foretold", "expected_millionths")


@dataclass(frozen=True, slots=True)
class LabelForecasts:
    """Labelled boards with evidence, by the probability of the label that is likeliest by that evidence.

    ``bins`` is int64, shape ``(N_BINS, 3)``: boards; those of them that have that label; and the sum of the
    probabilities, in millionths.
    """

    bins: Ints

    def counts(self) -> dict[str, int]:
        """Return the bins as counts of a manifest, those with boards alone.

        Examples
        --------
        >>> foretold = label_forecasts(np.array([[0.75, 0.25], [0.25, 0.75]]), np.eye(2), np.array([0, 0]))
        >>> for name, n in foretold.counts().items():
        ...     print(name, n)
        forecasts_at_70_boards 2
        forecasts_at_70_as_foretold 1
        forecasts_at_70_expected_millionths 1500000
        """
        return {
            f"forecasts_at_{number * 100 // N_BINS:02}_{column}": n
            for number, row in enumerate(self.bins.tolist())
            if row[0]
            for column, n in zip(_COLUMNS, row, strict=True)
        }


def label_forecasts(expected: Floats, noise: Floats, labels: Ints) -> LabelForecasts:
    """Hold the likeliest label of each board against its owner's.

    Parameters
    ----------
    expected
        float64, shape ``(n_boards, n_categories)``: the probabilities of the categories by the evidence alone.
    noise
        float64, shape ``(n_categories, n_categories)``: P(owner's label | category), by category, then label.
    labels
        int64, shape ``(n_boards,)``: the owners' labels, none missing.
    """
    foretold = np.zeros_like(expected)
    for category, by_label in enumerate(noise):  # not as one product, whose bits depend on how many boards there are
        foretold += expected[:, category : category + 1] * by_label
    likeliest = foretold.argmax(axis=1)
    millionths = np.rint(foretold[np.arange(len(labels)), likeliest] * _MILLION).astype(np.int64)
    number = np.minimum(millionths * N_BINS // _MILLION, N_BINS - 1)
    bins = np.zeros((N_BINS, len(_COLUMNS)), dtype=np.int64)
    for column, values in enumerate((np.ones_like(number), (likeliest == labels).astype(np.int64), millionths)):
        np.add.at(bins[:, column], number, values)
    return LabelForecasts(bins)


def all_forecasts(parts: Iterable[LabelForecasts]) -> LabelForecasts:
    """Add up the forecasts of several shares of the boards."""
    return LabelForecasts(sum((part.bins for part in parts), np.zeros((N_BINS, len(_COLUMNS)), dtype=np.int64)))
