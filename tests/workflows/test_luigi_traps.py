"""What Luigi does by itself and we don't want: each trap that was met has a test here or in test_runs_and_faults."""

import ast
import datetime as dt
import inspect
import re
import time
from pathlib import Path

import luigi
import pytest
from luigi.configuration import get_config

from workflows.luigi_cfg import FAILED, USAGE, SettingsError, ship_luigi_settings
from workflows.settings import check_settings
from workflows.tasks.base import DiscoveryTask, TaskTimeoutError
from workflows.tasks.tiers import LoadTier

ROOT = Path(__file__).parents[2]
FLAKY = """
import luigi
from pathlib import Path
from workflows.tasks.base import DiscoveryTask

class Flaky(DiscoveryTask):
    def output(self):
        return luigi.LocalTarget("done")

    def run(self):
        tried = Path("tried")
        if not tried.exists():
            tried.touch()
            raise RuntimeError("the first try fails")
        Path("done").touch()

class HalfDone(DiscoveryTask):
    def output(self):
        return [luigi.LocalTarget("half"), luigi.LocalTarget("other half")]

    def run(self):
        Path("half").touch()
"""


def test_a_failed_task_is_tried_again_where_the_settings_say_so(tmp_path, run_command):
    (tmp_path / "flaky.py").write_text(FLAKY)
    (tmp_path / "luigi.cfg").write_text("[worker]\nkeep_alive = true\n[scheduler]\nretry_count = 3\nretry_delay = 1\n")
    done = run_command("luigi", "--module", "flaky", "Flaky", "--date", "2026-11-20", "--local-scheduler", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "done").exists()


def test_a_failed_task_ends_the_run_at_once_by_default(tmp_path, run_command):
    (tmp_path / "flaky.py").write_text(FLAKY)
    done = run_command("luigi", "--module", "flaky", "Flaky", "--date", "2026-11-20", "--local-scheduler", cwd=tmp_path)
    assert done.returncode == FAILED
    assert not (tmp_path / "done").exists()


def test_a_task_that_makes_half_of_its_output_has_failed(tmp_path, run_command):
    (tmp_path / "flaky.py").write_text(FLAKY)
    asked = ("--module", "flaky", "HalfDone", "--date", "2026-11-20", "--local-scheduler")
    assert run_command("luigi", *asked, cwd=tmp_path).returncode == FAILED


def test_a_task_that_never_succeeds_is_given_up(tmp_path, run_command):
    """Luigi by itself tries 999,999,999 times."""
    (tmp_path / "flaky.py").write_text(FLAKY.replace('Path("half").touch()', 'open("half", "a").write("tried\\n")'))
    (tmp_path / "luigi.cfg").write_text("[worker]\nkeep_alive = true\n[scheduler]\nretry_delay = 0\n")
    asked = ("--module", "flaky", "HalfDone", "--date", "2026-11-20", "--local-scheduler")
    assert run_command("luigi", *asked, cwd=tmp_path).returncode == FAILED
    assert (tmp_path / "half").read_text().count("tried") == 3


def test_a_task_that_hangs_ends_with_an_error(tmp_path):
    class Hanging(DiscoveryTask):
        def output(self):
            return luigi.LocalTarget(str(tmp_path / "never"))

        def run(self):
            time.sleep(60)

    task = Hanging(date=dt.date(2026, 11, 20), task_timeout_s=1)
    heard = []
    Hanging.event_handler(luigi.Event.FAILURE)(lambda _, error: heard.append(error))
    assert not luigi.build([task], local_scheduler=True, log_level="CRITICAL")
    assert [type(error) for error in heard] == [TaskTimeoutError]


def test_a_configuration_file_goes_before_the_shipped_settings():
    config = get_config()
    before = config.get("retcode", "task_failed")
    try:
        config.set("retcode", "task_failed", "77")
        ship_luigi_settings()
        assert config.get("retcode", "task_failed") == "77"
    finally:
        config.set("retcode", "task_failed", before)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (
            ("LoadRandomAccess", "--iteration", "2", "--dataset", "nonsense"),
            "error: dataset is 'nonsense'; it must be one",
        ),
        (
            ("LoadTier", "--iteration", "2", "--tier", "memcached"),
            "error: tier is 'memcached'; it must be one of random_access",
        ),
        (("RawSnapshot", "--table", "likes"), "error: table is 'likes'; it must be one of pins, boards, users"),
    ],
)
def test_a_wrong_choice_is_one_line_and_no_trace(tmp_path, run_command, asked, line):
    day = ("--date", "2026-11-20", "--local-scheduler")
    done = run_command("luigi", "--module", "workflows", *asked, *day, cwd=tmp_path)
    assert done.returncode == USAGE
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


