"""``interest-graph status`` tells what is published, what is loaded where, and what is wrong."""

import datetime as dt
import io
import json
import shutil

import luigi
import pytest
from rich.console import Console

from storage_tiers import TIERS, open_dataset, open_tier
from storage_tiers.versioned.versions import dataset_names
from workflows.catalog import JOIN_DATASETS
from workflows.commands.outputs.status import _numbers, print_status, status_of
from workflows.settings import LOADED
from workflows.tasks.tiers import LOADS, LoadTier, datasets_of

JOINS = {spec.name for spec in JOIN_DATASETS}


@pytest.fixture
def output(built_day, tmp_path):
    """A copy of what the day built, to be damaged."""
    return shutil.copytree(built_day.output_root, tmp_path / "output")


def told(output):
    console = Console(file=io.StringIO(), width=120)
    print_status(status_of(output), console)
    return console.file.getvalue()


def test_every_join_is_current_in_every_tier_and_nothing_is_wrong(built_day):
    status = status_of(built_day.output_root)
    assert {(one.tier, one.dataset) for one in status.tiers} == {(tier.name, name) for tier in TIERS for name in JOINS}
    for one in status.tiers:
        full = open_dataset(built_day.output_root, one.dataset)
        assert (one.n_versions, one.current, one.problem) == (1, full.version, "")
        assert (one.loaded.n_rows, one.loaded.is_current) == (full.n_rows, True)
    assert {made.dataset for made in status.published} == set(dataset_names(built_day.output_root))
    assert "problem" not in told(built_day.output_root)


def test_the_command_prints_tables_and_json(built_day, run_here, tmp_path):
    asked = ("status", "--output", built_day.output_root)
    people = run_here(*asked, cwd=tmp_path).stdout.splitlines()
    assert people[1].split() == ["tier", "dataset", "current", "versions", "rows", "MB", "age"]
    assert people[2].split()[:5] == ["random_access", "board_joins", "2026-11-20", "2", "1"]
    found = json.loads(run_here(*asked, "--json", cwd=tmp_path).stdout)
    assert found["tiers"][0]["current"] == {"date": "2026-11-20", "iteration": 2}
    (facts,) = [made for made in found["published"] if made["dataset"] == "facts"]
    assert (facts["variant"], facts["newest"]["iteration"], facts["problem"]) == ("full", 0, "")


def test_an_empty_output_is_told_with_what_to_do(tmp_path):
    nothing = f"nothing is published under {tmp_path}, and nothing loaded; begin with interest-graph run\n"
    assert told(tmp_path) == nothing


def test_a_pointer_to_a_version_that_is_gone_is_named(output):
    shutil.rmtree(output / "pin_joins")
    shutil.rmtree(output / "_random_access" / "pin_joins" / "date=2026-11-20")
    problems = [line for line in told(output).splitlines() if line.startswith("problem: ")]
    assert len(problems) == len(TIERS)
    for tier, problem in zip(TIERS, problems, strict=True):
        assert problem.startswith(
            f"problem: {tier.name}: the pointer names a version that isn't there: pin_joins date=2026-11-20 iteration=2"
        )


def test_a_damaged_version_is_named_by_who_serves_it(output):
    path = open_dataset(output, "user_joins").part_paths[0]
    path.write_bytes(b"PAR1")
    problems = [line for line in told(output).splitlines() if line.startswith("problem: ")]
    assert len(problems) == 3  # published, and by the two tiers that read the full files
    named = "user_joins/full date=2026-11-20 iteration=2: part-00000.parquet: bytes current=4"
    assert all(named in problem for problem in problems)


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_load_is_done_again_only_where_the_tier_lost_the_version(built_day, output, day_of, tier):
    load = day_of(built_day.input_root, output).sibling(LOADS[tier.name], iteration=2)
    assert load.complete()
    shutil.rmtree(output / f"_{tier.name}" / "pin_joins")
    receipt = next(target for target in load.output() if "pin_joins" in target.path)
    receipt.remove()
    assert not load.complete()
    load.run()
    assert load.complete()
    assert open_tier(tier.name, output).current("pin_joins") == load.version


def test_luigi_knows_each_tier_by_the_name_it_had(built_day, day_of):
    assert [LOADS[tier.name].task_family for tier in TIERS] == [
        "LoadRandomAccess", "LoadSqlBatch", "LoadHiveBatch", "LoadDebugging",
    ]  # fmt: skip
    assert all(luigi.task_register.Register.get_task_cls(task.task_family) is task for task in LOADS.values())
    day = day_of(built_day.input_root, built_day.output_root)
    generic = day.sibling(LoadTier, iteration=2, tier="sql_batch", dataset="pin_joins")
    assert generic.complete()
    assert set(datasets_of("sql_batch")) == JOINS == {placed.dataset for placed in LOADED["sql_batch"].default}


def test_what_a_wrong_clock_dated_into_the_future_has_no_negative_age():
    now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    ages = {hours: _numbers(1, 1, now + dt.timedelta(hours=hours), now)[2] for hours in (-72, -2, 0, 5)}
    assert ages == {-72: "3 d", -2: "2.0 h", 0: "0.0 h", 5: "future"}
