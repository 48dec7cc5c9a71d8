"""How categories overlap: what boards are that the evidence takes for one category."""

from dataclasses import dataclass

import numpy as np

from joins.arrow.groups import Floats, Ints


@dataclass(frozen=True, slots=True)
class CategoryOverlap:
    """Of the boards that the evidence takes for a category, the shares that are of each.

    ``shares``, float64, shape ``(n_categories, n_categories)``, is by what the evidence takes a board for, then by what
    it is; rows sum to 1, and most of a row is on the diagonal.
    """

    shares: Floats

    def applied(self, expected: Floats, n_images: Ints) -> Floats:
        """Return the probabilities of the categories, given those that pay no heed to overlaps.

        Boards without evidence are taken for nothing: theirs stay.

        Examples
        --------
        >>> overlap = CategoryOverlap(np.array([[0.75, 0.25], [0.0, 1.0]]))
        >>> overlap.applied(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([3, 0])).tolist()
        [[0.75, 0.25], [1.0, 0.0]]
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

        # a sparse product: the bits of a dense one depend on how many boards are worked on at once
        mixed: Floats = (csr_array(self.shares.T) @ np.ascontiguousarray(expected.T)).T
        return np.where((n_images > 0)[:, None], mixed, expected)


def no_overlap(n_categories: int) -> CategoryOverlap:
    """Return what is assumed before any board is seen."""
    return CategoryOverlap(np.eye(n_categories))