def test_aliases_are_not_made_by_loading_them(built_day, day_of):
    day = day_of(built_day.input_root, built_day.output_root)
    (aliases,) = day.sibling(LoadTier, iteration=2, tier="debugging", dataset="group_aliases").requires()
    assert not aliases.complete()
    with pytest.raises(SettingsError, match="on request alone; run 'interest-graph merge-groups'"):
        aliases.run()


def test_unknown_settings_are_refused():
    config = get_config()
    config.set("discovery", "dampning", "0.9")
    try:
        with pytest.raises(SettingsError, match=r"no setting dampning; allowed: input, output"):
            check_settings()
    finally:
        config.remove_option("discovery", "dampning")


def test_range_tools_see_which_dates_are_there(built_day, day_of):
    join = next(iter(day_of(built_day.input_root, built_day.output_root).requires()))
    assert all(target.exists() for target in join.output())
    assert all(Path(target.path).match("_manifests/*/date=*/iteration=*.json") for target in join.output())


def _all_tasks(task=DiscoveryTask):
    for each in task.__subclasses__():
        if each.__module__.startswith("workflows."):
            yield each
        yield from _all_tasks(each)


def test_no_task_asks_for_a_resource_that_a_scheduler_could_lack():
    assert len({*_all_tasks()}) > 20
    assert [task for task in _all_tasks() if task.resources] == []


def test_no_task_finds_out_what_it_needs_while_it_runs():
    assert [task for task in _all_tasks() if inspect.isgeneratorfunction(task.run)] == []


def test_no_task_keeps_in_memory_what_others_are_to_know():
    """With two workers a task runs in a process of its own: what it hands on is its output, published."""
    own = {name for task in _all_tasks() for name in vars(task) if isinstance(vars(task)[name], list | dict | set)}
    assert own - {"__annotations__", "_unconsumed_params"} == set()  # Python's and Luigi's own


def test_status_messages_hold_no_data():
    """Luigi's visualiser puts them into its page unescaped: what they say is declared, or counted."""
    callers = {"progress_of": set(), "elapsed": set()}
    for path in (ROOT / "workflows").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in callers:
                what = call.args[1] if call.func.id == "progress_of" else call.args[0]
                callers[call.func.id].add(ast.unparse(what))
    assert callers["progress_of"] == {
        "what",  # of run_step, below
        "'looking at every byte'",
        "'digesting raw input'",
        "f'fetching raw {table}'",
        "'removing'",
        "'planning'",
        "f'comparing {after.name}'",
        "f'{tier.title} {dataset.name}'",
    }
    senders = [path.name for path in (ROOT / "workflows").rglob("*.py") if "set_status_message(" in path.read_text()]
    assert senders == ["progress.py"]


def test_nothing_of_luigis_contrib_is_imported():
    packages = ("joins", "features", "pagerank", "storage_tiers", "workflows")
    sources = [path.read_text() for package in packages for path in (ROOT / package).rglob("*.py")]
    assert not [source for source in sources if "luigi.contrib" in source]


def test_each_trap_of_the_table_has_a_test_that_is_there():
    rows = [line for line in (ROOT / "docs/operations/luigi.md").read_text().splitlines() if line.startswith("|")][2:]
    named = [re.findall(r"`(test_\w+|make [\w-]+)`", row) for row in rows]
    sources = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    assert len(rows) >= 19  # those of the research, and what was met since
    assert all(named)
    assert {name for names in named for name in names if not name.startswith("make ")} - there == set()


def test_nothing_but_the_publishers_writes_parquet():
    writers = re.compile(r"ParquetWriter\(|write_table\(|write_to_dataset\(")
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("joins", "features", "pagerank", "storage_tiers", "workflows")
        for path in (ROOT / package).rglob("*.py")
        if "pq." in path.read_text() and writers.search(path.read_text())
    }
    assert found == {
        "storage_tiers/versioned/parts.py",
        "workflows/commands/inputs/generate.py",
        "storage_tiers/reading/answer_formats.py",
        "workflows/imports/import_raw.py",
        "workflows/shared_sql/saved/last_results.py",
    }
