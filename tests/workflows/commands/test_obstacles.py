"""Files where folders belong, and folders where files belong: commands say what to move away, and then they work."""

import shutil
from pathlib import Path

import pytest

from storage_tiers import DatasetError
from storage_tiers.registry import announce_anew
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output

LAST = "date=2026-11-20/iteration=2"
FOLDERS = [
    "_staging", "_random_access", "_sql_batch/pin_joins", "_hive_batch/receipts", "_debugging/receipts/user_joins",
    "_random_access/board_joins/date=2026-11-20", "facts", "boards/full", "pin_joins/light/date=2026-11-20",
    f"pin_features/full/{LAST}", "users/_manifests", "users/_manifests/full", "users/_manifests/full/date=2026-11-20",
]  # fmt: skip
FILES = [
    "_staging/.lock", "_random_access/.lock", "_hive_batch/pin_joins/_CURRENT", "_sql_batch/discovery.duckdb",
    f"_debugging/receipts/user_joins/{LAST}.json", f"pin_joins/_manifests/full/{LAST}.json", "_hive_batch/facts.sql",
]  # fmt: skip


@pytest.fixture
def day(folder, day_of):
    """The small finished day, to put things into its way."""
    announce_anew(folder / "output")  # SQL and Hive name the folder that was copied
    return day_of(folder / "input", folder / "output")


def put_in_the_way(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("what is that?")
    else:
        path.unlink(missing_ok=True)
        path.mkdir()


@pytest.mark.parametrize("path", FOLDERS + FILES)
def test_what_is_in_the_way_is_named_by_each_command(day, path):
    put_in_the_way(day.root / path)
    what = "a file lies where a folder belongs" if path in FOLDERS else "a folder lies where a file belongs"
    said = f"{day.root / path}: {what}; move it away"
    for command in (run_day, rebuild_day):
        with pytest.raises(DatasetError) as told:
            command(day)
        assert str(told.value) == said
    if "date=" in path:  # which hides no other date
        assert f"left out: {said}" in problems_of(status_of(day.root))
        assert verify_output(day.root).lines[0] == said
        return
    with pytest.raises(DatasetError) as told:
        status_of(day.root)
    assert str(told.value) == said
    found = verify_output(day.root)
    assert found.lines == [said]
    assert str(found) == f"1 in the way under {day.root}; what else is wrong is told once they are moved"


@pytest.mark.parametrize("path", ["pin_joins/_manifests", "_hive_batch"])
def test_moved_away_the_next_run_makes_again_what_was_lost(day, path):
    put_in_the_way(day.root / path)
    (day.root / path).unlink()
    assert run_day(day) == 0
    assert verify_output(day.root).lines == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_an_output_that_is_a_file_or_lies_below_one_is_told_as_such(day_of, tmp_path, below):
    (tmp_path / "notes").touch()
    day = day_of(tmp_path, tmp_path / "notes" / below)
    for command in (run_day, rebuild_day):
        with pytest.raises(DatasetError, match="notes: a file lies where a folder belongs; move it away"):
            command(day)


def test_other_dates_and_files_of_other_names_are_in_nobodys_way(day):
    (day.root / "README").touch()
    (day.root / "notes" / "full of.json").mkdir(parents=True)
    (day.root / "facts" / "full" / "date=2026-11-19").touch()
    assert run_day(day) == 0
    assert verify_output(day.root).lines == [
        f"{day.root / 'facts/full/date=2026-11-19'}: a file lies where a folder belongs; move it away"
    ]


@pytest.mark.parametrize("name", ["_records", "_records/date=2026-11-20"])
def test_a_file_in_the_place_of_records_is_named_and_stops_nothing(day, name, capsys):
    path = day.root / name
    shutil.rmtree(path)
    path.write_text("what is that?")
    (next(day.root.glob("_debugging/receipts/user_joins/*/iteration=2.json"))).unlink()  # so that two tasks run
    said = f"{path}: a file lies where a folder belongs; move it away"
    assert (problems_of(status_of(day.root))[-1], verify_output(day.root).lines[0]) == (f"left out: {said}", said)
    assert run_day(day) == 0
    (warning,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: "))
    assert warning.endswith(f"can't be written: {said}; the run goes on without records")
