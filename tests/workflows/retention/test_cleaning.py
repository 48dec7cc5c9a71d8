"""``interest-graph clean``: old dates go whole, and what serves, what is needed and what is newest stays."""

import datetime as dt
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.days.cloned_days import NEWEST
from storage_tiers import TIERS, open_dataset, open_sql
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.random_access import RandomAccess
from storage_tiers.versioned.staging import Provenance, staging_folder
from storage_tiers.versioned.versions import Version
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.luigi_cfg import SettingsError
from workflows.reports.report_files import write_report
from workflows.reports.report_places import written_reports
from workflows.retention import cleaning
from workflows.retention.clean_report import lines_of_clean
from workflows.retention.cleaning import clean
from workflows.retention.going_back import planned_switches, switch_all
from workflows.retention.rules import OldDates
from workflows.tasks.faults import places_of

DAYS = [NEWEST - dt.timedelta(days=number) for number in range(4, -1, -1)]


def dates_of(output):
    return sorted({place.version.date for place in places_of(output)})


def files_of(output):
    return sorted(path for path in output.rglob("*") if path.is_file() and path.name != ".lock")


def test_the_days_to_keep_stay_and_all_others_leave_datasets_and_tiers(output):
    cleaned = clean(output, keep_days=2)
    assert dates_of(output) == DAYS[-2:]
    for tier in TIERS:
        assert [version.date for version in tier(output).versions("pin_joins")] == DAYS[-2:]
    assert next(lines_of_clean(cleaned)) == (
        "removed: 3 dates, 2026-11-16 to 2026-11-18: 66 versions of 19 datasets, 36 in tiers"
    )
    assert verify_output(output).lines == []
    assert problems_of(status_of(output)) == []
    left = [path for path in output.rglob("date=*") if path.name not in {f"date={date}" for date in DAYS[-2:]}]
    assert left == []
    with open_sql(output) as sql:
        assert len(sql.table("pin_joins")) == open_dataset(output, "pin_joins").n_rows
        shown = sql.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert Counter(name[:9] for (name,) in shown)["pin_joins"] == 3


def test_reports_of_versions_that_are_gone_go_with_them(output):
    for date in DAYS[2:]:
        write_report(output, Version(date, 1))
    planned = clean(output, keep_days=2, only_plan=True)
    assert "to be removed: 1 report of versions that are gone, in _reports" in lines_of_clean(planned)
    assert len([*written_reports(output)]) == 3
    done = clean(output, keep_days=2)
    assert "removed: 1 report of versions that are gone, in _reports" in lines_of_clean(done)
    assert [version.date for version in written_reports(output)] == DAYS[-2:]
    folder = output / "_reports"
    assert not (folder / f"date={DAYS[2]}").exists()
    index = (folder / "index.html").read_text()
    assert f"date={DAYS[-1]}" in index
    assert f"date={DAYS[2]}" not in index
    assert not any("report" in line for line in lines_of_clean(clean(output, keep_days=2)))


def test_a_plan_changes_nothing_and_says_what_a_clean_does(output):
    before = files_of(output)
    planned = clean(output, before=DAYS[3], only_plan=True)
    assert files_of(output) == before
    lines = list(lines_of_clean(planned))
    assert lines[-1].endswith("MB would be free; nothing was changed")
    done = clean(output, before=DAYS[3])
    assert (done.plan, done.n_bytes) == (planned.plan, planned.n_bytes)
    assert dates_of(output) == DAYS[3:]
    assert next(lines_of_clean(clean(output, before=DAYS[3]))) == "nothing is older than 2026-11-19 that may go"


@pytest.mark.parametrize("given", [{}, {"keep_days": 3, "before": NEWEST}])
def test_nothing_is_removed_unless_it_is_said_in_one_way_what(output, given):
    with pytest.raises(SettingsError, match=r"--keep-days N .*or --before"):
        clean(output, **given)


def test_what_serves_and_the_newest_complete_date_stay_however_old(output):
    switch_all(planned_switches(output, DAYS[1], tiers=["debug"])[1])
    cleaned = clean(output, before=NEWEST + dt.timedelta(days=100))
    assert dates_of(output) == [DAYS[1], NEWEST]
    assert "kept: 22 versions (board_categories and 18 other datasets); date=2026-11-17: it serves in debugging" in [
        *lines_of_clean(cleaned)
    ]
    assert verify_output(output).lines == []


def test_a_newest_date_that_is_not_complete_does_not_count_as_the_newest(output):
    for place in places_of(output, NEWEST):
        if place.dataset == "user_joins":
            place.manifest.unlink()
            for path in place.folder.iterdir():
                path.unlink()
            place.folder.rmdir()
    assert clean(output, keep_days=1).plan.rule == OldDates(DAYS[3])
    assert DAYS[3] in dates_of(output)


def test_tables_of_pictures_with_rows_and_what_no_run_makes_stay(output, publish):
    rows = pa.table({"board_id": [1, 2]})
    members = publish(output, rows, "picture_members", date=DAYS[0], iteration=3)
    own = publish(output, rows, "own_table", date=DAYS[0], provenance=Provenance(inputs=[members.manifest.as_input()]))
    needed = publish(output, rows, "facts", date=DAYS[0], iteration=4)
    later = publish(output, rows, "other_table", date=DAYS[4], provenance=Provenance([needed.manifest.as_input()]))
    lines = [*lines_of_clean(clean(output, keep_days=1))]
    for dataset in (members, own, needed, later):
        assert open_dataset(output, dataset.name, date=dataset.version.date, iteration=dataset.version.iteration)
    assert "kept: 1 version (picture_members); the groups of later pictures go on from it" in lines
    assert "kept: 1 version (own_table); no run makes it, so that none could make it again" in lines
    assert f"kept: 1 version (facts); other_table {later.version} was made from it" in lines


