"""The documentation knows every command, setting, dataset, field and exit code, and its paths exist."""

import re
from pathlib import Path

import pytest
import typer.main

from workflows import luigi_cfg
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.app import make_app
from workflows.parameters import checked
from workflows.picture_catalog import PICTURE_DATASETS
from workflows.settings import SETTINGS

ROOT = Path(__file__).parents[2]
RUNNING = (ROOT / "docs" / "running.md").read_text()
DATASETS = (ROOT / "docs" / "datasets.md").read_text()


@pytest.mark.parametrize("name", sorted(typer.main.get_command(make_app()).commands))
def test_every_command_has_help_and_a_place_in_the_manual(name):
    command = typer.main.get_command(make_app()).commands[name]
    assert command.help
    assert f"`interest-graph {name} " in RUNNING
    assert all(parameter.help for parameter in command.params)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_manual_and_in_the_shipped_file_with_its_default(setting):
    (row,) = re.findall(rf"^\| `{setting.name}` \| (?:([^|]*?) )?\|", RUNNING, re.MULTILINE)
    assert checked(setting.name, setting.allowed, row) == setting.default
    (value,) = re.findall(rf"^{setting.name} = ?(.*)$", (ROOT / "luigi.cfg").read_text(), re.MULTILINE)
    assert checked(setting.name, setting.allowed, value) == setting.default


@pytest.mark.parametrize(
    "spec", [*PICTURE_DATASETS, *RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS], ids=lambda spec: spec.name
)
def test_every_dataset_and_field_is_in_the_data_dictionary(spec):
    assert f"`{spec.name}`" in DATASETS
    missing = [name for name in spec.schema.names if f"`{name}`" not in DATASETS]
    assert missing == [] or spec.name in ("boards", "users")


@pytest.mark.parametrize(
    "code", ["ALREADY_RUNNING", "MISSING_INPUT", "NOT_RUN", "FAILED", "SCHEDULING_FAILED", "UNHANDLED"]
)
def test_every_exit_code_is_in_the_manual(code):
    assert f"| {getattr(luigi_cfg, code)} |" in RUNNING


@pytest.mark.parametrize("page", sorted(path.name for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))))
def test_links_between_pages_lead_somewhere(page):
    path = next(path for path in (ROOT / page, ROOT / "docs" / page) if path.exists())
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target
