"""Each attempt at a task leaves a record, whoever runs it, and no record ever makes a task fail or changes a byte."""

import datetime as dt
import json
import shutil
import signal
from pathlib import Path

import luigi
import pytest

from joins.errors import DiscoveryError
from storage_tiers import open_dataset
from storage_tiers.versioned.on_stores.clearing import STAGING_FOLDER
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED
from workflows.monitoring.machine_status import run_status
from workflows.monitoring.watch import is_run_watched, run_watched, task_began
from workflows.progress import say
from workflows.records.heard_log import FIRST_LINES, LAST_LINES, LINE_CHARS, HeardLog, masked_value
from workflows.records.record_files import folder_of, last_run, records_of
from workflows.records.recorder import Recorder
from workflows.tasks.base import DiscoveryTask, TaskTimeoutError

DAY = dt.date(2026, 11, 20)
HUSH = "https://me:hush@pins.example/1.jpg?size=2&token=hush"
TASKS = """
import luigi, os, signal, time
from pathlib import Path
from workflows.progress import say
from workflows.tasks.base import DiscoveryTask

class Works(DiscoveryTask):
    name = luigi.Parameter()
    def output(self):
        return luigi.LocalTarget(self.name)
    def run(self):
        say(f"working on {self.name}")
        Path(self.name).touch()

class Dies(DiscoveryTask):
    def output(self):
        return luigi.LocalTarget("never")
    def run(self):
        os.kill(os.getpid(), signal.SIGKILL)

class Both(DiscoveryTask, luigi.WrapperTask):
    def requires(self):
        return [Works(date=self.date, name="one"), Works(date=self.date, name="two")]
"""

INTERRUPTED = """
import datetime, os, signal, sys, time
os.chdir(sys.argv[1])
from workflows import DailyDiscovery
from workflows.monitoring.watch import run_watched, task_began
from workflows.operations.interruption import ends_on_signals
from workflows.tasks.board_ranks import BoardRanks
day = DailyDiscovery(date=datetime.date(2026, 11, 20), output_root="output")
with ends_on_signals(), run_watched(day):
    task_began(day.sibling(BoardRanks, iteration=1))
    os.kill(os.getpid(), getattr(signal, sys.argv[2]))
    time.sleep(60)
"""


class Works(DiscoveryTask):
    api_token = luigi.Parameter(default="hush", significant=False)
    seed = luigi.IntParameter(default=7)
    source = luigi.Parameter(default="s3://key:hush@pins/input")

    def output(self):
        return luigi.LocalTarget(str(self.root / "made"))

    def run(self):
        say(f"reading {HUSH}\nsecond line")
        self.root.mkdir(parents=True, exist_ok=True)
        Path(self.output().path).touch()


class Fails(DiscoveryTask):
    kind = luigi.Parameter()

    def output(self):
        return luigi.LocalTarget(str(self.root / "never"))

    def run(self):
        if self.kind == "on purpose":
            raise DiscoveryError(f"can't read {HUSH}", remedy="mend\nit")
        if self.kind == "slow":
            raise TaskTimeoutError("still not done after 1 s")
        raise ZeroDivisionError


def run(task):
    return luigi.build([task], local_scheduler=True, workers=1, log_level="CRITICAL")


def test_a_record_says_what_how_and_at_what_cost(tmp_path):
    assert run(Works(date=DAY, output_root=str(tmp_path)))
    ((record,), _) = records_of(tmp_path, DAY)
    assert (record.task, record.outcome, record.iteration, record.error) == ("Works", "done", 0, "")
    assert (record.parameters["damping"], record.parameters["seed"], record.seeds) == (0.85, 7, {"seed": 7})
    assert record.other_parameters["memory_mb"] == 4096
    assert record.versions.keys() >= {"interest-graph", "python", "pyarrow", "numpy", "luigi", "duckdb", "platform"}
    assert record.usage.peak_memory_bytes > 10_000_000
    assert record.started_at <= record.ended_at
    assert record.log[-1] == "second line"


def test_no_secret_gets_into_a_record(tmp_path):
    assert run(Works(date=DAY, output_root=str(tmp_path)))
    assert not run(Fails(date=DAY, output_root=str(tmp_path), kind="on purpose"))
    for path in folder_of(tmp_path, DAY).iterdir():
        assert "hush" not in path.read_text()
    works, fails = sorted(records_of(tmp_path, DAY)[0], key=lambda record: record.task, reverse=True)
    assert (works.other_parameters["api_token"], works.parameters["source"]) == ("***", "s3://***@pins/input")
    assert works.log[0] == "reading https://***@pins.example/1.jpg?size=2&token=***"
    assert fails.error == "can't read https://***@pins.example/1.jpg?size=2&token=*** mend\\nit"


