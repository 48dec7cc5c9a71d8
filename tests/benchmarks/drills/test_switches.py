"""The drill of switches: two processes read through all of them, and what it counts as wrong it can see."""

from pathlib import Path

import pytest

from benchmarks.drills import checked_answers
from benchmarks.drills.checked_answers import DATASET, OF_ITERATION, Seen, row_of
from benchmarks.drills.drilled_tier import DRILLED, MissingServerError, drilled_tier
from benchmarks.drills.switches import drill
from storage_tiers import Tier


@pytest.fixture
def tier(request: pytest.FixtureRequest, tmp_path: Path):
    """A tier by its name, with a server of its own where it needs one."""
    try:
        with drilled_tier(request.param, tmp_path / "output") as opened:
            yield opened
    except MissingServerError as missing:
        pytest.skip(str(missing))


@pytest.mark.slow
@pytest.mark.parametrize("tier", DRILLED, indirect=True)
def test_no_answer_is_wrong_missing_or_mixed_through_switches_and_rollbacks(tier: Tier, tmp_path: Path) -> None:
    seen = drill(tier, tmp_path, n_switches=20, n_rollbacks=4, n_keys=1_000, seed=3)
    assert seen.is_right, "\n".join(seen.lines())
    for one in seen.readers:
        assert one.n_switches == 24
        assert one.n_gets == 55 * one.n_batches > 24 * 55
    assert len(tier.versions(DATASET)) <= 4
    assert seen.lines()[-1].endswith("right")


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([row_of(0, 1), row_of(2, 1), None], (0, 0, 0)),
        ([row_of(0, 1), row_of(2, 2), None], (0, 0, 1)),
        ([row_of(0, 1), None, None], (0, 1, 0)),
        ([row_of(2, 1), row_of(2, 1), None], (1, 0, 0)),
        ([row_of(0, 1), row_of(2, 1), row_of(3, 1)], (1, 0, 0)),
        ([row_of(0, 1), row_of(2, 1) | {"number": 5}, None], (1, 0, 0)),
        ([None, None, None], (0, 2, 0)),
    ],
)
def test_what_is_wrong_with_an_answer_is_counted(rows: list[object], faults: tuple[int, int, int]) -> None:
    seen = Seen()
    seen.check([0, 2], [3], rows)
    assert (seen.n_wrong, seen.n_missing, seen.n_mixed) == faults
    assert seen.is_right == (faults == (0, 0, 0))


def test_a_reader_that_saw_nothing_or_got_no_answer_was_not_right() -> None:
    assert not Seen().is_right
    seen = Seen()
    seen.check([0], [], [row_of(0, 1)])
    assert seen.is_right
    seen.note_error(ValueError("no answer"))
    assert (seen.is_right, seen.first_error) == (False, "no answer")


def test_a_long_time_without_an_answer_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, times = Seen(), iter([10.0, 10.5, 12.0])
    monkeypatch.setattr(checked_answers.time, "perf_counter", lambda: next(times))
    for iteration in (1, 2, 2):
        seen.check([0], [], [row_of(0, iteration)])
    assert (seen.n_gaps, seen.longest_pause_ms, seen.n_switches) == (1, 1_500.0, 1)
    assert OF_ITERATION in row_of(0, 1)
