"""Where reports are written, what keeps them from it, and that nothing of it ever fails a day."""

import os
from pathlib import Path
from urllib.parse import unquote

import luigi
import pytest

from joins.errors import DiscoveryError
from storage_tiers import Version
from workflows.commands.days.run import run_day
from workflows.pages.assets import write_assets
from workflows.reports import report_files, report_places
from workflows.reports.report_files import write_report
from workflows.reports.report_places import page_path, page_url, reports_folder, written_reports
from workflows.tasks.board_ranks import BoardRanks

LAST = Version("2026-11-20", 2)


def test_a_file_in_the_way_is_said_and_the_day_is_done(tmp_path, small_tables, snapshot_writer, day_of, capsys):
    snapshot_writer(tmp_path / "input", small_tables)
    day = day_of(tmp_path / "input", tmp_path / "output")
    day.root.mkdir()
    reports_folder(day.root).write_text("not a folder")
    assert run_day(day) == 0
    said = capsys.readouterr().err
    assert "warning: no report of date=2026-11-20 iteration=2: " in said
    assert "interest-graph report --date 2026-11-20 --iteration 2 --output" in said
    assert "Traceback" not in said
    assert run_day(day) == 0


def test_whatever_goes_wrong_with_a_page_the_day_is_done(
    tmp_path, small_tables, snapshot_writer, day_of, capsys, monkeypatch
):
    def broken(*_given):
        raise ZeroDivisionError

    monkeypatch.setattr(report_files, "run_report", broken)
    snapshot_writer(tmp_path / "input", small_tables)
    assert run_day(day_of(tmp_path / "input", tmp_path / "output")) == 0
    assert "warning: no report of date=2026-11-20 iteration=2: ZeroDivisionError" in capsys.readouterr().err


def test_the_command_says_in_a_line_what_keeps_it_from_writing(folder, run_here):
    root = folder / "output"
    page_path(root, LAST).unlink()
    page_path(root, LAST).mkdir()
    done = run_here("report", "--output", "output", cwd=folder)
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert "the report can't be written" in done.stderr
    page_path(root, LAST).rmdir()
    done = run_here("report", "--output", "output", "--date", "2026-11-20", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "output/_reports/date=2026-11-20/iteration=2.html\n")
    assert (folder / done.stdout.strip()).is_file()
    done = run_here("report", "--output", "output", "--iteration", "1", "--url", cwd=folder)
    assert done.stdout == f"{page_path(root, Version('2026-11-20', 1)).as_uri()}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--date", "2031-01-01"], "nothing is published of date=2031-01-01"),
        (["--iteration", "9"], "nothing is published of"),
        (["--output", "nowhere"], "there is no such folder"),
    ],
)
def test_a_report_of_what_is_not_there_is_an_error_of_one_line(folder, run_here, words, said):
    done = run_here("report", *(["--output", "output"] if "nowhere" not in words else []), *words, cwd=folder)
    assert done.returncode != 0
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_every_task_tells_luigi_where_its_report_lies(tmp_path, small_tables, snapshot_writer, day_of, monkeypatch):
    told: dict[str, str] = {}
    tell = luigi.worker.TaskStatusReporter.update_tracking_url

    def listen(reporter, url):
        told[f"{reporter._task_id.split('_')[0]} {unquote(url).rpartition('/')[2]}"] = url
        tell(reporter, url)

    monkeypatch.setattr(luigi.worker.TaskStatusReporter, "update_tracking_url", listen)
    snapshot_writer(tmp_path / "input", small_tables)
    day = day_of(tmp_path / "input", tmp_path / "output")
    assert run_day(day) == 0
    assert told["DailyDiscovery iteration=2.html"] == page_path(day.root, LAST).absolute().as_uri()
    assert {"BoardRanks iteration=1.html", "BoardRanks iteration=2.html", "AcceptedInput index.html"} <= told.keys()
    assert all(Path(unquote(url).removeprefix("file://")).is_file() for url in told.values())


def test_a_scheduler_that_is_away_fails_no_task(folder):
    def away(_url):
        raise luigi.rpc.RPCError("no scheduler")

    task = BoardRanks(date="2026-11-20", iteration=1, input_root="i", output_root=str(folder / "output"))
    task.set_tracking_url = away
    assert task.set_tracking_url is away
    task.set_tracking_url = None
    assert BoardRanks.set_tracking_url is None


def test_luigi_links_to_where_reports_are_served(folder, configure):
    configure("monitoring", reports_url="https://reports.example/night/")
    root = folder / "output"
    assert page_url(root, LAST) == "https://reports.example/night/date=2026-11-20/iteration=2.html"
    assert page_url(root, None) == "https://reports.example/night/index.html"


def test_strange_files_among_reports_are_nobodys(folder):
    root = folder / "output"
    (reports_folder(root) / "date=2026-02-30").mkdir()
    (reports_folder(root) / "date=2026-02-30" / "iteration=1.html").touch()
    (reports_folder(root) / "date=2026-11-20" / "iteration=x.html").touch()
    assert list(written_reports(root)) == [Version("2026-11-20", 1), LAST]
    assert write_report(root, LAST).page.is_file()


def test_a_report_that_cannot_be_replaced_leaves_the_one_before(folder, monkeypatch):
    root = folder / "output"
    before = page_path(root, LAST).read_bytes()
    monkeypatch.setattr(report_files, "report_page", lambda *_given: "\udcff")
    with pytest.raises((DiscoveryError, UnicodeEncodeError)):
        write_report(root, LAST)
    assert page_path(root, LAST).read_bytes() == before
    assert not [path for path in page_path(root, LAST).parent.iterdir() if path.name.startswith(".")]


def test_what_a_killed_writer_left_is_removed_when_it_is_old(folder):
    root = folder / "output"
    left = [page_path(root, LAST).parent / ".iteration=2.html.77", reports_folder(root) / ".assets-0.77" / "page.js"]
    left[1].parent.mkdir()
    for path in left:
        path.touch()
    write_report(root, LAST)
    assert all(path.exists() for path in left)
    for path in (left[0], left[1].parent):
        os.utime(path, (0, 0))
    write_report(root, LAST)
    assert not any(path.exists() for path in left)


def test_two_processes_write_the_assets_at_once(tmp_path, monkeypatch):
    rename = Path.rename

    def slower(path, target):
        rename(path, target)  # the other process was first
        path.mkdir()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", slower)
    (tmp_path / write_assets(tmp_path) / "style.css").read_text()
    assert report_places.REPORTS_FOLDER == "_reports"
