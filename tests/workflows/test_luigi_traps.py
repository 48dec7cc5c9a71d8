"""What Luigi does by itself and we don't want: each trap that was met has a test here or in test_runs_and_faults."""

import datetime as dt
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
            ("LoadTier", "--iteration", "2", "--tier", "redis"),
            "error: tier is 'redis'; it must be one of random_access",
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
        "workflows/imports/import_raw.py",
    }
