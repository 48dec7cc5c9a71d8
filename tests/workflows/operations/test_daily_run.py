"""A date's run from its start to its last line: what it says, leaves and tells, however it ends."""

import datetime as dt
import errno
import json
import shutil
from dataclasses import replace

import pytest

from storage_tiers import open_dataset
from storage_tiers.versioned.manifest import Check, read_manifest, write_manifest
from workflows import luigi_cfg
from workflows.notices.configured_notices import Notices
from workflows.operations import daily_run
from workflows.operations.daily_run import refuse_far
from workflows.operations.run_lock import day_locked, runs_folder
from workflows.operations.run_log import keep_newest
from workflows.operations.run_notes import Failure, RunNotes
from workflows.operations.run_summary import had_trouble

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def runs(tmp_path):
    """The folder of the date's logs and summaries."""
    return runs_folder(tmp_path / "output", DAY)


def summary_in(folder):
    (path,) = sorted(folder.glob("*.json"))[-1:]
    return json.loads(path.read_text())


def last_line(said):
    return said.splitlines()[-1]


def test_a_night_and_the_next_one(small_input, daily, box, runs, capsys):
    small_input()
    assert daily(as_json=True)[0] == 0
    printed, said = capsys.readouterr()
    summary = summary_in(runs)
    assert json.loads(printed) == summary
    assert (summary["outcome"], summary["exit_code"], summary["error"]) == ("done", 0, "")
    assert "pin_joins date=2026-11-20 iteration=2" in summary["published"]
    assert "pin_joins/light date=2026-11-20 iteration=2" in summary["published"]
    assert last_line(said).startswith("daily date=2026-11-20: done in ")
    assert f" s, 27 versions published; log {runs}/" in last_line(said)
    (log,) = runs.glob("*.log")
    logged = log.read_text()
    assert "facts              date=2026-11-20 iteration=0" in logged
    assert "luigi-interface INFO: " in logged
    assert logged.splitlines()[-1].endswith(last_line(said))
    assert box.events == ["success"]

    assert daily()[0] == 0
    assert last_line(capsys.readouterr().err).startswith("daily date=2026-11-20: nothing to do; log ")
    assert summary_in(runs)["outcome"] == "nothing_to_do"
    assert box.events == ["success"]


def test_a_finished_date_waits_for_nothing_even_without_its_input(small_input, daily, tmp_path):
    small_input()
    assert daily()[0] == 0
    shutil.rmtree(tmp_path / "input")
    assert daily()[0] == 0


def test_what_is_built_of_a_date_without_raw_input_left_to_read_waits_for_nothing(small_input, daily, tmp_path, capsys):
    small_input()
    assert daily()[0] == 0
    digest = open_dataset(tmp_path / "output", "pin_joins").manifest.digest
    shutil.rmtree(tmp_path / "output" / "pin_joins" / "full")
    shutil.rmtree(tmp_path / "input")
    capsys.readouterr()
    assert daily()[0] == 0
    said = capsys.readouterr().err.splitlines()
    assert [line.split(" date=")[0] for line in said if "damaged: " in line] == ["  damaged: pin_joins/full"]  # once
    assert open_dataset(tmp_path / "output", "pin_joins").manifest.digest == digest


def test_input_that_does_not_come_is_told_and_so_is_its_coming(small_input, daily, box, runs, set_daily, capsys):
    set_daily(give_up_after_s=1, poll_s=0.2, quiet_s=0.1, late_at="06:00")
    assert daily()[0] == luigi_cfg.MISSING_INPUT
    said = capsys.readouterr().err
    assert "waiting for the input of date=2026-11-20: pins: no folder " in said
    assert ": input missing after 1." in last_line(said)
    assert box.events == ["late", "failure"]
    late = box.notices[0]
    now = dt.datetime.now(dt.UTC)
    assert late.subject.endswith((f"{now:%H:%M} UTC", f"{now - dt.timedelta(minutes=1):%H:%M} UTC"))  # not 06:00
    assert late.run["log"] == summary_in(runs)["log"]
    assert daily()[0] == luigi_cfg.MISSING_INPUT  # late once a date, whichever run waits
    assert box.events == ["late", "failure", "failure"]
    summary = summary_in(runs)
    assert (summary["outcome"], summary["late"]) == ("input_missing", True)
    assert summary["remedy"] == "bring what is missing and run it again"  # --no-wait would find nothing
    small_input()
    assert daily()[0] == 0
    assert box.events == ["late", "failure", "failure", "recovered"]


