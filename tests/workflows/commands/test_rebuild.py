"""Dates that are built anew: beside what is published, served when complete, and continued when they were killed."""

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from joins.errors import DiscoveryError
from storage_tiers import open_dataset, open_sql, open_tier, published_versions
from storage_tiers.registry import TIERS
from storage_tiers.versioned.staging import Provenance
from storage_tiers.versioned.versions import Version
from workflows.catalog import BOARD_CATEGORIES, DERIVATIONS, JOIN_DATASETS
from workflows.commands.days import replace as replacing
from workflows.commands.days.replace import NeededVersionError
from workflows.commands.days.run import run_day
from workflows.commands.outputs.explain import explained_board
from workflows.commands.outputs.status import problems_of, status_of
from workflows.luigi_cfg import FAILED, MISSING_INPUT, OTHER_INPUT, SettingsError
from workflows.tasks.pictures.images import ImageFiles
from workflows.tasks.tiers import LoadTier

DATE = "2026-11-20"
DAY = dt.date(2026, 11, 20)
MADE = [spec.name for derivation in DERIVATIONS if derivation.when != "on request" for spec in derivation.outputs]


def shorten(folder: Path) -> None:
    """Write the raw pins again without the last."""
    path = folder / "input" / "pins" / f"date={DATE}" / "part-00000.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.slice(0, len(rows) - 1), path)


def iterations(folder: Path, name: str) -> list[int]:
    return [version.iteration for version in published_versions(folder / "output", name)]


def digests(folder: Path, iteration: int) -> dict[str, str]:
    root = folder / "output"
    return {spec.name: open_dataset(root, spec.name, "full", DAY, iteration).manifest.digest for spec in JOIN_DATASETS}