@pytest.mark.parametrize(
    ("kind", "error", "has_trace"),
    [("on purpose", "can't read", False), ("slow", "still not done", False), ("fault", "ZeroDivisionError", True)],
)
def test_a_failed_attempt_says_why(tmp_path, kind, error, has_trace):
    assert not run(Fails(date=DAY, output_root=str(tmp_path), kind=kind))
    ((record,), _) = records_of(tmp_path, DAY)
    assert (record.outcome, record.outputs) == ("failed", ())
    assert record.error.startswith(error)
    assert ("Traceback" in record.traceback) == has_trace


def test_what_raw_files_are_is_no_work_and_has_no_record(built_day):
    assert not [one for one in records_of(built_day.output_root, DAY)[0] if one.task.startswith("RawSnapshot")]


def test_each_task_of_a_day_has_a_record_of_what_it_made(built_day):
    records, unread = records_of(built_day.output_root, DAY)
    by_task = {(one.task, one.iteration): one for one in records}
    assert unread == []
    assert {one.outcome for one in records} == {"done"}
    for name in ("pin_joins", "board_joins", "user_joins"):
        dataset = open_dataset(built_day.output_root, name)
        made = {(one.dataset, one.variant): one for one in by_task[name.title().replace("_", ""), 2].outputs}
        assert made[name, "full"].digest == dataset.manifest.digest
        assert made[name, "full"].n_rows == made[name, "light"].n_rows == dataset.n_rows
        assert by_task[name.title().replace("_", ""), 2].n_rows_out == dataset.n_rows  # light rows are no others
    joins = by_task["PinJoins", 2]
    assert set(joins.inputs) == set(open_dataset(built_day.output_root, "pin_joins").manifest.inputs)
    assert joins.n_rows_in == sum(
        open_dataset(built_day.output_root, one.dataset, one.variant, one.date, one.iteration).n_rows
        for one in joins.inputs
    )
    assert any("pin_joins" in line for line in joins.log)
    accepted = by_task["AcceptedInput", 0]
    assert {one.dataset for one in accepted.outputs} == {"facts", "boards", "users", "rejected_rows"}
    assert {one.table for one in accepted.raw_files} == {"pins", "boards", "users"}
    assert {check.name for check in accepted.checks} >= {"accepted_and_rejected", "rows_complete"}
    loaded = by_task["LoadRandomAccess-all", 2]
    assert {(one.tier, one.dataset) for one in loaded.outputs} == {
        ("random_access", name) for name in ("pin_joins", "board_joins", "user_joins")
    }
    whole = by_task["DailyDiscovery", 2]
    assert {one.parent_run_id for one in records} == {whole.run_id}
    assert whole.usage.wall_s >= max(one.usage.wall_s for one in records if one is not whole)
    assert last_run(built_day.output_root)[0].task == "DailyDiscovery"


def test_records_change_no_byte_and_no_manifest(built_day, tmp_path, day_of, monkeypatch):
    monkeypatch.setattr("workflows.records.recorder.write_record", refuse)
    output = tmp_path / "output"
    assert run_day(day_of(built_day.input_root, output)) == 0
    assert not (output / "_records").exists()
    assert contents(output) == contents(built_day.output_root)


def refuse(*_):
    raise OSError(28, "No space left on device")


def contents(output):
    """The bytes of all parts, and what the manifests say but when they were made."""
    found = {}
    for path in output.glob("[!_]*/**/*"):
        name = path.relative_to(output).as_posix()
        if path.suffix == ".parquet":
            found[name] = path.read_bytes()
        elif path.suffix == ".json":
            found[name] = json.loads(path.read_text()) | {"created_at": "", "manifest_digest": ""}
    assert len(found) > 40
    return found


