"""The drill of switches: two processes read through all of them, and what it counts as wrong it can see."""

from pathlib import Path

import pytest

from benchmarks.drills.switch_reader import KEY, Seen, number_of
from benchmarks.drills.switches import drill
from storage_tiers.random_access import RandomAccessTier


@pytest.mark.slow
def test_no_answer_is_wrong_missing_or_mixed_through_100_switches_and_10_rollbacks(tmp_path: Path) -> None:
    tier = RandomAccessTier(tmp_path / "output")
    is_right, lines = drill(tier, tmp_path, n_switches=100, n_rollbacks=10, n_keys=2_000, seed=3)
    assert is_right, "\n".join(lines)
    for line in lines[2:4]:
        _, n_batches, n_gets, n_switches, *faults = line.replace(",", "").split()[:8]
        assert int(n_switches) == 110
        assert faults == ["0"] * 4
        assert int(n_gets) == 55 * int(n_batches) > 5_500
    assert len(tier.versions("switched")) <= 4


def row(key: int, iteration: int) -> dict[str, object]:
    return {KEY: key, "iteration": iteration, "number": number_of(key, iteration)}


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([row(0, 1), row(2, 1), None], (0, 0, 0)),
        ([row(0, 1), row(2, 2), None], (0, 0, 1)),
        ([row(0, 1), None, None], (0, 1, 0)),
        ([row(2, 1), row(2, 1), None], (1, 0, 0)),
        ([row(0, 1), row(2, 1), row(3, 1)], (1, 0, 0)),
        ([row(0, 1), row(2, 1) | {"number": 5}, None], (1, 0, 0)),
        ([None, None, None], (0, 2, 0)),
    ],
)
def test_what_is_wrong_with_an_answer_is_counted(rows: list[object], faults: tuple[int, int, int]) -> None:
    seen = Seen()
    seen.check([0, 2], [3], rows)
    assert (seen.n_wrong, seen.n_missing, seen.n_mixed) == faults
    assert seen.is_right == (faults == (0, 0, 0))


def test_a_reader_that_saw_nothing_was_not_right() -> None:
    assert not Seen().is_right
