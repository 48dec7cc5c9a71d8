"""Folders of queries: gone with who held them, at the next start at the latest, and never under a living process."""

import os
import time

import pytest

from storage_tiers.sql_batch.query_folders import (
    ASIDE_PREFIX,
    QUERY_PREFIX,
    folder_aside,
    made_folder,
    remove_folder,
    remove_forgotten,
)

HOLD = """
import sys, tempfile
from storage_tiers.sql_batch.query_folders import made_folder
tempfile.tempdir = sys.argv[1]
print(made_folder(sys.argv[2]), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Let folders for temporary files lie below the test's own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("prefix", [QUERY_PREFIX, ASIDE_PREFIX])
def test_a_killed_process_leaves_a_folder_that_the_next_start_removes(here, run_python, prefix):
    holder = run_python(HOLD, here, prefix)
    name = holder.stdout.readline().strip()
    assert name.startswith(str(here / prefix))
    remove_forgotten()
    assert [str(one) for one in here.iterdir()] == [name]
    holder.kill()
    holder.communicate()
    assert [str(one) for one in here.iterdir()] == [name]
    remove_forgotten()
    assert [*here.iterdir()] == []


def test_folders_of_this_process_stay_until_they_are_removed(here):
    folder = made_folder(QUERY_PREFIX)
    with folder_aside() as aside:
        remove_forgotten()
        assert len([*here.iterdir()]) == 2
        assert not os.path.lexists(aside)
    remove_folder(folder)
    assert [*here.iterdir()] == []


def test_what_is_no_folder_of_a_query_stays(here, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "lock").touch()
    (here / f"{QUERY_PREFIX}link").symlink_to(elsewhere)
    (here / f"{QUERY_PREFIX}file").touch()
    (here / "other").mkdir()
    (here / "other" / "lock").touch()
    (here / f"{QUERY_PREFIX}being-made").mkdir()
    there = sorted(here.iterdir())
    remove_forgotten()
    assert sorted(here.iterdir()) == there
    assert (elsewhere / "lock").exists()


def test_a_folder_that_was_killed_while_it_was_made_goes_after_a_day(here):
    folder = here / f"{QUERY_PREFIX}old"
    folder.mkdir()
    days_ago = time.time() - 2 * 86_400
    os.utime(folder, (days_ago, days_ago))
    remove_forgotten()
    assert not folder.exists()


def test_a_lock_that_is_a_link_is_not_followed(here, tmp_path_factory):
    target = tmp_path_factory.mktemp("elsewhere") / "file"
    target.touch()
    folder = here / f"{QUERY_PREFIX}link"
    folder.mkdir()
    (folder / "lock").symlink_to(target)
    remove_forgotten()
    assert folder.exists()
    assert target.exists()
