"""Whether ours is as sure of what it changes as it is right.

All proposals of ours (`min_confidence` 0: two passes, the likeliest category always taken) by their confidence: how
many, how sure they are in the mean, and how many are right. The expected calibration error is the mean gap between the
two, weighted by the number.
"""

from argparse import Namespace
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.categories.cases import ALL_CASES, CASE_OPTION, SMALL, case_folder, chosen_cases
from benchmarks.categories.collection import load_labelled, load_truth
from benchmarks.categories.contenders import codes, corrected_table

OPTIONS = CASE_OPTION
_EDGES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Proposals of about the same confidence."""

    above: float  # the first bin holds 0, too
    up_to: float
    n_changes: int
    confidence: float  # their mean
    right: float  # share of them that put the right category


def binned(confidence: npt.NDArray[np.float64], is_right: npt.NDArray[np.bool_]) -> list[Bin]:
    """Return the bins that aren't empty, of the confidence of each change and whether it is right."""
    place = np.digitize(confidence, _EDGES[1:-1], right=True)
    return [
        Bin(
            _EDGES[number],
            _EDGES[number + 1],
            int(np.count_nonzero(place == number)),
            float(confidence[place == number].mean()),
            float(is_right[place == number].mean()),
        )
        for number in np.unique(place)
    ]


def expected_calibration_error(bins: list[Bin]) -> float:
    """Return the mean of the gaps between confidence and share of right ones, weighted by number; 0 without any."""
    total = sum(one.n_changes for one in bins)
    return sum(one.n_changes * abs(one.confidence - one.right) for one in bins) / max(total, 1)


def print_reliability(title: str, bins: list[Bin]) -> None:
    """Print one row a bin."""
    print(f"\n{title}\n  confidence         n     mean    right      gap")
    for one in bins:
        print(
            f"  {one.above:4.2f}–{one.up_to:4.2f} {one.n_changes:9,} {one.confidence:8.3f} {one.right:8.3f} "
            f"{one.right - one.confidence:+8.3f}"
        )
    n_changes = sum(one.n_changes for one in bins)
    print(f"  all       {n_changes:9,}; expected calibration error {expected_calibration_error(bins):.4f}", flush=True)


def proposals(name: str) -> list[Bin]:
    """Return the bins of what ours proposes for a case."""
    folder = case_folder(name)
    boards = load_labelled(folder)
    table = corrected_table(boards, min_confidence=0.0)
    is_changed = table["changed"].to_numpy()
    is_right = codes(table, boards.n_categories) == load_truth(folder)
    return binned(table["confidence"].to_numpy()[is_changed], is_right[is_changed])


def main(asked: Namespace) -> None:
    """Print a table a case."""
    print("Changes that ours proposes at any confidence, two passes")
    for name in [SMALL] if asked.small else chosen_cases(asked.cases):
        print_reliability(f"{name}: {ALL_CASES[name].told}", proposals(name))
