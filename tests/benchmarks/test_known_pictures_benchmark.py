"""The benchmark of known pictures makes days that the tasks take for known ones, and prints a row a task."""

import json
from argparse import Namespace

import pytest

from benchmarks.harness.kept import bench_folder
from benchmarks.signatures.known import compare
from benchmarks.signatures.known.day_tasks import TASKS, run_tasks
from benchmarks.signatures.known.planted_days import TODAY, make_days
from storage_tiers import open_dataset


@pytest.mark.parametrize("kind", ["packs", "files"])
def test_no_picture_of_the_second_day_is_read_and_each_has_its_group(kind, tmp_path):
    make_days(tmp_path, 40, kind)
    took = dict(run_tasks(tmp_path / "input", tmp_path / "output"))
    assert list(took) == [task.task_family for task in TASKS]
    files = open_dataset(tmp_path / "output", "image_files", "full", TODAY, 0)
    assert files.manifest.counts == {"images": 40, "unchanged": 40, "read": 0}
    signatures = open_dataset(tmp_path / "output", "image_signatures", "full", TODAY, 0).to_table()
    assert signatures["status"].to_pylist() == ["ok"] * 40
    assert len(signatures["image_signature"].unique()) == 30


@pytest.mark.slow
def test_every_task_has_a_row_and_all_of_them_the_goals(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    compare.main(Namespace(small=True, rounds=1, only=["packs"], pictures=[]))
    (kept,) = json.loads((bench_folder() / "results-signatures-known.json").read_text())
    assert kept["result"] == ""
    out = capsys.readouterr().out
    assert all(task.task_family in out for task in TASKS)
    assert "not measured" in out
