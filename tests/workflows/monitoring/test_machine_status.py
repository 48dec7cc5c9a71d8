"""``status --json`` has a version, and all that a machine needs to know: ages, gaps, warnings, the last run."""

import datetime as dt
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from storage_tiers import open_dataset
from storage_tiers.versioned.manifest import Check
from storage_tiers.versioned.staging import Provenance
from workflows.catalog import FACTS
from workflows.monitoring.machine_status import MOST_DATES_NAMED, SCHEMA_VERSION, machine_status, run_status
from workflows.records.record_files import last_run, write_record

DAY = dt.date(2026, 11, 20)
PAGE = Path(__file__).parents[3] / "docs" / "operations" / "monitoring.md"


@pytest.fixture
def output(built_day, tmp_path):
    """A copy of what the day built."""
    return shutil.copytree(built_day.output_root, tmp_path / "output")


def of(status, dataset, variant="full"):
    (made,) = [one for one in status.published if (one.dataset, one.variant) == (dataset, variant)]
    return made


def test_all_that_is_told_has_the_version_that_the_page_describes(built_day):
    told = json.loads(machine_status(built_day.output_root).as_json())
    assert told["schema_version"] == SCHEMA_VERSION
    page = PAGE.read_text()
    assert f"`schema_version` is {SCHEMA_VERSION}" in page
    names = [*told, *told["published"][0], *told["tiers"][0], *told["last_run"]]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_a_day_just_built_is_sound_and_fresh(built_day):
    status = machine_status(built_day.output_root)
    assert (status.is_sound, status.problems) == (True, [])
    joins, manifest = of(status, "pin_joins"), open_dataset(built_day.output_root, "pin_joins").manifest
    assert (joins.newest, joins.seen.n_rows, joins.seen.n_bytes) == (
        manifest.version,
        manifest.n_rows,
        manifest.n_bytes,
    )
    assert 0 <= joins.age_s < 86_400
    assert (joins.is_stale, joins.n_missing_dates, joins.check_warnings) == (False, 0, [])
    assert (status.last_run.outcome, status.last_run.date) == ("done", DAY)
    assert status.last_run.n_tasks > 20
    assert status.last_success_at == status.last_run.ended_at
    assert all(one.age_s >= 0 for one in status.tiers)


def test_what_no_day_renewed_is_stale_and_what_is_made_on_request_never(output, publish):
    facts = open_dataset(output, "facts")
    publish(output, facts.to_table().slice(0, 1).replace_schema_metadata(), "group_aliases", key="pin_id", n_parts=1)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=31)
    status = machine_status(output, later)
    assert of(status, "pin_joins").is_stale
    assert of(status, "pin_joins").days_behind == (later.date() - DAY).days
    assert not of(status, "group_aliases").is_stale
    assert not of(status, "group_aliases").is_made_daily
    assert not of(machine_status(output, later - dt.timedelta(hours=2)), "pin_joins").is_stale


def test_how_old_is_stale_is_a_setting(output, monitoring):
    monitoring(fresh_within_h=0)
    assert of(machine_status(output), "pin_joins").is_stale


def test_days_without_a_version_are_counted_and_the_newest_named(tmp_path, publish, facts_of):
    facts = facts_of({"pin_id": 1}).replace_schema_metadata()
    for date in (DAY, DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=30)):
        for iteration in (0, 3):
            publish(tmp_path, facts, FACTS.name, key="pin_id", n_parts=1, date=date, iteration=iteration)
    made = of(machine_status(tmp_path), "facts")
    assert (made.n_versions, made.n_missing_dates) == (6, 28)
    assert made.missing_dates == [DAY + dt.timedelta(days=day) for day in range(30 - MOST_DATES_NAMED, 30)]


def test_checks_that_warned_are_told(tmp_path, publish, facts_of):
    checks = (
        Check("few nulls", passed=False, detail="9 % are", level="warn"),
        Check("rows", passed=True, detail="1 of 1", level="warn"),
    )
    facts = facts_of({"pin_id": 1}).replace_schema_metadata()
    publish(tmp_path, facts, FACTS.name, key="pin_id", n_parts=1, provenance=Provenance(checks=checks))
    assert of(machine_status(tmp_path), "facts").check_warnings == [checks[0]]


def test_a_damaged_version_is_a_problem_and_hides_nothing(output):
    open_dataset(output, "user_joins").part_paths[0].write_bytes(b"PAR1")
    status = machine_status(output)
    assert not status.is_sound
    damaged = of(status, "user_joins")
    assert (damaged.seen, damaged.age_s, damaged.is_stale) == (None, None, True)
    assert "part-00000.parquet" in damaged.problem
    assert of(status, "pin_joins").problem == ""


def test_how_a_run_went_follows_from_the_records_of_its_tasks(built_day):
    records = last_run(built_day.output_root)
    done = run_status(records)
    assert (done.outcome, done.failed) == ("done", [])
    for outcome in ("failed", "interrupted", "killed"):
        others = [*records[:-1], replace(records[-1], outcome=outcome, error="out of luck")]
        found = run_status(others)
        assert (found.outcome, [one.error for one in found.failed]) == (outcome, ["out of luck"])
    assert run_status([replace(records[0], outcome="running", ended_at=None)]).wall_s is None


def test_an_empty_output_has_no_run_and_serves_nothing(tmp_path):
    status = machine_status(tmp_path)
    assert (status.last_run, status.last_success_at, status.published) == (None, None, [])
    assert not status.is_sound  # as the exit code of status says: no tier has what the settings load into it


def test_the_command_exits_by_what_is_wrong_in_either_form(output, run_here, tmp_path):
    failed = replace(last_run(output)[0], outcome="failed", error="out of luck", run_id="other", parent_run_id="other")
    write_record(output, replace(failed, started_at=dt.datetime.now(dt.UTC)))
    metrics = tmp_path / "metrics.prom"
    asked = ("status", "--json", "--prometheus", metrics, "--output", output)
    ran = run_here(*asked, cwd=tmp_path)
    assert ran.returncode == 0  # nothing is lost: the run before made what serves
    assert json.loads(ran.stdout)["last_run"]["outcome"] == "failed"
    assert re.search(r"^interest_graph_last_run_succeeded 0.0$", metrics.read_text(), re.MULTILINE)
    open_dataset(output, "user_joins").part_paths[0].write_bytes(b"PAR1")
    assert run_here(*asked, cwd=tmp_path).returncode == 1
    refused = run_here("status", "--prometheus", "metrics.txt", "--output", output, cwd=tmp_path)
    assert refused.returncode == 2
    assert "--prometheus is 'metrics.txt'; it must be a path that ends in .prom" in refused.stderr
