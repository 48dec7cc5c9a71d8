"""Records are there whole or not at all; the newest few of each task are kept; nobody takes them for versions."""

import datetime as dt
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from storage_tiers.obstacles import RECORDS_FOLDER, obstacles
from storage_tiers.versioned.versions import dataset_names
from workflows.records.record import Made, TaskRecord, record_of_json, this_process
from workflows.records.record_files import (
    KEPT_FAILURES,
    KEPT_SUCCESSES,
    dates_with_records,
    folder_of,
    last_run,
    last_success,
    records_of,
    write_record,
)

DAY = dt.date(2026, 11, 20)
NIGHT = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)
DONE = TaskRecord(
    run_id="0123456789ab",
    parent_run_id="of the night",
    task="PinJoins",
    date=DAY,
    iteration=2,
    outcome="done",
    started_at=NIGHT,
    process=this_process(),
    ended_at=NIGHT + dt.timedelta(minutes=3),
    parameters={"damping": 0.85, "ranks_on": "driver", "limit": None},
    outputs=(Made("pin_joins", "full", DAY, 2, "ab" * 32, 7, 700),),
    log=("  pin_joins 7 rows",),
)


def at(minute, outcome="done", **changes):
    return replace(
        DONE, outcome=outcome, started_at=NIGHT + dt.timedelta(minutes=minute), run_id=f"{minute:08}", **changes
    )


def test_what_is_written_is_read(tmp_path):
    write_record(tmp_path, DONE)
    assert records_of(tmp_path, DAY) == ([DONE], [])
    assert record_of_json(DONE.as_json()) == DONE


def test_the_end_of_an_attempt_takes_the_place_of_its_beginning(tmp_path):
    write_record(tmp_path, replace(DONE, outcome="running", ended_at=None))
    assert [one.outcome for one in records_of(tmp_path, DAY)[0]] == ["running"]
    write_record(tmp_path, DONE)
    assert [path.name for path in folder_of(tmp_path, DAY).iterdir()] == [
        "iteration=2.PinJoins.20261121T020000Z-01234567.done.json"
    ]


def test_an_attempt_that_ended_between_two_renames_counts_once(tmp_path):
    write_record(tmp_path, DONE)
    write_record(tmp_path, replace(DONE, outcome="running"))  # as if the process had died before it removed that
    assert [one.outcome for one in records_of(tmp_path, DAY)[0]] == ["done"]


def process_that_ended():
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return replace(DONE.process, pid=int(done.stdout))


def test_a_process_that_was_killed_leaves_word_of_it(tmp_path):
    gone = process_that_ended()
    write_record(tmp_path, replace(DONE, outcome="running", process=gone))
    ((record,), _) = records_of(tmp_path, DAY)
    assert (record.outcome, record.has_failed) == ("killed", True)
    assert f"its process {gone.pid} ended before it did: killed, out of memory" in record.error


def test_the_next_attempt_of_the_date_writes_down_that_others_were_killed(tmp_path):
    gone, elsewhere = process_that_ended(), replace(DONE.process, host="another machine", pid=1)
    for minute in range(KEPT_FAILURES + 3):
        write_record(tmp_path, at(minute, "running", process=gone))
    write_record(tmp_path, at(30, "running", process=elsewhere))
    write_record(tmp_path, at(40))
    write_record(tmp_path, at(40, "running", process=gone))  # killed after it had written how it ended
    write_record(tmp_path, at(50, "running", task="UserJoins"))
    names = sorted(path.name.split(".", 3)[3] for path in folder_of(tmp_path, DAY).iterdir())
    assert names == ["done.json", *["killed.json"] * (KEPT_FAILURES - 1), *["running.json"] * 2]
    outcomes = [record.outcome for record in records_of(tmp_path, DAY)[0]]
    assert outcomes == ["killed"] * (KEPT_FAILURES - 1) + ["running", "done", "running"]


def test_a_number_of_a_process_that_was_given_anew_is_not_taken_for_it(tmp_path):
    other = replace(DONE.process, pid=os.getpid(), started_ticks=1)
    write_record(tmp_path, replace(DONE, outcome="running", process=other))
    assert records_of(tmp_path, DAY)[0][0].outcome == "killed"


def test_of_a_process_of_another_machine_nothing_is_claimed(tmp_path):
    elsewhere = replace(DONE.process, host="another machine", pid=1)
    write_record(tmp_path, replace(DONE, outcome="running", process=elsewhere))
    assert records_of(tmp_path, DAY)[0][0].outcome == "running"


