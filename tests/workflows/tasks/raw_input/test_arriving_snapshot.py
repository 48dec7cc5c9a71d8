"""A date whose tables are not all in their place is read by no run, and may be brought again."""

import datetime as dt

import pytest

from joins.errors import RawInputError
from storage_tiers.versioned.staging import publications_locked, remove_unused_staging, staging_folder
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED
from workflows.tasks.raw_input.arriving_snapshot import arriving_snapshot, is_arriving, refuse_arriving

DAY, OTHER = dt.date(2026, 11, 20), dt.date(2026, 11, 21)


class CutOffError(Exception):
    pass


def cut_off(input_root, date):
    with pytest.raises(CutOffError), arriving_snapshot(input_root, date):
        raise CutOffError


def test_the_mark_is_there_for_the_block_and_gone_after_it(tmp_path):
    with arriving_snapshot(tmp_path, DAY):
        assert is_arriving(tmp_path, DAY)
        assert not is_arriving(tmp_path, OTHER)
    assert list(tmp_path.iterdir()) == []


def test_the_mark_stays_where_it_was_cut_off_and_another_date_leaves_it(tmp_path):
    cut_off(tmp_path, DAY)
    with arriving_snapshot(tmp_path, OTHER):
        pass
    assert is_arriving(tmp_path, DAY)
    with pytest.raises(RawInputError, match="or that was cut off"):
        refuse_arriving(tmp_path / "pins" / f"date={DAY}")
    refuse_arriving(tmp_path / "pins" / f"date={OTHER}")


def test_no_run_reads_a_date_whose_tables_may_be_of_two_snapshots(built_day, day_of, tmp_path, capsys):
    cut_off(built_day.input_root, DAY)
    try:
        assert run_day(day_of(built_day.input_root, tmp_path / "output")) == FAILED
        assert "bring the date again" in capsys.readouterr().err
    finally:
        with arriving_snapshot(built_day.input_root, DAY):
            pass
    assert not (tmp_path / "output" / "facts").exists()


def test_staging_that_nobody_uses_goes_and_what_is_used_stays(tmp_path):
    with staging_folder(tmp_path, "import") as folder:
        remove_unused_staging(tmp_path)
        assert folder.is_dir()
    remove_unused_staging(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with publications_locked(tmp_path):
        assert (tmp_path / "_staging" / ".lock").exists()
