"""What tasks of a job tell their driver: their errors, whatever becomes of the telling, and how far a job is."""

import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from joins.engine.mrjob import reports
from joins.engine.mrjob.folder import JobFolder
from joins.engine.mrjob.reports import TaskReports, n_done_by_log


@dataclass(frozen=True)
class OtherStore:
    """A place in a store that is a folder."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def __truediv__(self, name):
        return type(self)(self.path / name)

    def write_text(self, text):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text)

    def read_text(self):
        return self.path.read_text()

    def iterdir(self):
        return (type(self)(path) for path in self.path.iterdir())


class BrokenStore(OtherStore):
    """One that refuses all, and says so with the longest face."""

    def write_text(self, text):
        raise BaseExceptionGroup("no access", [KeyboardInterrupt(), ValueError(text)])

    iterdir = write_text


class SilentStore(OtherStore):
    """One that never answers."""

    def write_text(self, text):
        assert text
        threading.Event().wait()


def fail(told, what):
    with told.failure_told(what):
        raise ValueError(f"{what} is odd")


def test_the_first_error_is_told_wherever_it_was_left(tmp_path):
    for place in (OtherStore(tmp_path / "store"), tmp_path):
        told = TaskReports(place)
        for what in ("pins-1", "group-0"):
            with pytest.raises(ValueError, match="is odd"):
                fail(told, what)
        assert next(told.tracebacks()).splitlines()[-1] == "ValueError: pins-1 is odd"
        assert told.n_done() == 0
        shutil.rmtree(tmp_path / "store", ignore_errors=True)


@pytest.mark.parametrize("store", [BrokenStore, SilentStore])
def test_an_error_that_cannot_be_told_goes_on_as_it_is(tmp_path, monkeypatch, store):
    monkeypatch.setattr(reports, "_TOLD_WITHIN_S", 0.1)
    monkeypatch.setattr(threading, "excepthook", lambda *_: None)
    began_s = time.monotonic()
    with pytest.raises(ValueError, match="pins-0 is odd"):
        fail(TaskReports(store(tmp_path)), "pins-0")
    assert time.monotonic() - began_s < 10
    assert list(TaskReports(store(tmp_path / "gone")).tracebacks()) == []


def test_marks_are_left_where_the_driver_counts_them_and_nowhere_else(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here, there = (JobFolder(tmp_path / name).own_reports(marks=name == "here") for name in ("here", "there"))
    for told in (here, there):
        for what in ("pins-0", "pins-0", "3"):
            told.tell_done(what)
    assert (here.n_done(), there.n_done()) == (2, 0)
    shutil.rmtree(tmp_path / "here")
    here.tell_done("4")  # nobody counts any more


@pytest.mark.parametrize(
    ("said", "done", "without_shards"),
    [
        ("", 0, 0),
        ("  Running job: job_1_0001\n", 0, 0),
        ("   map 0% reduce 0%\n   map 50% reduce 0%\n", 20, 5),
        ("   map 100% reduce 30%\n  Task Id : attempt_1, Status : FAILED\n", 43, 10),
        ("    map 100% reduce 100%\n" + "  Job Counters\n" * 99, 50, 10),
        ("   50.0% complete\n", 25, 5),
        ("   map 7% reduce 0%\n" + "x" * 99_999, 0, 0),
    ],
)
def test_how_far_a_job_is_follows_from_what_its_client_said_last(tmp_path, said, done, without_shards):
    (tmp_path / "log").write_text(said)
    assert n_done_by_log(tmp_path / "log", 40, 10) == done
    assert n_done_by_log(tmp_path / "log", 0, 10) == without_shards