def test_a_full_disk_costs_the_record_and_not_the_task(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("workflows.records.recorder.write_record", refuse)
    assert run(Works(date=DAY, output_root=str(tmp_path)))
    said = capsys.readouterr().err.splitlines()
    told = [line for line in said if line.startswith("warning: ")]
    assert told == [
        "warning: the record of Works can't be written: No space left on device; the run goes on without records"
    ]


def test_a_file_in_the_place_of_records_costs_the_record_and_not_the_task(tmp_path, capsys):
    (tmp_path / "_records").touch()
    assert run(Works(date=DAY, output_root=str(tmp_path)))
    assert "warning: the record of Works can't be written" in capsys.readouterr().err


def test_a_fault_in_watching_costs_the_record_and_not_the_task(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("workflows.records.recorder.label_of", lambda _: 1 // 0)
    assert run(Works(date=DAY, output_root=str(tmp_path)))
    assert "warning: a task can't be recorded: ZeroDivisionError" in capsys.readouterr().err


def test_a_failed_day_is_recorded_with_the_task_that_failed(built_day, tmp_path, day_of):
    shutil.copytree(built_day.input_root, tmp_path / "input")
    (tmp_path / "input" / "boards" / f"date={DAY}" / "part-00000.parquet").write_bytes(b"no Parquet")
    assert run_day(day_of(tmp_path / "input", tmp_path / "output")) == FAILED
    failed = {one.task: one.error for one in last_run(tmp_path / "output") if one.has_failed}
    assert failed.keys() == {"AcceptedInput", "DailyDiscovery"}
    assert "part-00000.parquet" in failed["AcceptedInput"]
    assert failed["DailyDiscovery"].startswith(f"exit code {FAILED}")
    assert not list((tmp_path / "output" / STAGING_FOLDER).glob("*/"))


def test_a_run_that_is_interrupted_says_so_of_itself_and_of_the_task_it_was_at(tmp_path, day_of):
    task, day = Works(date=DAY, output_root=str(tmp_path)), day_of(tmp_path / "input", tmp_path)

    def interrupted():
        with run_watched(day):
            task_began(task)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    records, _ = records_of(tmp_path, DAY)
    assert [(one.task, one.outcome, one.error, one.traceback) for one in records] == [
        ("DailyDiscovery", "interrupted", "interrupted (KeyboardInterrupt)", ""),
        ("Works", "interrupted", "interrupted (KeyboardInterrupt)", ""),
    ]
    assert not is_run_watched()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_run_that_a_signal_ends_says_which(tmp_path, run_python, name):
    (tmp_path / "luigi.cfg").write_text("[monitoring]\nopenlineage = told.jsonl\n")
    process = run_python(INTERRUPTED, tmp_path, name)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + getattr(signal, name), said
    records, unread = records_of(tmp_path / "output", DAY)
    assert unread == []
    why = f"interrupted by {name}; the same command goes on from there"
    assert {(one.task, one.outcome, one.error) for one in records} == {
        ("DailyDiscovery", "interrupted", why),
        ("BoardRanks", "interrupted", why),
    }
    assert all(one.ended_at and one.usage for one in records)
    assert run_status(last_run(tmp_path / "output")).outcome == "interrupted"
    events = [json.loads(line)["eventType"] for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert sorted(events) == ["ABORT", "ABORT", "START", "START"]


def test_an_attempt_has_one_end(tmp_path):
    done, interrupted = (Recorder(Works(date=DAY, output_root=str(tmp_path)), tmp_path, "run") for _ in range(2))
    assert done.end() is done.interrupt("by a signal that came too late")
    assert interrupted.interrupt("by a signal") is interrupted.end(ZeroDivisionError())
    assert [done.record.outcome, interrupted.record.outcome] == ["done", "interrupted"]


def test_the_command_luigi_records_in_its_workers(tmp_path, run_command):
    (tmp_path / "watched.py").write_text(TASKS)
    asked = ("--module", "watched", "Both", "--date", "2026-11-20", "--local-scheduler", "--workers", "2")
    assert run_command("luigi", *asked, cwd=tmp_path).returncode == 0
    records, _ = records_of(tmp_path / "output", DAY)
    works = [one for one in records if one.task == "Works"]
    assert {one.parameters["name"] for one in works} == {"one", "two"}
    assert {one.log for one in works} == {("working on one",), ("working on two",)}
    assert len({one.process.pid for one in works}) == 2
    assert len({one.parent_run_id for one in records}) == 1
    assert len({one.run_id for one in records}) == len(records)


def test_a_task_that_is_killed_leaves_word_of_it(tmp_path, run_command):
    (tmp_path / "watched.py").write_text(TASKS)
    asked = ("--module", "watched", "Dies", "--date", "2026-11-20", "--local-scheduler", "--workers", "2")
    assert run_command("luigi", *asked, cwd=tmp_path).returncode == FAILED
    ((record,), _) = records_of(tmp_path / "output", DAY)
    assert (record.task, record.outcome) == ("Dies", "killed")


def test_a_log_without_end_is_kept_at_both_ends():
    log = HeardLog()
    for number in range(1_000):
        log.hear(f"line {number}")
    log.hear("x" * 5_000)
    lines = log.lines()
    assert len(lines) == FIRST_LINES + 1 + LAST_LINES
    assert (lines[0], lines[FIRST_LINES]) == ("line 0", f"... {1_001 - FIRST_LINES - LAST_LINES} lines left out ...")
    assert (lines[-2], lines[-1]) == ("line 999", "x" * LINE_CHARS)


@pytest.mark.parametrize(
    "text", ["a:b@c", "mail me@pins.example", "board_id=7&x=1", "12:30 @ home", "s3://pins/a@b.jpg"]
)
def test_what_is_no_secret_is_shown(text):
    assert masked_value("input_root", text) == text
