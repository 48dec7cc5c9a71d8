"""What settings say of checks: which warn for now, which numbers are allowed; and that every engine looks alike."""

import re
from dataclasses import replace

import pytest

from storage_tiers import open_dataset
from storage_tiers.versioned.versions import dataset_names
from workflows.catalog import BOARD_FEATURES, PIN_JOINS, REPIN_EDGES
from workflows.checks.declared import CHECK_NAMES
from workflows.checks.inspection import CheckFailedError
from workflows.luigi_cfg import SettingsError
from workflows.settings import ROW_COUNT_ERROR_FACTOR, WARN_ONLY, check_settings

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")


def twice_the_repins(table):
    place = table.schema.get_field_index("n_repins")
    doubled = [2 * n for n in table["n_repins"].to_pylist()]
    return table.set_column(place, table.schema.field(place), [doubled])


def test_a_check_can_warn_for_a_night(task_at_fault, folder, configure, capsys):
    with pytest.raises(CheckFailedError) as caught:
        task_at_fault(REPIN_EDGES, twice_the_repins).run()
    lines = re.search(r"write (\w+) = (\S+) in \[(\w+)\] of luigi.cfg", caught.value.remedy)
    configure(lines[3], **{lines[1]: lines[2]})  # as the error says
    for path in (folder / "output" / "repin_edges").rglob("*.json"):
        path.unlink()
    task_at_fault(REPIN_EDGES, twice_the_repins).run()
    (found,) = (each for each in open_dataset(folder / "output", "repin_edges").manifest.checks if not each.passed)
    assert (found.name, found.level) == ("repins_conserved", "warn")
    assert found.detail.endswith("(an error, if warn_only didn't name it)")
    assert "  warning: repin_edges date=2026-11-20 iteration=0: repins_conserved: repins is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("warn_only", "keys", "warn_only is 'keys'; it must be checks as NAME:DATASET"),
        ("warn_only", "keys:pin_join", "warn_only is 'keys:pin_join'; it must be checks as NAME:DATASET"),
        ("row_count_factor", "0.5", "row_count_factor is '0.5'; it must be a number from 1"),
        ("row_count_error_factor", "0.5", "row_count_error_factor is '0.5'; it must be 0 or a number from 1"),
        ("row_count_error_factor", "nan", "row_count_error_factor is 'nan'; it must be 0 or a number from 1"),
        ("null_share_change", "2", "null_share_change is '2'; it must be a number from 0 to 1"),
        ("days_before", "0", "days_before is '0'; it must be a whole number from 1 to 1000"),
        ("day_before", "1", r"\[checks\] has no setting day_before; allowed: row_count_factor"),
    ],
)
def test_what_settings_may_not_be_is_said(configure, name, value, said):
    configure("checks", **{name: value})
    with pytest.raises(SettingsError, match=said):
        check_settings()


def test_what_settings_may_be(configure):
    configure("checks", warn_only="keys:facts  light:pin_joins\n keys:facts", row_count_error_factor="10")
    check_settings()
    assert WARN_ONLY.value() == ("keys:facts", "light:pin_joins")
    assert ROW_COUNT_ERROR_FACTOR.value() == 10


def test_every_check_of_a_day_is_in_the_table(finished):
    made = [open_dataset(finished / "output", name).manifest for name in dataset_names(finished / "output")]
    found = {f"{check.name}:{manifest.dataset}" for manifest in made for check in manifest.checks}
    assert found >= {"rows_complete:facts", "keys:users", "accepted_and_rejected:rejected_rows"}
    assert found <= CHECK_NAMES


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["in_process", "inline", "local"])
def test_every_engine_looks_alike(task_at_fault, folder, runner):
    before = {spec.name: open_dataset(folder / "output", spec.name).manifest for spec in (BOARD_FEATURES, PIN_JOINS)}
    for spec in (BOARD_FEATURES, PIN_JOINS):
        task = task_at_fault(spec).clone(runner=runner)
        for path in (folder / "output" / spec.name).rglob(f"iteration={task.version.iteration}.json"):
            path.unlink()
        task.run()
        manifest = open_dataset(folder / "output", spec.name).manifest
        assert replace(manifest, created_at=before[spec.name].created_at) == before[spec.name]
        assert manifest.totals