def current(folder: Path) -> set[Version | None]:
    tiers = [open_tier(tier.name, folder / "output") for tier in TIERS]
    return {tier.current(spec.name) for tier in tiers for spec in JOIN_DATASETS}


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files of the published datasets."""
    root = folder / "output"
    paths = (path for name in MADE for path in (root / name).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def test_a_rebuilt_date_lies_beside_the_older_one_and_serves(rebuild, run, folder):
    before = everything(folder)
    shorten(folder)
    code, said = rebuild()
    assert code == 0
    assert f"date={DATE} is rebuilt as iterations 4 to 5" in said
    assert f"date={DATE} iteration=5 is complete" in said
    after = everything(folder)
    assert {name: after[name] for name in before} == before
    assert (iterations(folder, "facts"), iterations(folder, "image_files")) == ([0, 3], [0, 3])
    assert iterations(folder, "board_ranks") == [1, 2, 4, 5]
    assert iterations(folder, "pin_joins") == [2, 5]
    assert current(folder) == {Version(DAY, 5)}
    code, said = run()
    assert code == 0
    assert said.startswith("nothing to do")
    assert f"date={DATE} iteration=5 is complete" in said


def test_a_rebuilt_date_has_the_bytes_of_one_that_is_built_for_the_first_time(rebuild, folder, day_of, tmp_path):
    shorten(folder)
    assert rebuild()[0] == 0
    (tmp_path / "fresh").mkdir()
    assert run_day(day_of(folder / "input", tmp_path / "fresh" / "output")) == 0
    assert digests(folder, 5) == digests(tmp_path / "fresh", 2)
    first = open_dataset(folder / "output", "board_ranks", date=DAY, iteration=4).manifest
    assert all(given.iteration == 3 for given in first.inputs)  # nothing of the older base, no iteration before


def test_iterations_of_a_rebuilt_date_are_counted_from_its_base(rebuild, run, folder):
    assert rebuild(damping=0.7)[0] == 0
    assert run(damping=0.7, iterations=3)[0] == 0
    assert iterations(folder, "pin_joins") == [2, 5, 6]
    code, said = run(iterations=3)
    assert code == OTHER_INPUT
    assert f"date={DATE} iteration=6 was made with other settings: damping was 0.7, now 0.85" in said
    assert "--iterations 3\n    builds the date anew, as iteration 10, which serves" in said


def test_rebuilt_twice_a_date_has_three_bases(rebuild, folder):
    assert rebuild()[0] == 0
    assert rebuild(iterations=1)[0] == 0
    assert (iterations(folder, "facts"), iterations(folder, "pin_joins")) == ([0, 3, 6], [2, 5, 7])
    assert digests(folder, 2) == digests(folder, 5)


def test_nothing_published_is_rebuilt_as_a_first_run(rebuild, folder):
    shutil.rmtree(folder / "output")
    assert rebuild()[0] == 0
    assert (iterations(folder, "facts"), iterations(folder, "pin_joins")) == ([0], [2])


def test_without_raw_input_nothing_is_rebuilt(rebuild, folder):
    shutil.rmtree(folder / "input" / "boards")
    code, said = rebuild(replace=True)
    assert code == MISSING_INPUT
    assert "error: no raw boards" in said
    assert iterations(folder, "image_files") == [0]


def test_an_unfinished_day_is_continued_and_one_of_other_input_left(rebuild, folder):
    for path in (folder / "output").glob("*_joins"):
        shutil.rmtree(path)
    assert rebuild()[0] == 0
    assert iterations(folder, "pin_joins") == [2]
    for path in (folder / "output").glob("*_joins"):
        shutil.rmtree(path)
    shorten(folder)
    assert rebuild()[0] == 0
    assert iterations(folder, "pin_joins") == [5]


def killed_when(path: Path, command: list[str], folder: Path) -> None:
    """Start a command and kill it as soon as a path exists."""
    started = subprocess.Popen(
        [str(Path(sys.executable).parent / "interest-graph"), *command], cwd=folder, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while not path.exists() and started.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    started.kill()
    started.communicate()
    assert path.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["image_files/full/date=2026-11-20/iteration=3", "board_ranks/full/date=2026-11-20/iteration=4"]
)
def test_a_killed_rebuild_is_continued_under_its_number(folder, run_command, name):
    shorten(folder)
    killed_when(folder / "output" / name, ["rebuild", "--date", DATE], folder)
    assert iterations(folder, "pin_joins") == [2]
    assert current(folder) == {Version(DAY, 2)}
    done = run_command("interest-graph", "rebuild", "--date", DATE, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (iterations(folder, "facts"), iterations(folder, "pin_joins")) == ([0, 3], [2, 5])
    assert current(folder) == {Version(DAY, 5)}


def test_a_rebuild_killed_before_its_tiers_were_loaded_is_continued(rebuild, folder):
    assert rebuild()[0] == 0
    tier = open_tier("random_access", folder / "output")
    for spec in JOIN_DATASETS:
        tier.make_current({spec.name: Version(DAY, 2)})
        tier.drop(spec.name, Version(DAY, 5))
    assert rebuild()[0] == 0
    assert iterations(folder, "facts") == [0, 3]
    assert current(folder) == {Version(DAY, 5)}


def test_a_rebuild_begun_with_other_input_is_left_and_another_begun(rebuild, run, folder, day_of):
    shorten(folder)
    begun = day_of(folder / "input", folder / "output").sibling(ImageFiles, base=3)
    begun.run()
    shorten(folder)
    assert rebuild()[0] == 0
    assert (iterations(folder, "image_files"), iterations(folder, "facts")) == ([0, 3, 4], [0, 4])
    assert run()[0] == 0


def test_a_run_leaves_the_numbers_of_an_unfinished_rebuild_alone(run, folder, day_of):
    day_of(folder / "input", folder / "output").sibling(ImageFiles, base=3).run()
    assert run()[0] == 0  # the older base is still what serves
    with pytest.raises(SettingsError, match="iteration 3 of date=2026-11-20 belongs to a rebuild that isn't finished"):
        run(iterations=3)


@pytest.mark.slow
def test_a_run_finishes_a_rebuild_that_has_facts(run, folder):
    shorten(folder)
    ranks = folder / "output" / "board_ranks" / "full" / f"date={DATE}" / "iteration=4"
    killed_when(ranks, ["rebuild", "--date", DATE], folder)
    assert run()[0] == 0
    assert iterations(folder, "pin_joins") == [2, 5]


def test_replaced_the_older_versions_are_gone_from_datasets_and_tiers(rebuild, run, folder):
    shorten(folder)
    code, said = rebuild(replace=True)
    assert code == 0
    assert f"27 older versions of date={DATE} were removed, date={DATE} iteration=5 stands for the date" in said
    assert all(min(iterations(folder, name)) >= 3 for name in MADE)
    for tier in TIERS:
        opened = open_tier(tier.name, folder / "output")
        assert [opened.versions(spec.name) for spec in JOIN_DATASETS] == [[Version(DAY, 5)]] * 3, tier.name
    assert problems_of(status_of(folder / "output")) == []
    with open_sql(folder / "output") as connection:
        views = {
            name for (name,) in connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        }
    assert "pin_joins_2026_11_20_iteration_5" in views
    assert not [name for name in views if name.endswith(("iteration_0", "iteration_1", "iteration_2"))]
    assert run()[0] == 0
    before = everything(folder)
    code, said = rebuild(replace=True)  # the same command once more
    assert code == 0
    assert "0 older versions" in said
    assert everything(folder) == before


def test_replacing_begins_when_the_rebuilt_date_is_complete(rebuild, folder):
    shorten(folder)
    assert rebuild()[0] == 0
    code, said = rebuild(replace=True)
    assert code == 0
    assert "27 older versions" in said
    assert iterations(folder, "facts") == [3]


@pytest.mark.parametrize(
    "n_renamed", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(20, marks=pytest.mark.slow)]
)
def test_killed_while_replacing_a_date_can_be_read_and_the_same_command_goes_on(
    rebuild, run, folder, monkeypatch, n_renamed
):
    shorten(folder)

    def die_after(root, versions):
        real(root, list(versions)[:n_renamed])
        raise KeyboardInterrupt

    real = replacing.remove_versions
    monkeypatch.setattr(replacing, "remove_versions", die_after)
    with pytest.raises(KeyboardInterrupt):
        rebuild(replace=True)
    assert problems_of(status_of(folder / "output")) == []
    assert current(folder) == {Version(DAY, 5)}
    assert run()[0] == 0
    monkeypatch.undo()
    code, said = rebuild(replace=True)
    assert code == 0
    assert f"{27 - n_renamed} older versions" in said
    assert (iterations(folder, "facts"), iterations(folder, "pin_joins")) == ([3], [5])


KILLED_AT_RENAME = """
import os, signal, sys
from pathlib import Path
rename, left = Path.rename, [int(sys.argv[1])]
def counted(path, target):
    if "iteration=" in path.name:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)
