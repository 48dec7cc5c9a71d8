"""What a long step says of itself: how much is done, how fast, how long it will still take."""

import io
import re
import sys

import luigi
import pytest

from storage_tiers.registry import TIERS
from workflows import progress
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.picture_catalog import PICTURE_DATASETS
from workflows.progress import STEP_WIDTH, elapsed, progress_of, say


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
    luigi.task_register.Register.clear_instance_cache()  # or a task would be the one of the test before
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_step_tells_luigi_and_the_log_how_far_it_is(clock, capsys):
    task = Told()
    with progress_of(task, "pin_joins", 1_000_000, "rows") as done:
        clock[0] += 5
        done(250_000)
    line = "pin_joins: 250,000 of 1,000,000 rows, 50,000/s, 15 s left"
    assert task.messages == [line]
    assert task.percentages == [25]
    assert capsys.readouterr().err == f"  {line}\n"


def test_a_slow_step_tells_parts_of_a_unit(clock, capsys):
    with progress_of(Told(), "image signatures", 100, "pictures") as done:
        clock[0] += 4
        done(26)
    assert capsys.readouterr().err == "  image signatures: 26 of 100 pictures, 6.5/s, 11 s left\n"


def test_nothing_is_said_in_the_first_two_seconds_nor_all_the_time_in_a_log(clock, capsys):
    with progress_of(Told(), "facts", 100, "shards") as done:
        for now in range(12):
            clock[0] = 100 + now
            done(now)
    assert [line.split(",")[0].strip() for line in capsys.readouterr().err.splitlines()] == ["facts: 2 of 100 shards"]


class Terminal(io.StringIO):
    """Standard error as a person sees it."""

    def isatty(self):
        return True


def test_on_a_terminal_a_bar_lives_while_the_step_does_and_lines_stay_above_it(clock, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_of(Told(), "pin_joins", 1_000_000, "rows") as done:
        done(1)
        assert terminal.getvalue() == ""
        clock[0] += 5
        done(250_000)
        say("  pin_joins are published")
    shown = terminal.getvalue()
    assert "pin_joins: 250,000 of 1,000,000 rows, 50,000/s, 15 s left" in shown
    assert "\u2501" in shown
    assert "pin_joins are published\n" in shown
    assert shown.endswith("\x1b[2K")  # the bar is gone


def test_a_step_that_cannot_tell_how_far_it_is_says_that_it_works(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SILENT_S", 0.01)
    with elapsed("generating"):
        while not (said := capsys.readouterr().err):
            pass
    assert re.fullmatch(r"  generating: working for \d+ s\n", said)


def test_the_column_of_names_is_as_wide_as_the_longest():
    datasets = (*RAW_DATASETS, *PICTURE_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS)
    names = [*(spec.name for spec in datasets), *(tier.title for tier in TIERS)]
    assert max(map(len, names)) == STEP_WIDTH
