"""Small days under several dates, made from one day by copying it, as the benchmark of many days does."""

import datetime as dt
import shutil

import pytest

from benchmarks.days.cloned_days import NEWEST, copy_day
from storage_tiers.registry import announce_anew
from workflows.commands.days.run import run_day

N_DAYS = 5


@pytest.fixture(scope="session")
def five_days(tmp_path_factory, small_tables, snapshot_writer, day_of):
    """An output folder of five dates up to 2026-11-20, an iteration each, loaded into every tier."""
    root = tmp_path_factory.mktemp("days")
    snapshot_writer(root / "input", small_tables)
    assert run_day(day_of(root / "input", root / "output", iterations=1)) == 0
    for number in range(1, N_DAYS):
        copy_day(root / "output", NEWEST - dt.timedelta(days=number))
    return root


@pytest.fixture
def output(five_days, tmp_path):
    """A copy of the five dates, to change."""
    shutil.copytree(five_days, tmp_path / "root")
    announce_anew(tmp_path / "root" / "output")  # SQL and Hive name the folder that was copied
    return tmp_path / "root" / "output"