Path.rename = counted
from workflows.commands.app import main
sys.argv[1:] = ["rebuild", "--date", "2026-11-20", "--replace"]
main()
"""


@pytest.mark.slow
def test_killed_dead_between_two_renames_the_same_command_goes_on(rebuild, folder, run_command):
    shorten(folder)
    assert rebuild()[0] == 0
    command = [sys.executable, "-c", KILLED_AT_RENAME, "9"]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert problems_of(status_of(folder / "output")) == []
    assert run_command("interest-graph", "run", "--date", DATE, cwd=folder).returncode == 0
    again = run_command("interest-graph", "rebuild", "--date", DATE, "--replace", cwd=folder)
    assert (again.returncode, "older versions" in again.stderr) == (0, True), again.stderr
    assert iterations(folder, "facts") == [3]
    assert [path.name for path in (folder / "output" / "_staging").iterdir()] == [".lock"]


def test_what_serves_in_a_tier_is_kept_and_named(rebuild, folder, day_of):
    loaded = day_of(folder / "input", folder / "output").sibling(
        LoadTier, iteration=2, tier="debugging", dataset="facts"
    )
    loaded.run()
    shorten(folder)
    code, said = rebuild(replace=True)
    assert code == 0
    assert f"kept: facts date={DATE} iteration=0; it is the current version for debugging" in said
    assert (iterations(folder, "facts"), iterations(folder, "boards")) == ([0, 3], [3])
    assert problems_of(status_of(folder / "output")) == []


def test_luigi_builds_under_a_base_and_takes_a_rebuilt_date_as_complete(folder, rebuild, run_command):
    shorten(folder)
    asked = ("--module", "workflows", "DailyDiscovery", "--date", DATE, "--local-scheduler")
    done = run_command("luigi", *asked, "--base", 3, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert iterations(folder, "pin_joins") == [2, 5]
    assert rebuild(replace=True)[0] == 0
    before = everything(folder)
    ranged = ("RangeDaily", "--of", "DailyDiscovery", "--start", DATE, "--stop", "2026-11-21", "--local-scheduler")
    for arguments in (asked, ("--module", "workflows", *ranged)):
        done = run_command("luigi", *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert everything(folder) == before


def test_an_iteration_of_one_base_is_not_built_from_another(folder, rebuild, day_of, run_command):
    assert rebuild()[0] == 0
    asked = ("LoadRandomAccess", "--iteration", 6, "--date", DATE, "--local-scheduler")
    done = run_command("luigi", "--module", "workflows", *asked, cwd=folder)
    assert done.returncode == FAILED
    assert iterations(folder, "board_ranks") == [1, 2, 4, 5]
    task = next(
        task
        for task in day_of(folder / "input", folder / "output", iterations=6).requires()
        if task.task_family == "BoardRanks"
    )
    with pytest.raises(DiscoveryError, match="it belongs to the base 3 of the date, not to 0; give --base 3"):
        task.open_inputs()


def test_a_rebuilt_date_is_explained_by_its_own_facts(rebuild, folder):
    shorten(folder)
    assert rebuild(replace=True)[0] == 0
    rows = open_dataset(folder / "output", BOARD_CATEGORIES.name).to_table().to_pylist()
    for row in rows:
        version, why = explained_board(folder / "output", "board", str(row["board_id"]), None, None)
        assert version == Version(DAY, 5)
        assert (why.category, len(why.pictures)) == (row["category"], row["n_images"])


@pytest.mark.slow
def test_a_rebuild_on_an_engine_gives_the_same_bytes(rebuild, folder):
    assert rebuild(runner="inline")[0] == 0
    assert digests(folder, 5) == digests(folder, 2)


def test_needed_versions_are_refused_before_anything_is_built(rebuild, folder, publish):
    facts = open_dataset(folder / "output", "facts")
    rows = open_dataset(folder / "output", "board_ranks").to_table()
    later = Provenance(inputs=[facts.manifest.as_input()])
    publish(folder / "output", rows, "board_ranks", date=dt.date(2026, 11, 21), provenance=later)
    shorten(folder)
    before = everything(folder)
    with pytest.raises(
        NeededVersionError, match="board_ranks date=2026-11-21 iteration=1 was made from facts date=2026-11"
    ):
        rebuild(replace=True)
    assert everything(folder) == before
    assert rebuild()[0] == 0
