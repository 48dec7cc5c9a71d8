"""The history of residuals: what is recorded is what was measured, to three digits, and never long."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pagerank import pagerank
from pagerank.residual_history import MOST_KEPT, kept_sweeps, read_residuals, written_residuals


@given(some.lists(some.floats(0, 2), max_size=300))
def test_what_is_written_is_read_again(residuals):
    found = read_residuals(written_residuals(np.array(residuals)))
    assert [sweep for sweep, _ in found] == kept_sweeps(len(residuals))
    assert [value for _, value in found] == pytest.approx([residuals[sweep - 1] for sweep, _ in found], rel=5e-3)


@pytest.mark.parametrize("n_sweeps", [0, 1, MOST_KEPT, MOST_KEPT + 1, 100_000])
def test_the_first_and_the_last_are_kept_and_few_between(n_sweeps):
    kept = kept_sweeps(n_sweeps)
    assert len(kept) <= MOST_KEPT
    assert kept == sorted(set(kept))
    assert not kept or (kept[0], kept[-1]) == (1, n_sweeps)


def test_the_residuals_of_a_ranking_fall():
    found = read_residuals(written_residuals(pagerank([(1, 2), (2, 3), (3, 1), (1, 3)]).residuals))
    assert found[-1][1] < found[0][1]
