"""Owners' labels made from the right categories: how many are missing, how many are wrong, and where those go.

Shares are exact, up to the rounding of a number of boards. Everything has a fixed seed.
"""

import numpy as np

from benchmarks.categories.collection import NO_LABEL, Codes

N_NEAR = 3
NEAR_SHARE = 0.6  # of the wrong labels where categories are confused
_SEED = 1_000


def wrong_labels(truth: Codes, n_categories: int, wrong: float, near_share: float, missing: float) -> Codes:
    """Return labels of which some are missing and a share of the others is wrong.

    Parameters
    ----------
    truth
        Shape ``(n_boards,)``, right categories.
    n_categories
        Number of categories.
    wrong
        Share of the labels, not of the boards, that are wrong.
    near_share
        Share of the wrong labels that are one of the `N_NEAR` categories with which the right one is confused; the
        others are any wrong category. 0: all are.
    missing
        Share of the boards without label.
    """
    rng = np.random.default_rng([_SEED, round(1000 * wrong), round(1000 * near_share)])
    labels = truth.copy()
    order = rng.permutation(truth.size)
    n_missing = round(missing * truth.size)
    labels[order[:n_missing]] = NO_LABEL
    slips = order[n_missing:][: round(wrong * (truth.size - n_missing))]
    labels[slips] = (truth[slips] + rng.integers(1, n_categories, slips.size)) % n_categories
    confused = slips[: round(near_share * slips.size)]
    near = confused_with(n_categories)
    labels[confused] = near[truth[confused], rng.integers(N_NEAR, size=confused.size)]
    return labels


def redrawn_labels(truth: Codes, n_categories: int, redrawn: float) -> Codes:
    """Return labels of which a share is drawn anew from all categories, the right one among them; none is missing."""
    rng = np.random.default_rng([_SEED, round(1000 * redrawn)])
    labels = truth.copy()
    slips = rng.permutation(truth.size)[: round(redrawn * truth.size)]
    labels[slips] = rng.integers(n_categories, size=slips.size)
    return labels


def confused_with(n_categories: int) -> Codes:
    """Return, in row c, the categories that category c is confused with; shape ``(n_categories, N_NEAR)``."""
    rng = np.random.default_rng([_SEED, n_categories])
    steps = [1 + rng.permutation(n_categories - 1)[:N_NEAR] for _ in range(n_categories)]
    return (np.arange(n_categories)[:, None] + np.array(steps)) % n_categories
