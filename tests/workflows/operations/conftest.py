"""A small day for ``daily``, and settings as a file would have them."""

from functools import partial

import pytest

from workflows.notices.configured_notices import Notices
from workflows.operations.daily_run import DailyRun


class Box:
    """A channel that keeps what it is sent, or fails."""

    name = "box"

    def __init__(self):
        self.notices, self.fails = [], False

    def send(self, notice, _timeout_s):
        if self.fails:
            raise OSError("box is full")
        self.notices.append(notice)

    @property
    def events(self):
        return [notice.event for notice in self.notices]


@pytest.fixture
def box():
    """A channel that keeps what it is sent."""
    return Box()


@pytest.fixture
def small_input(tmp_path, small_tables, snapshot_writer):
    """Write a snapshot of 300 pins, with a marker in each table's folder."""

    def write():
        snapshot_writer(tmp_path / "input", small_tables)
        for folder in (tmp_path / "input").glob("*/date=*"):
            (folder / "_SUCCESS").touch()

    return write


@pytest.fixture
def daily(tmp_path, day_of, box):
    """Run ``daily`` in this process; returned are the exit code and the run."""

    def run_it(*, on=("failure", "warning", "late", "recovered", "success"), as_json=False, waits=True, **parameters):
        day = day_of(tmp_path / "input", tmp_path / "output", **parameters)
        run = DailyRun(day, Notices((box,), on, 5.0), waits=waits, as_json=as_json)
        return run.run(), run

    return run_it


@pytest.fixture
def set_daily(configure):
    """Change settings of ``[daily]``, as a file would."""
    return partial(configure, "daily")
