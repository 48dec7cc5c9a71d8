"""The file of metrics is what Prometheus reads, by its own parser and conventions, after every run."""

import datetime as dt
import re
import shutil

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from storage_tiers import open_dataset
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED, MISSING_INPUT, SettingsError
from workflows.monitoring.prometheus_file import Metrics, write_metrics
from workflows.settings import PROMETHEUS_FILE

DAY = dt.date(2026, 11, 20)
MIDNIGHT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC).timestamp()
WHOLE_NUMBERS = {"rows", "versions", "dates", "warnings", "problems", "tasks"}
BASE_UNITS = {"seconds", "bytes"}
YES_OR_NO = {"readable", "serving", "succeeded", "info"}


@pytest.fixture
def output(built_day, tmp_path):
    """A copy of what the day built."""
    return shutil.copytree(built_day.output_root, tmp_path / "output")


def read(path):
    """Return the values of a file by metric and labels, and the metrics."""
    families = list(text_string_to_metric_families(path.read_text()))
    values = {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}
    return values, families


def test_what_is_told_is_what_is_there(output, tmp_path):
    write_metrics(output, tmp_path / "m.prom")
    values, _ = read(tmp_path / "m.prom")
    manifest = open_dataset(output, "pin_joins").manifest
    labels = (("dataset", "pin_joins"), ("variant", "full"))
    expected = {
        "newest_version_timestamp_seconds": manifest.created_at.timestamp(),
        "newest_version_date_timestamp_seconds": MIDNIGHT,
        "newest_version_rows": manifest.n_rows,
        "newest_version_size_bytes": manifest.n_bytes,
        "versions": 1,
        "missing_dates": 0,
        "check_warnings": 0,
    }
    assert {name: values["interest_graph_" + name, *labels] for name in expected} == pytest.approx(expected)
    tier = (("dataset", "pin_joins"), ("tier", "random_access"))
    assert values["interest_graph_tier_serving", *tier] == 1
    assert values["interest_graph_tier_current_date_timestamp_seconds", *tier] == MIDNIGHT
    assert values[("interest_graph_problems",)] == 0
    assert values[("interest_graph_last_run_succeeded",)] == 1
    assert values["interest_graph_task_peak_memory_bytes", ("iteration", "2"), ("task", "PinJoins")] > 10_000_000


def test_every_metric_is_named_and_described_by_the_conventions(output, tmp_path):
    write_metrics(output, tmp_path / "m.prom")
    _, families = read(tmp_path / "m.prom")
    assert len(families) > 25
    for family in families:
        assert re.fullmatch(r"interest_graph_[a-z]+(_[a-z]+)*", family.name)
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        ending = family.name.rsplit("_", 1)[1]
        assert ending in BASE_UNITS | WHOLE_NUMBERS | YES_OR_NO, family.name
        assert family.name.endswith("_timestamp_seconds") == any(one.value > 1e9 for one in family.samples) or (
            ending == "bytes"
        )
        assert len({tuple(sorted(one.labels)) for one in family.samples}) == 1
        for one in family.samples:
            assert all(re.fullmatch("[a-z]+", label) for label in one.labels)


@pytest.mark.parametrize("text", ['a "quoted" one', "back\\slash", "✿", "{}=,"])
def test_any_text_of_a_label_comes_back(text):
    metrics = Metrics()
    metrics.tell("problems", "What is wrong.", 1, dataset=text)
    (family,) = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    assert family.samples[0].labels == {"dataset": text}


def test_what_is_not_known_is_left_out(tmp_path):
    (tmp_path / "output").mkdir()
    write_metrics(tmp_path / "output", tmp_path / "m.prom")
    values, _ = read(tmp_path / "m.prom")
    assert values[("interest_graph_output_readable",)] == 1
    assert not [name for name, *_ in values if name.startswith(("interest_graph_last_run", "interest_graph_newest"))]


def test_an_output_that_cannot_be_looked_at_is_told(tmp_path, capsys):
    (tmp_path / "output").touch()
    write_metrics(tmp_path / "output", tmp_path / "m.prom")
    values, _ = read(tmp_path / "m.prom")
    assert values[("interest_graph_output_readable",)] == 0
    assert "error: " in capsys.readouterr().err


def test_each_run_writes_the_file_whether_it_succeeds_fails_or_has_nothing_to_read(
    built_day, output, tmp_path, day_of, monitoring
):
    path = tmp_path / "m.prom"
    monitoring(prometheus_file=path)
    assert run_day(day_of(built_day.input_root, output)) == 0  # nothing to do
    done, _ = read(path)
    assert done[("interest_graph_last_run_succeeded",)] == 1
    path.unlink()
    assert run_day(day_of(built_day.input_root, output, date=DAY + dt.timedelta(days=1))) == MISSING_INPUT
    assert path.exists()
    shutil.copytree(built_day.input_root, tmp_path / "input")
    (tmp_path / "input" / "boards" / f"date={DAY}" / "part-00000.parquet").write_bytes(b"no Parquet")
    for table in ("pins", "boards", "users"):
        folder = tmp_path / "input" / table
        (folder / f"date={DAY}").rename(folder / "date=2026-11-21")
    assert run_day(day_of(tmp_path / "input", output, date=DAY + dt.timedelta(days=1))) == FAILED
    failed, _ = read(path)
    assert failed[("interest_graph_last_run_succeeded",)] == 0
    assert failed[("interest_graph_last_run_failed_tasks",)] == 2
    name = "interest_graph_last_run_success_timestamp_seconds"
    assert failed[name,] == done[name,]
    assert [one.name for one in tmp_path.glob("m.prom*")] == ["m.prom"]


def test_the_command_luigi_writes_the_file_when_a_task_fails(built_day, tmp_path, run_command):
    (tmp_path / "luigi.cfg").write_text("[monitoring]\nprometheus_file = m.prom\n")
    folder = shutil.copytree(built_day.input_root, tmp_path / "input")
    (folder / "boards" / f"date={DAY}" / "part-00000.parquet").write_bytes(b"no Parquet")
    asked = ("--module", "workflows", "AcceptedInput", "--date", DAY, "--local-scheduler", "--workers", "2")
    assert run_command("luigi", *asked, cwd=tmp_path).returncode == FAILED
    values, _ = read(tmp_path / "m.prom")
    assert values[("interest_graph_last_run_succeeded",)] == 0
    assert values["interest_graph_task_succeeded", ("iteration", "0"), ("task", "AcceptedInput")] == 0


@pytest.mark.parametrize("path", ["nowhere/m.prom", "a folder.prom"])
def test_a_file_that_cannot_be_written_is_a_warning(built_day, output, tmp_path, day_of, monitoring, capsys, path):
    (tmp_path / "a folder.prom").mkdir()
    monitoring(prometheus_file=tmp_path / path)
    assert run_day(day_of(built_day.input_root, output)) == 0
    assert f"warning: prometheus_file {tmp_path / path} can't be written" in capsys.readouterr().err
    assert [one.name for one in tmp_path.glob("*.prom*")] == ["a folder.prom"]


def test_a_file_that_nobody_would_read_is_refused(monitoring):
    monitoring(prometheus_file="metrics.txt")
    with pytest.raises(SettingsError, match=r"prometheus_file is 'metrics.txt'; it must be a path that ends in \.prom"):
        PROMETHEUS_FILE.value()