def test_damaged_and_lost_old_versions_go_as_well(output):
    places = {place.dataset: place for place in places_of(output, DAYS[0])}
    places["facts"].manifest.write_text("{")
    places["boards"].manifest.unlink()
    for path in places["users"].folder.iterdir():
        path.unlink()
    places["users"].folder.rmdir()
    (output / "_random_access/pin_joins" / f"date={DAYS[1]}" / "iteration=1" / "_tier.json").write_text("{")
    clean(output, keep_days=2)
    assert dates_of(output) == DAYS[-2:]
    assert verify_output(output).lines == []


def test_what_died_runs_left_is_removed_and_what_lives_stays(output):
    staging = output / "_staging"
    with staging_folder(output, "alive") as alive:
        for name in ("facts-full-dead", "facts-full-without-lock"):
            (staging / name).mkdir()
            (staging / name / "part").write_bytes(b"x" * 1000)
        (staging / "facts-full-dead.lock").touch()
        planned = clean(output, keep_days=9, only_plan=True)
        assert clean(output, keep_days=9).n_abandoned == 2
        assert alive.is_dir()
    assert (planned.n_abandoned, planned.abandoned_bytes) == (2, 2000)
    assert [path.name for path in staging.iterdir()] == [".lock"]


def test_a_reader_of_a_removed_version_reads_to_the_end(output):
    with RandomAccess(output, "pin_joins", date=DAYS[0]) as reader:
        key = open_dataset(output, "pin_joins").to_table(["image_signature"])["image_signature"][0].as_py()
        clean(output, keep_days=1)
        assert reader.get(key)


class Killed(BaseException):
    """Ends a clean as a kill does: nothing of ours catches it."""


@pytest.mark.parametrize("call", [1, 2, 7, 13, 14, 15, 40, 79])
def test_a_clean_that_is_cut_off_leaves_every_version_whole_or_gone_and_is_gone_on_with(output, monkeypatch, call):
    calls = iter(range(1, 999))

    def rename(path, target, rename=Path.rename):
        if next(calls) == call:
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with suppress(Killed):
        clean(output, keep_days=2)
    monkeypatch.undo()
    assert [line for line in problems_of(status_of(output)) if "left out" in line] == []
    with open_sql(output) as sql:
        assert len(sql.table("pin_joins"))
    clean(output, keep_days=2)
    assert dates_of(output) == DAYS[-2:]
    assert verify_output(output).lines == []
    assert [path.name for path in (output / "_staging").iterdir()] == [".lock"]


def test_a_clean_that_dies_before_it_tells_other_programs_leaves_that_to_the_next(output, monkeypatch):
    def die(_output):
        raise Killed

    def partitions():
        return (output / "_hive_batch" / "board_ranks.sql").read_text().count("ADD IF NOT EXISTS PARTITION (`date`")

    monkeypatch.setattr(cleaning, "announce_anew", die)
    before = partitions()
    with suppress(Killed):
        clean(output, keep_days=2)
    monkeypatch.undo()
    assert (partitions(), dates_of(output)) == (before, DAYS[-2:])
    assert next(lines_of_clean(clean(output, keep_days=2))).startswith("nothing is older")
    assert partitions() == before * 2 // len(DAYS)


def test_a_clean_that_dies_at_a_tier_leaves_no_receipt_of_what_the_next_drops(output, monkeypatch):
    def die(_tier, _chosen):
        raise Killed

    monkeypatch.setattr(EmbeddedTier, "drop_all", die)
    with suppress(Killed):
        clean(output, keep_days=2)
    monkeypatch.undo()
    clean(output, keep_days=2)
    receipts = sorted(output.glob("_*/receipts/*/date=*"))
    assert {path.name for path in receipts} == {f"date={date}" for date in DAYS[-2:]}


def test_the_command_needs_an_option_and_has_exit_codes(output, run_here, tmp_path):
    def run(*options):
        return run_here("clean", "--output", output, *options, cwd=tmp_path)

    assert run().returncode == 2
    assert run("--keep-days", "0").returncode == 2
    planned = run("--keep-days", "2", "--plan")
    assert (planned.returncode, planned.stdout.splitlines()[0].partition(":")[0]) == (0, "to be removed")


@pytest.mark.parametrize("days", [800_000, 10**6, 10**11])
def test_more_days_than_the_calendar_has_keep_everything(output, days):
    planned = clean(output, keep_days=days, only_plan=True)
    assert (planned.plan.rule, planned.plan.removed) == (OldDates(dt.date.min), {})


def test_days_to_keep_have_a_maximum_that_is_said(output, run_here):
    ran = run_here("clean", "--keep-days", 10**11, "--plan", "--output", output, cwd=output)
    assert (ran.returncode, ran.stderr) == (
        2,
        "error: keep_days is '100000000000'; it must be a whole number from 1 to 36500\n",
    )
