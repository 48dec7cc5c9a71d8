"""The benchmark of many days builds roots that every command takes for real ones, and measures all of them."""

import datetime as dt
import json
from argparse import Namespace

import pytest

from benchmarks.days import compare
from benchmarks.days.cloned_days import NEWEST, make_days
from benchmarks.days.commands import MEASURED
from benchmarks.harness.kept import bench_folder
from storage_tiers.registry import announce_anew
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.tasks.faults import places_of


@pytest.mark.slow
def test_copied_days_are_whole_versions_of_their_own_dates(tmp_path):
    make_days(tmp_path, n_days=3, n_pins=200)
    output = tmp_path / "output"
    announce_anew(output)
    dates = {place.version.date for place in places_of(output)}
    assert dates == {NEWEST - dt.timedelta(days=number) for number in range(3)}
    assert verify_output(output).lines == []
    assert problems_of(status_of(output)) == []


@pytest.mark.slow
def test_everything_is_measured_and_the_root_is_put_back(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    monkeypatch.setattr(compare, "_SMALL_DAYS", [3])
    compare.main(Namespace(small=True, rounds=1, before=None, only=[]))
    kept = json.loads((bench_folder() / "results-days-3.json").read_text())
    assert [one["label"] for one in kept] == [one.label for one in MEASURED]
    assert [one["result"] for one in kept] == [""] * len(MEASURED)
    assert all(one["figures"] for one in kept)
    (root,) = (tmp_path / "days").iterdir()
    assert len({place.version.date for place in places_of(root / "output")}) == 3
    assert "open_sql, 3 days, wall s" in capsys.readouterr().out
