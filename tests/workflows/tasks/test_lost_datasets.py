"""A dataset that a date lost whole, manifests and all, is told by what was made from it, and made again as it was."""

import shutil

import pytest

from storage_tiers import open_dataset
from workflows.commands.days.run import run_day
from workflows.commands.outputs.verify import verify_output
from workflows.tasks.lost_datasets import lost_datasets


@pytest.fixture
def output(built_day, tmp_path):
    shutil.copytree(built_day.output_root, tmp_path / "output")
    return tmp_path / "output"


def test_a_whole_day_lost_nothing(built_day):
    assert list(lost_datasets(built_day.output_root)) == []


@pytest.mark.parametrize(("name", "versions"), [("facts", [0]), ("board_features", [1, 2])])
def test_a_dataset_lost_whole_is_told_and_made_again(built_day, day_of, output, name, versions):
    before = [open_dataset(output, name, iteration=number).manifest.digest for number in versions]
    shutil.rmtree(output / name)
    lines = [line for line in verify_output(output).lines if "it is gone with its manifest" in line]
    assert len(lines) == len(versions)
    assert all(f"{name}/full date=2026-11-20 iteration=" in line for line in lines)
    assert all("interest-graph run --repair --date 2026-11-20" in line for line in lines)
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert [open_dataset(output, name, iteration=number).manifest.digest for number in versions] == before
    assert list(lost_datasets(output)) == []


def test_what_may_have_been_empty_and_removed_is_not_told(output):
    shutil.rmtree(output / "picture_members")
    shutil.rmtree(output / "repin_edges")
    assert list(lost_datasets(output)) == []