def test_a_late_date_recovers_even_if_the_run_that_waited_was_killed(small_input, daily, box, runs, set_daily):
    set_daily(give_up_after_s=1, poll_s=0.2, quiet_s=0.1, late_at="06:00")
    assert daily()[0] == luigi_cfg.MISSING_INPUT
    for summary in runs.glob("*.json"):  # what kill -9 leaves: a log alone
        summary.unlink()
    small_input()
    assert daily()[0] == 0
    assert box.events == ["late", "failure", "recovered"]


def test_a_run_that_met_another_or_ended_well_leaves_nothing_to_recover_from(tmp_path):
    def leave(run, *, log=True, summary=None):
        if log:
            (tmp_path / f"{run}.log").touch()
        if summary is not None:
            (tmp_path / f"{run}.json").write_text(summary)
        return had_trouble(tmp_path)

    assert not had_trouble(tmp_path)
    assert leave("20261120T010000Z-1")
    assert not leave("20261120T020000Z-2", summary='{"outcome": "done"}')
    assert not leave("20261120T030000Z-3", summary='{"outcome": "already_running"}')
    assert leave("20261120T040000Z-4", log=False, summary='{"outcome": "failed"}')
    assert leave("20261120T050000Z-5", summary='{"outcome": "already_running"}')
    assert leave("20261120T060000Z-6", summary="{")


def test_without_waiting_missing_input_is_an_error_at_once(daily, box, runs):
    assert daily(waits=False)[0] == luigi_cfg.MISSING_INPUT
    summary = summary_in(runs)
    assert summary["error"].startswith("no raw pins, boards, users of date=2026-11-20")
    assert summary["remedy"].startswith("bring them with 'interest-graph import' or ")
    assert summary["remedy"] not in summary["error"]
    assert box.events == ["failure"]


def test_a_failed_task_is_named_with_its_error_and_remedy(small_input, daily, box, runs, tmp_path, capsys):
    small_input()
    (tmp_path / "input" / "boards" / "date=2026-11-20" / "part-00000.parquet").write_bytes(b"PAR1 no more")
    assert daily()[0] == luigi_cfg.FAILED
    summary = summary_in(runs)
    assert summary["failed_task"] == "AcceptedInput date=2026-11-20"
    assert "part-00000.parquet: it can't be read as Parquet" in summary["error"]
    (notice,) = box.notices
    assert (notice.event, dict(notice.run)) == ("failure", summary)
    assert "part-00000.parquet" in notice.subject
    assert notice.text.count("it can't be read as Parquet") == 1
    assert notice.text.startswith("interest-graph daily date=2026-11-20: failed after ")
    said = capsys.readouterr().err
    assert said.count("it can't be read as Parquet") == 1
    assert last_line(said).startswith("daily date=2026-11-20: failed after ")
    assert last_line(said).endswith(f"AcceptedInput date=2026-11-20; log {summary['log']}")
    assert "Traceback" in next(runs.glob("*.log")).read_text()


def test_a_table_with_a_log_fails_without_waiting(small_input, daily, box, tmp_path):
    small_input()
    (tmp_path / "input" / "pins" / "_delta_log").mkdir()
    assert daily()[0] == luigi_cfg.FAILED
    assert "Delta Lake" in box.notices[0].subject


def test_input_that_was_replaced_is_said_so(small_input, daily, box, runs, tmp_path):
    small_input()
    assert daily()[0] == 0
    (tmp_path / "input" / "users" / "date=2026-11-20" / "part-00001.parquet").write_bytes(
        (tmp_path / "input" / "users" / "date=2026-11-20" / "part-00000.parquet").read_bytes()
    )
    assert daily()[0] == luigi_cfg.OTHER_INPUT
    summary = summary_in(runs)
    assert summary["outcome"] == "input_changed"
    assert "was made from other input: users" in summary["error"]
    assert " rebuild --date 2026-11-20" in summary["remedy"]
    assert summary["remedy"] in box.notices[-1].text
    assert box.events == ["success", "failure"]