def test_the_newest_few_of_a_task_and_version_are_kept(tmp_path):
    for minute in range(20):
        write_record(tmp_path, at(minute, "failed", error="out of luck"))
    for minute in range(20, 30):
        write_record(tmp_path, at(minute))
    write_record(tmp_path, at(40, "failed", task="UserJoins"))
    write_record(tmp_path, at(41, "failed", iteration=1))
    kept = records_of(tmp_path, DAY)[0]
    ours = [one for one in kept if (one.task, one.iteration) == ("PinJoins", 2)]
    assert [one.run_id for one in ours if one.has_failed] == [f"{n:08}" for n in range(20 - KEPT_FAILURES, 20)]
    assert [one.run_id for one in ours if not one.has_failed] == [f"{n:08}" for n in range(30 - KEPT_SUCCESSES, 30)]
    assert len(kept) == len(ours) + 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"task": "PinJoins"}'])
def test_what_is_no_record_is_named_and_hides_no_other(tmp_path, content):
    write_record(tmp_path, DONE)
    path = folder_of(tmp_path, DAY) / "iteration=2.PinJoins.20261121T030000Z-aaaaaaaa.done.json"
    path.write_bytes(content)
    (folder_of(tmp_path, DAY) / "notes.json").write_text("mine")
    assert records_of(tmp_path, DAY) == ([DONE], [path])


def test_a_record_of_a_later_release_with_more_fields_is_read():
    content = json.loads(DONE.as_json()) | {"added_later": 1}
    assert record_of_json(json.dumps(content).encode()) == DONE


def test_a_record_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage_tiers.versioned.parts.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_record(tmp_path, DONE)
    assert list(folder_of(tmp_path, DAY).iterdir()) == []


def test_what_a_writer_that_died_has_left_is_removed_in_time(tmp_path):
    folder = folder_of(tmp_path, DAY)
    folder.mkdir(parents=True)
    old, new = folder / ".iteration=2.old.json", folder / ".iteration=2.new.json"
    for path, age_s in ((old, 7200), (new, 0)):
        path.write_text("{")
        os.utime(path, (path.stat().st_mtime - age_s,) * 2)
    assert records_of(tmp_path, DAY) == ([], [])
    write_record(tmp_path, DONE)
    assert (old.exists(), new.exists()) == (False, True)


def test_the_last_run_and_the_last_success_are_found_over_all_dates(tmp_path):
    whole = {"task": "DailyDiscovery", "parent_run_id": "first"}
    write_record(tmp_path, at(1, **whole))
    other = DAY - dt.timedelta(days=30)
    write_record(tmp_path, at(50, "failed", date=other, parent_run_id="second"))
    write_record(tmp_path, at(51, "failed", date=other, parent_run_id="second", task="UserJoins"))
    for date, seconds in ((DAY, 1), (other, 2)):
        os.utime(folder_of(tmp_path, date), (seconds, seconds))
    (tmp_path / "_records" / "date=none").mkdir()
    assert dates_with_records(tmp_path) == [other, DAY]
    assert [one.task for one in last_run(tmp_path)] == ["PinJoins", "UserJoins"]
    assert last_success(tmp_path) == at(1, **whole)


def test_an_output_without_records_has_none(tmp_path):
    assert (records_of(tmp_path, DAY), last_run(tmp_path), last_success(tmp_path)) == (([], []), [], None)
    (tmp_path / RECORDS_FOLDER).touch()
    assert (dates_with_records(tmp_path), records_of(tmp_path, DAY)) == ([], ([], []))


def test_nobody_takes_records_for_versions_or_obstacles(tmp_path):
    write_record(tmp_path, DONE)
    assert dataset_names(tmp_path) == []
    assert list(obstacles(tmp_path, ["pin_joins"])) == []


def test_a_folder_in_the_place_of_a_record_is_left_out_and_named(tmp_path):
    for number in range(KEPT_SUCCESSES + 1):
        write_record(tmp_path, at(number))
    write_record(tmp_path, replace(at(20), task="UserJoins"))
    first = min(folder_of(tmp_path, DAY).glob("*PinJoins*"))
    first.unlink()
    first.mkdir()
    records, unread = records_of(tmp_path, DAY)
    assert (len(records), unread) == (KEPT_SUCCESSES, [first])
    assert [path for path, _ in obstacles(tmp_path, ["pin_joins"])] == [first]
    for number in range(30, 34):
        write_record(tmp_path, at(number))  # the folder is the oldest by its name, and stays
    assert first.is_dir()
