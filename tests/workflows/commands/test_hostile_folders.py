"""What somebody put below an output folder: pipes in place of files, names that are no text, names of several lines."""

import datetime as dt
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from storage_tiers.bounded_files import MAX_BYTES
from storage_tiers.errors import DamagedVersionError
from storage_tiers.registry import open_tier
from workflows.commands.outputs.show import find_rows
from workflows.commands.outputs.status import print_status, problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.monitoring.machine_status import machine_status
from workflows.monitoring.metrics_refresh import refresh_metrics
from workflows.monitoring.prometheus_file import write_metrics
from workflows.records.record_files import last_run, last_success, records_of
from workflows.settings import PROMETHEUS_FILE

NO_TEXT = os.fsdecode(b"\xff\xfe")


@pytest.fixture
def output(finished, tmp_path):
    """A copy of a small day, to change."""
    return shutil.copytree(finished / "output", tmp_path / "output")


def pipe_in_place_of(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def told(output):
    console = Console(file=io.StringIO(), width=10_000)
    print_status(status_of(output), console)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("what", ["pipe", "link to a device", "nested", "sparse"])
def test_what_lies_in_place_of_a_manifest_is_a_problem_and_never_read_without_end(output, what):
    manifest = next((output / "facts" / "_manifests" / "full").rglob("*.json"))
    manifest.unlink()
    if what == "pipe":
        os.mkfifo(manifest)
    elif what == "link to a device":
        manifest.symlink_to("/dev/zero")
    elif what == "nested":
        manifest.write_bytes(b'{"a":' * 100_000)
    else:
        with manifest.open("wb") as file:
            file.truncate(MAX_BYTES * 2**14)
    (problem,) = problems_of(status_of(output))
    assert f"{manifest} is no manifest (" in problem


def test_a_pipe_in_place_of_a_pointer_is_one_line_to_whoever_looks(output):
    pipe_in_place_of(output / "_random_access" / "board_joins" / "_CURRENT")
    with pytest.raises(DamagedVersionError, match=r"_CURRENT: 'it is no regular file' is no version; .*make it again"):
        find_rows(output, "board_join", "1", "random_access", None, None)
    assert sum("no regular file" in problem for problem in problems_of(status_of(output))) == 1


def test_a_pipe_in_place_of_the_list_of_what_was_dropped_is_one_line(output):
    tier = open_tier("hive_batch", output)
    pipe_in_place_of(tier.folder("board_joins") / "_DROPPED")
    assert sum("no regular file; move it away" in problem for problem in problems_of(status_of(output))) == 1


def test_pipes_in_place_of_records_are_no_records(output):
    folder = next((output / "_records").iterdir())
    paths = sorted(folder.glob("*.json"))
    for path in paths:
        pipe_in_place_of(path)
    found, unread = records_of(output, dt.date.fromisoformat(folder.name.removeprefix("date=")))
    assert (found, len(unread), last_run(output), last_success(output)) == ([], len(paths), [], None)


def test_a_name_that_is_no_text_is_shown_with_escapes_and_fails_nothing(output, tmp_path):
    (output / NO_TEXT / "full" / "date=2026-11-20" / "iteration=0").mkdir(parents=True)
    found = json.loads(machine_status(output).as_json())
    assert r"\udcff\udcfe" in {made["dataset"] for made in found["published"]}
    assert all(line.isprintable() for line in told(output))
    write_metrics(output, tmp_path / "m.prom")
    assert r"\udcff" in (tmp_path / "m.prom").read_text(encoding="utf-8")


def test_whatever_is_wrong_with_the_metrics_is_a_warning(output, monkeypatch, capsys):
    monkeypatch.setattr(type(PROMETHEUS_FILE), "value", lambda _setting: "m.prom")
    monkeypatch.setattr("workflows.monitoring.prometheus_file.write_metrics", lambda *_given: "\udcff".encode())
    refresh_metrics(output)
    assert "warning: prometheus_file m.prom can't be written: UnicodeEncodeError" in capsys.readouterr().err


def test_no_name_makes_a_line_of_its_own(output):
    shutil.copytree(output / "boards", output / "a\nproblem: none")
    lines = told(output)
    assert not [line for line in lines if line.startswith("problem: none")]
    assert [line for line in lines if r"a\nproblem: none/full" in line]
    wrong = [line for line in verify_output(Path(output)).lines if "problem: none" in line]
    assert wrong
    assert not [line for line in wrong if "\n" in line]