def test_the_second_of_a_date_ends_at_once_and_tells_nobody(daily, box, runs, tmp_path, run_python):
    script = (
        "import datetime, pathlib, sys\nfrom workflows.operations.run_lock import day_locked\n"
        "with day_locked(pathlib.Path(sys.argv[1]), datetime.date(2026, 11, 20)):\n    print(flush=True); input()"
    )
    holder = run_python(script, tmp_path / "output")
    holder.stdout.readline()
    try:
        assert daily()[0] == luigi_cfg.ALREADY_RUNNING
    finally:
        holder.communicate("\n")
    assert summary_in(runs)["outcome"] == "already_running"
    assert box.events == []
    with day_locked(tmp_path / "output", DAY):
        pass


def test_checks_that_warn_are_told_and_do_not_fail(small_input, daily, box, runs, monkeypatch, capsys):
    small_input()

    def note(self, manifest):
        self.published.append(manifest.dataset)
        if manifest.dataset == "facts":
            self.warnings.append("facts date=2026-11-20 iteration=0: rows: 300, 5,000 the day before")

    monkeypatch.setattr(RunNotes, "note_published", note)
    assert daily()[0] == 0
    assert ", 1 warning; log " in last_line(capsys.readouterr().err)
    assert summary_in(runs)["warnings"] == ["facts date=2026-11-20 iteration=0: rows: 300, 5,000 the day before"]
    assert box.events == ["warning", "success"]
    assert "5,000 the day before" in box.notices[0].text


def test_a_date_that_is_there_again_and_warns_is_told_once(small_input, daily, box, monkeypatch):
    assert daily(waits=False)[0] == luigi_cfg.MISSING_INPUT
    small_input()
    monkeypatch.setattr(RunNotes, "note_published", lambda notes, _: notes.warnings.append("facts: rows: 300"))
    assert daily()[0] == 0
    assert box.events == ["failure", "recovered"]
    assert box.notices[-1].lines[:2] == ("the date is there, after a failure or a delay", "facts: rows: 300")


def test_who_does_not_ask_for_recovered_is_told_the_warning(small_input, daily, box, monkeypatch):
    assert daily(waits=False)[0] == luigi_cfg.MISSING_INPUT
    small_input()
    monkeypatch.setattr(RunNotes, "note_published", lambda notes, _: notes.warnings.append("facts: rows: 300"))
    assert daily(on=("failure", "warning"))[0] == 0
    assert box.events == ["failure", "warning"]


