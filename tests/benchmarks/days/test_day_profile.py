"""The profile of a day runs small: every step with its floor, what lies outside of steps, and a total."""

import datetime as dt
import json
from argparse import Namespace

import pytest

from benchmarks.days import day_profile
from benchmarks.days.core_idle import IdleWatch
from benchmarks.days.day_profile import BETWEEN, START, THE_DAY, RanDay, newest_date, outer_rows, reads_of, to_floor
from benchmarks.days.step_costs import costs_of, label_of
from benchmarks.harness.contender import Contender
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.measure import Cost
from benchmarks.harness.rounds import Standing
from tests.benchmarks.days.test_step_costs import BEGAN, USAGE, a_record
from workflows.records.usage import Usage

DECLARED = {"AcceptedInput": "raw pins", "BoardCategories": "facts", "BoardRanks": "repin_edges", "PinJoins": "facts"}


def standing_of(**figures):
    return Standing(Contender("PinJoins 2", print), [figures])


def test_the_rows_of_the_day_add_up_to_what_the_command_took():
    whole = a_record("DailyDiscovery", usage=Usage(8.0, 9.0, 1.0, 900, 1, 1, 0, 0))
    steps = [a_record(after_s=1), a_record("UserJoins", after_s=4)]
    began_s = BEGAN.timestamp()
    watch = IdleWatch(lambda: "", frozenset({0}))
    watch.looked_at_s, watch.idle_s = [began_s - 3, began_s + 9], [{0: 0.0}, {0: 6.0}]
    day = RanDay(whole, steps, Cost(11.0, 12.0, 950, 0), began_s + 9, watch)
    found = {label_of(record): (costs_of(record, {0: 0.5}), "") for record in steps}
    rows = outer_rows(day, found)
    assert rows[THE_DAY]["wall_s"] == 11.0
    assert (rows[START]["wall_s"], rows[START]["cpu_s"]) == (3.0, 2.0)
    assert (rows[BETWEEN]["wall_s"], rows[BETWEEN]["cpu_s"]) == (4.0, 10.0 - 2 * USAGE.cpu_s)
    assert [rows[BETWEEN][f"{name}_s"] for name in ("before", "between", "after")] == [1.0, 1.0, 2.0]
    every = [figures for figures, _ in found.values()] + [rows[START], rows[BETWEEN]]
    for name in ("wall_s", "cpu_s", "idle_0_s"):
        assert sum(figures[name] for figures in every) == pytest.approx(rows[THE_DAY][name])
    assert rows[THE_DAY]["shuffled_bytes"] == 200


def test_a_ratio_to_the_floor_is_told_where_there_is_a_floor():
    assert to_floor("cpu_s")(standing_of(cpu_s=3.0, floor_cpu_s=1.5)) == 2.0
    assert to_floor("cpu_s")(standing_of(cpu_s=3.0)) is None
    assert to_floor("cpu_s")(standing_of(cpu_s=3.0, floor_cpu_s=0.0)) is None


def test_what_is_read_most_in_a_day_is_told_first_with_the_steps_that_read_it():
    standings = [
        standing_of(inputs={"facts": 4_000_000, "boards": 800_000}),
        standing_of(inputs={"facts": 3_000_000, "users": 100_000}),
        standing_of(wall_s=1.0),
    ]
    assert list(reads_of([])) == []
    assert list(reads_of(standings)) == ["facts by 2 steps, 7.0 MB", "boards by 1 step, 0.8 MB"]


def test_the_newest_date_of_an_input_is_profiled_and_a_folder_without_one_is_named(tmp_path):
    for name in ("date=2026-11-19", "date=2026-11-20", "date=tomorrow"):
        (tmp_path / "pins" / name).mkdir(parents=True)
    assert newest_date(tmp_path) == dt.date(2026, 11, 20)
    with pytest.raises(SystemExit, match=r"nowhere/pins: no date=YYYY-MM-DD lies there; give the folder that holds"):
        newest_date(tmp_path / "nowhere")


@pytest.mark.slow
def test_every_step_of_a_small_day_is_told_beside_its_floor(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    day_profile.main(Namespace(small=True, rounds=1, only=[], input=None, pins=[]))
    kept = {one["label"]: one for one in json.loads((bench_folder() / "results-profile-day-3000pins.json").read_text())}
    assert list(kept)[-3:] == [START, BETWEEN, THE_DAY]
    assert [one["result"] for one in kept.values() if "DIFFERENT" in one["result"]] == []
    figures = {label: one["figures"][0] for label, one in kept.items()}
    for label, step in figures.items():
        if label not in (START, BETWEEN) and not kept[label]["result"]:
            assert step["floor_wall_s"] > 0, label
    without = {label for label, one in kept.items() if one["result"]}
    assert without == {"LoadSqlBatch 2", "LoadHiveBatch 2", "LoadDebugging 2"}
    for task, dataset in DECLARED.items():
        assert any(step["inputs"].get(dataset) for label, step in figures.items() if label.startswith(f"{task} "))
    assert figures["BoardRanks 2"]["inputs"]["board_ranks"] > 0
    assert "board_ranks" not in figures["BoardRanks 1"]["inputs"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["3000-pins"]
    told = capsys.readouterr().out
    assert "A day of 3,000 pins, one round; idle is of the machine" in told
    assert "most of what is read, as declared: facts by " in told


@pytest.mark.slow
def test_a_day_that_fails_ends_the_profile_with_what_it_said_last(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    (tmp_path / "input" / "pins" / "date=2026-11-20").mkdir(parents=True)
    asked = Namespace(small=False, rounds=1, only=[], input=tmp_path / "input", pins=[])
    with pytest.raises(SystemExit, match=r"the day failed \(\d+\), see .*last.log: \S"):
        day_profile.main(asked)
