"""``interest-graph rollback``: an older version serves in all tiers at once, or nothing is changed."""

import datetime as dt
import io
import shutil

import pytest
from rich.console import Console

from benchmarks.days.cloned_days import NEWEST
from joins import GraphShape, generate_graph
from storage_tiers import TIERS, DatasetError, Version, VersionNotFoundError, open_sql
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.sql_batch import SqlBatchTier
from workflows.commands.days.run import run_day
from workflows.commands.outputs.status import print_status, problems_of, status_of
from workflows.retention.going_back import JOINS, lines_of, planned_switches, switch_all

OLDER = NEWEST - dt.timedelta(days=3)


def go_back(output, date=OLDER, **asked):
    version, switches = planned_switches(output, date, **asked)
    switch_all(switches)
    return lines_of(output, version, switches)


def serving(output):
    return {(tier.name, name): tier(output).current(name).date for tier in TIERS for name in JOINS}


def test_every_tier_serves_the_older_version_and_is_told_how_to_go_forward(output):
    lines = go_back(output)
    assert set(serving(output).values()) == {OLDER}
    with open_sql(output) as sql:
        (created,) = sql.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'pin_joins'").fetchone()
        assert f"date={OLDER}" in created
    assert lines[0] == "date=2026-11-17 iteration=1 serves, where date=2026-11-20 iteration=1 did:"
    assert lines[1] == "  random access  pin_joins, board_joins, user_joins: 2026-11-20 1 -> 2026-11-17 1"
    assert "until something newer is loaded" in lines[-2]
    assert lines[-1].startswith("to go forward: ")
    assert "rollback --date 2026-11-20 --iteration 1 --output" in lines[-1]
    assert go_back(output)[0] == "date=2026-11-17 iteration=1 serves already, nothing was changed"
    forward = go_back(output, NEWEST, iteration=1)
    assert forward[-1].startswith("to go back: ")
    assert "rollback --date 2026-11-17 --iteration 1 --output" in forward[-1]
    assert set(serving(output).values()) == {NEWEST}


def test_status_says_that_a_newer_version_is_there_and_how_to_go_forward(output):
    assert status_of(output).notes == []
    go_back(output)
    found = status_of(output)
    said = (
        "date=2026-11-17 iteration=1 serves, and date=2026-11-20 iteration=1 is newer and loaded, too; to go forward: "
    )
    (note,) = found.notes
    assert note.startswith(said)
    assert note.endswith(f"rollback --date 2026-11-20 --iteration 1 --output {output}")
    assert problems_of(found) == []
    console = Console(file=io.StringIO(), width=120)
    print_status(found, console)
    assert f"\nnote: {note}\n" in console.file.getvalue()
    go_back(output, NEWEST)
    assert status_of(output).notes == []


def test_only_the_tiers_that_are_named_are_switched(output):
    go_back(output, tiers=["sql", "sql_batch"])
    assert {tier for (tier, _), date in serving(output).items() if date == OLDER} == {"sql_batch"}
    with pytest.raises(DatasetError, match="there is no tier 'redshift'; allowed: random_access"):
        go_back(output, tiers=["redshift"])


@pytest.mark.parametrize("iteration", [None, 1])
def test_a_version_that_one_tier_lacks_is_refused_and_those_that_there_are_are_listed(output, iteration):
    tier = RandomAccessTier(output)
    tier.drop("user_joins", Version(OLDER, 1))
    with pytest.raises(
        VersionNotFoundError,
        match=r"in random access under .*load it: .*run --date 2026-11-17.*: 4 \(newest: date=2026-11-20 iteration=1, ",
    ):
        go_back(output, iteration=iteration)
    with pytest.raises(VersionNotFoundError, match=r"date=2020-01-01 is not loaded whole.*random access and SQL batch"):
        go_back(output, dt.date(2020, 1, 1))
    assert set(serving(output).values()) == {NEWEST}


def test_a_version_that_is_damaged_in_one_tier_changes_nothing_in_any(output):
    data = RandomAccessTier(output).version_folder("board_joins", Version(OLDER, 1)) / "data.mdb"
    data.unlink()
    data.write_bytes(b"cut")
    with pytest.raises(DatasetError, match=r"bytes of data.mdb current=3"):
        go_back(output)
    assert set(serving(output).values()) == {NEWEST}


def test_where_one_tier_can_not_switch_the_others_are_switched_back(output, monkeypatch):
    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SqlBatchTier, "_announce", full)
    with pytest.raises(DatasetError, match=r"all tiers serve what they did: no space left on the disk"):
        go_back(output)
    assert set(serving(output).values()) == {NEWEST}


def test_the_next_day_serves_again_when_it_is_loaded(output, day_of, snapshot_writer):
    go_back(output)
    tomorrow = NEWEST + dt.timedelta(days=1)
    graph = generate_graph(GraphShape(n_pins=300), seed=2, as_of=tomorrow)
    snapshot_writer(output.parent / "new", {"pins": graph.pins, "boards": graph.boards, "users": graph.users}, tomorrow)
    assert run_day(day_of(output.parent / "new", output, date=tomorrow, iterations=1)) == 0
    assert set(serving(output).values()) == {tomorrow}


def test_a_pointer_that_names_nothing_is_mended_by_going_back(output):
    (output / "_debugging" / "pin_joins" / "_CURRENT").write_text("what")
    shutil.rmtree(output / "_hive_batch" / "pin_joins")
    go_back(output)
    assert set(serving(output).values()) == {OLDER}


def test_the_command_says_errors_in_a_line(output, run_here, tmp_path):
    done = run_here("rollback", "--date", OLDER, "--output", output, cwd=tmp_path)
    assert (done.returncode, done.stdout.split(",")[0]) == (0, f"date={OLDER} iteration=1 serves")
    failed = run_here("rollback", "--date", "2026-11-01", "--output", output, cwd=tmp_path)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