def test_logs_are_named_so_that_anybody_finds_them(runs, day_of, box, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    daily_run.DailyRun(day_of("input", "output"), Notices((box,), ("failure",)), waits=False).run()
    assert box.notices[0].run["log"] == str(next(runs.glob("*.log")))


def test_a_date_that_is_still_to_come_is_said(daily, set_daily, capsys):
    set_daily(give_up_after_s=1, poll_s=0.2, quiet_s=0.1)
    coming = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    assert daily(date=coming)[0] == luigi_cfg.MISSING_INPUT
    assert f"date={coming} is still to come: today is " in capsys.readouterr().err


def test_warnings_are_read_off_the_manifest(small_input, daily, tmp_path):
    small_input()
    assert daily()[0] == 0
    place = open_dataset(tmp_path / "output", "facts").place
    manifest = read_manifest(place)
    checks = (Check("null share", False, "3 % of board_id", "warn"), Check("rows", True, "fine", "warn"))
    write_manifest(replace(manifest, checks=checks), place.found_manifest)
    notes = RunNotes()
    notes.note_published(read_manifest(place))
    assert notes.published == ["facts date=2026-11-20 iteration=0"]
    notes.note_published(replace(read_manifest(place), variant="light"))
    assert notes.published[1:] == ["facts/light date=2026-11-20 iteration=0"]
    assert notes.warnings == ["facts date=2026-11-20 iteration=0: null share: 3 % of board_id"]


def test_a_fault_of_ours_is_one_line_a_code_a_trace_in_the_log_and_a_notice(daily, box, runs, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("division\nby zero \x1b[2J")

    monkeypatch.setattr(daily_run, "run_day", broken)
    assert daily(waits=False)[0] == luigi_cfg.UNHANDLED
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert r"error: division by zero \x1b[2J" in said
    assert "exit code 40; log " in last_line(said)
    assert box.events == ["failure"]
    assert r"failed: division\nby zero \x1b[2J" in box.notices[0].subject
    assert "ZeroDivisionError" in next(runs.glob("*.log")).read_text()


def test_a_log_that_cannot_be_written_is_a_warning(small_input, daily, box, set_daily, tmp_path, capsys):
    small_input()
    (tmp_path / "file").touch()
    set_daily(log_folder=tmp_path / "file" / "runs")
    assert daily()[0] == 0
    said = capsys.readouterr().err
    assert f"warning: the log {tmp_path}/file/runs/date=2026-11-20/" in said
    assert "can't be written: Not a directory" in said
    assert last_line(said).endswith("27 versions published")
    assert box.events == ["success"]


def test_a_disk_that_fills_up_under_the_log_does_not_end_the_run(small_input, daily, monkeypatch, capsys):
    small_input()

    class Full(daily_run.RunLog):
        def __init__(self, *given):
            super().__init__(*given)
            self._file.close()
            self._file = open("/dev/full", "w", buffering=1)  # noqa: PTH123, SIM115 - the log closes it

    monkeypatch.setattr(daily_run, "RunLog", Full)
    assert daily()[0] == 0
    assert "can't be written: No space left on device\n" in capsys.readouterr().err


def test_an_output_where_nothing_can_be_written_is_told(small_input, daily, box, tmp_path, capsys):
    small_input()
    (tmp_path / "output").touch()
    assert daily()[0] == luigi_cfg.USAGE
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert last_line(said).startswith("daily date=2026-11-20: failed after ")
    assert box.events == ["failure"]


def test_a_channel_that_fails_changes_no_exit_code(small_input, daily, box, capsys):
    small_input()
    box.fails = True
    assert daily()[0] == 0
    assert "warning: no notice of success by box: box is full\n" in capsys.readouterr().err


def test_the_newest_runs_are_kept_whatever_their_dates(tmp_path):
    for date, run in (("2026-11-20", "20261120T020000Z-7"), ("2026-11-19", "20261121T020000Z-8")):
        folder = tmp_path / f"date={date}"
        folder.mkdir()
        (folder / f"{run}.log").touch()
        (folder / f"{run}.json").touch()
        (folder / "late-told").touch()
    keep_newest(tmp_path, 1)
    kept = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/2*"))
    assert kept == ["date=2026-11-19/20261121T020000Z-8.json", "date=2026-11-19/20261121T020000Z-8.log"]
    assert len(list(tmp_path.glob("*/late-told"))) == 2


def test_today_is_in_utc_and_days_ago_goes_back(set_daily):
    assert daily_run.date_of_today() == dt.datetime.now(dt.UTC).date()
    set_daily(days_ago=1)
    assert daily_run.date_of_today() == dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    set_daily(days_ago=10**12)
    with pytest.raises(luigi_cfg.SettingsError, match="no calendar has that date"):
        daily_run.date_of_today()


def test_dates_up_to_tomorrow_are_run_and_later_ones_refused():
    today = dt.datetime.now(dt.UTC).date()
    for n_days in (-10_000, 0, 1):
        refuse_far(today + dt.timedelta(days=n_days))
    for date in (today + dt.timedelta(days=3), dt.date.max):
        with pytest.raises(luigi_cfg.SettingsError, match=f"date {date} is still to come: today is .* up to tomorrow"):
            refuse_far(date)


def test_what_the_system_says_is_told_with_what_to_do():
    failure = Failure.of(OSError(errno.EROFS, "Read-only file system", "output/_runs"))
    assert str(failure).startswith("output/_runs can't be written to, on a read-only file system; mount it for writing")
    assert "Errno" not in str(Failure.of(PermissionError(errno.EACCES, "Permission denied", "output")))
