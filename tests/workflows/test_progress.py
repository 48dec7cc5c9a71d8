"""What a long step says of itself: how much is done, how fast, how long it will still take."""

import luigi
import pytest

from workflows import progress
from workflows.progress import Progress


class Told(luigi.Task):
    """A task as Luigi's worker prepares it: with places for its message and its percentage."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.percentages: list[float] = []
        self.set_status_message = self.messages.append
        self.set_progress_percentage = self.percentages.append


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_step_tells_luigi_and_the_log_how_far_it_is(clock, capsys):
    task = Told()
    with Progress(task, "pin_joins", 1_000_000, "rows") as done:
        clock[0] += 5
        done(250_000)
    line = "pin_joins: 250,000 of 1,000,000 rows, 50,000/s, 15 s left"
    assert task.messages == [line]
    assert task.percentages == [25]
    assert capsys.readouterr().err == f"  {line}\n"


def test_a_slow_step_tells_parts_of_a_unit(clock, capsys):
    with Progress(Told(), "image signatures", 100, "pictures") as done:
        clock[0] += 4
        done(26)
    assert capsys.readouterr().err == "  image signatures: 26 of 100 pictures, 6.5/s, 11 s left\n"


def test_nothing_is_said_in_the_first_two_seconds_nor_all_the_time_in_a_log(clock, capsys):
    with Progress(Told(), "facts", 100, "shards") as done:
        for now in range(12):
            clock[0] = 100 + now
            done(now)
    assert [line.split(",")[0].strip() for line in capsys.readouterr().err.splitlines()] == ["facts: 2 of 100 shards"]
