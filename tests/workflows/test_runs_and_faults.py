"""Runs as users, a scheduler and bad luck start and end them: exit codes, one-line errors, kills and races."""

import datetime as dt
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import category_fit
from features.categories.explaining.number_texts import probability_text
from features.categories.pass_trial import PassTrial
from storage_tiers import open_dataset
from workflows.catalog import JOIN_DATASETS
from workflows.commands.days.run import run_day
from workflows.commands.outputs.explain import explained_board
from workflows.luigi_cfg import FAILED, MISSING_INPUT

DATE = "2026-11-20"


@pytest.fixture
def fresh(built_day, tmp_path):
    """A folder with the raw input of the built day, and nothing built."""
    shutil.copytree(built_day.input_root, tmp_path / "input")
    return tmp_path


def digests(root):
    return {spec.name: open_dataset(root, spec.name).manifest.digest for spec in JOIN_DATASETS}


def test_luigi_runs_the_whole_day_without_a_configuration_file(fresh, built_day, run_command):
    done = run_command(
        "luigi", "--module", "workflows", "DailyDiscovery", "--date", DATE, "--local-scheduler", cwd=fresh
    )
    assert done.returncode == 0, done.stderr
    assert digests(fresh / "output") == digests(built_day.output_root)


def test_a_missing_input_exits_non_zero_from_luigi_and_from_our_command(tmp_path, run_command):
    arguments = ("--module", "workflows", "DailyDiscovery", "--date", DATE, "--local-scheduler")
    assert run_command("luigi", *arguments, cwd=tmp_path).returncode == MISSING_INPUT
    done = run_command("interest-graph", "run", "--date", DATE, cwd=tmp_path)
    assert done.returncode == MISSING_INPUT
    assert f"error: no raw pins, boards, users of date={DATE}: no Parquet file in " in done.stderr
    assert not (tmp_path / "output").exists()


def test_a_failing_task_exits_non_zero_from_luigi_and_from_our_command(fresh, run_command):
    (fresh / "input" / "boards" / f"date={DATE}" / "part-00000.parquet").write_bytes(b"PAR1 no more")
    arguments = ("--module", "workflows", "DailyDiscovery", "--date", DATE, "--local-scheduler")
    assert run_command("luigi", *arguments, cwd=fresh).returncode == FAILED
    done = run_command("interest-graph", "run", "--date", DATE, cwd=fresh)
    assert done.returncode == FAILED
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "part-00000.parquet: it can't be read as Parquet" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("board_id", None, "pins have no column board_id"),
        ("board_id", ["x"], "pins were rejected (board_id_not_an_integer"),
        ("board_id", [0.5], "row 1: column 'board_id' holds 0.5"),
    ],
)
def test_a_wrong_schema_is_named_before_anything_is_published(fresh, run_here, column, values, message):
    path = fresh / "input" / "pins" / f"date={DATE}" / "part-00000.parquet"
    pins = pq.read_table(path).drop_columns([column])
    if values:
        pins = pins.append_column(column, pa.array(values * pins.num_rows))
    pq.write_table(pins, path)
    done = run_here("run", "--date", DATE, cwd=fresh)
    assert done.returncode == FAILED
    assert message in done.stderr
    assert not (fresh / "output" / "facts").exists()


def test_an_empty_snapshot_is_an_error(fresh, run_here):
    path = fresh / "input" / "pins" / f"date={DATE}" / "part-00000.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    done = run_here("run", "--date", DATE, cwd=fresh)
    assert done.returncode == FAILED
    assert "the snapshot of pins is empty" in done.stderr
    assert not (fresh / "output" / "facts").exists()


def test_too_many_bad_rows_stop_the_run_and_show_one(fresh, run_here):
    path = fresh / "input" / "pins" / f"date={DATE}" / "part-00000.parquet"
    pins = pq.read_table(path)
    bad = pins.set_column(
        pins.schema.get_field_index("image_signature"), "image_signature", pa.array(["zz"] * len(pins))
    )
    pq.write_table(bad, path)
    done = run_here("run", "--date", DATE, cwd=fresh)
    assert done.returncode == FAILED
    assert "image_signature_not_hex" in done.stderr
    assert "max_rejected_share" in done.stderr
    assert not (fresh / "output" / "rejected_rows").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--date", "2026-7-1"), "it must be a day of the calendar as YYYY-MM-DD"),
        (("run", "--date", "2026-02-30"), "it must be a day of the calendar as YYYY-MM-DD"),
        (("run", "--date", DATE, "--iterations", "0"), "iterations is '0'; it must be a whole number from 1"),
        (("run",), "'--date'"),
        (("run", "--date", DATE, "--cores", "many"), "cores is 'many'; it must be a whole number from 0"),
        (("same-picture", "a", "b", "--max-distance", "65"), "max_distance is '65'; it must be a whole number from 0"),
        (("show", "pinjoin", "1"), "begin with interest-graph run"),
        (("show", "pin_join", "1"), "begin with interest-graph run"),
        (("show", "board_join", "1", "--tier", "debug"), "begin with interest-graph run"),
        (("explain", "pin", "1"), "'pin' can't be explained; allowed: board"),
        (("explain", "board", "1"), "begin with interest-graph run"),
        (("explain", "board", "1", "--date", "2026-7-1"), "it must be a day of the calendar as YYYY-MM-DD"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line_and_exit_code_2(tmp_path, run_here, arguments, message):
    done = run_here(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[discovery]\ndamping = 2", "luigi.cfg:2 [discovery]: damping is '2'; it must be a number from 0 to 1"),
        ("[discovery]\ncores = many", "luigi.cfg:2 [discovery]: cores is 'many'; it must be a whole number from 0"),
        ("[engine]\nrunner = sparc", "luigi.cfg:2 [engine]: runner is 'sparc'; it must be one of in_process, spark"),
        ("[pictures]\nmax_distance = 99", "luigi.cfg:2 [pictures]: max_distance is '99'; it must be a whole number fr"),
        ("[discovery]\ninput = 100%", "luigi.cfg:2 [discovery]: input can't be read"),
        ("[discovery]\ndampning = 1", "no setting dampning; allowed: input, output, work_folder, iterations, damping"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2_from_luigi_and_from_our_command(
    tmp_path, run_command, text, message
):
    (tmp_path / "luigi.cfg").write_text(text)
    luigi = ("luigi", "--module", "workflows", "DailyDiscovery", "--date", DATE, "--local-scheduler")
    for command in (luigi, ("interest-graph", "run", "--date", DATE)):
        done = run_command(*command, cwd=tmp_path)
        (line,) = done.stderr.splitlines()
        assert done.returncode == 2
        assert line.startswith("error: luigi.cfg")
        assert message in line


def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(tmp_path, run_command):
    (tmp_path / "luigi.cfg").write_text("damping = 0.5\n")
    done = run_command("interest-graph", "run", "--date", DATE, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == "error: luigi.cfg:1: 'damping = 0.5' stands before any [section]; begin with [discovery]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--date", "2026-7-1"), "date is '2026-7-1'; it must be a day of the calendar as YYYY-MM-DD"),
        (("--date", DATE, "--damping", "2"), "damping is '2'; it must be a number from 0 to 1"),
        ((), "requires the 'date' parameter to be set"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line_from_luigi_as_well(tmp_path, run_command, arguments, message):
    luigi = ("luigi", "--module", "workflows", "DailyDiscovery", "--local-scheduler")
    done = run_command(*luigi, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert message in line


def test_a_setting_out_of_its_range_is_told_before_anything_starts(fresh, run_command):
    (fresh / "luigi.cfg").write_text("[pictures]\nmax_distance = 99\n")
    done = run_command("interest-graph", "run", "--date", DATE, cwd=fresh)
    assert done.returncode == 2
    said = "error: luigi.cfg:2 [pictures]: max_distance is '99'; it must be a whole number from 0 to 64"
    assert done.stderr.splitlines() == [said]
    assert not (fresh / "output").exists()


def test_an_unknown_setting_is_an_error_that_lists_the_known_ones(fresh, run_command):
    (fresh / "luigi.cfg").write_text("[discovery]\ndampning = 0.9\n")
    done = run_command("interest-graph", "run", "--date", DATE, cwd=fresh)
    assert done.returncode == 2
    assert "no setting dampning; allowed: input, output, work_folder, iterations, damping" in done.stderr


def test_a_killed_run_is_finished_by_the_next_one_with_the_same_bytes(fresh, built_day, run_command):
    command = [str(Path(sys.executable).parent / "interest-graph"), "run", "--date", DATE]
    run = subprocess.Popen(command, cwd=fresh, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (fresh / "output" / "board_ranks").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    run.kill()
    run.communicate()
    assert not (fresh / "output" / "pin_joins").exists()
    assert run_command("interest-graph", "run", "--date", DATE, cwd=fresh).returncode == 0
    assert digests(fresh / "output") == digests(built_day.output_root)
    assert [path.name for path in (fresh / "output" / "_staging").iterdir()] == [".lock"]


def test_two_runs_of_luigi_at_once_both_succeed(fresh, built_day):
    arguments = ("--module", "workflows", "DailyDiscovery", "--date", DATE, "--local-scheduler", "--no-lock")
    command = [str(Path(sys.executable).parent / "luigi"), *arguments]
    runs = [subprocess.Popen(command, cwd=fresh, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [run.communicate(timeout=300)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert digests(fresh / "output") == digests(built_day.output_root)


def test_show_prints_for_people_and_for_programs(built_day, run_here, tmp_path):
    board = open_dataset(built_day.output_root, "board_joins").to_table(["board_id"])["board_id"][0].as_py()
    asked = ("show", "board_join", board, "--output", built_day.output_root)
    people = run_here(*asked, cwd=tmp_path)
    assert "page_rank" in people.stdout
    assert "unset in light" in people.stdout
    assert "unset in light" not in run_here(*asked, "--tier", "debug", cwd=tmp_path).stdout
    light, full = (run_here(*asked, "--json", "--tier", tier, cwd=tmp_path) for tier in ("random", "debug"))
    assert '"pins": null' in light.stdout
    assert '"pins": [' in full.stdout
    missing = run_here("show", "board_join", 12, "--output", built_day.output_root, cwd=tmp_path)
    assert (missing.returncode, missing.stderr) == (1, f"board_join 12 is not in date={DATE} iteration=2\n")


@pytest.mark.parametrize("tier", ["sql", "hive_batch"])
def test_show_refuses_a_tier_that_finds_no_rows_by_key(built_day, run_here, tmp_path, tier):
    asked = ("show", "board_join", 1, "--output", built_day.output_root, "--tier", tier)
    done = run_here(*asked, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith("finds no rows by key; allowed: random, debug, redis, hbase, pg\n")


def test_explain_prints_the_numbers_that_decided(built_day, run_here, tmp_path):
    table = open_dataset(built_day.output_root, "board_categories").to_table()
    changed = table.filter(table["changed"]).slice(0, 1).to_pylist()[0]
    asked = ("explain", "board", changed["board_id"], "--output", built_day.output_root)
    told = run_here(*asked, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(
        f"Board {changed['board_id']} was filed under {changed['owner_category']} and is now {changed['category']}, "
        f"with confidence {probability_text(changed['confidence'])}"
    )
    assert f"{changed['n_images']} of " in told.stdout
    assert f"date={DATE} iteration=2 of board_categories" in told.stdout


def test_explain_says_in_one_line_what_is_not_there(built_day, run_here, tmp_path):
    asked = ("--output", built_day.output_root)
    missing = run_here("explain", "board", 12, *asked, cwd=tmp_path)
    assert (missing.returncode, missing.stderr) == (1, f"board 12 is not in date={DATE} iteration=2\n")
    for arguments, message in (
        (("\n",), "no key of board_categories: board_id is int64"),
        ((12, "--iteration", 9), "iteration=9 is not published"),
        ((12, "--date", "2026-01-01"), "date=2026-01-01 is not published"),
    ):
        done = run_here("explain", "board", *arguments, *asked, cwd=tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert message in done.stderr


def test_every_board_of_a_day_is_explained_whichever_iteration_decided(built_day, day_of, tmp_path, monkeypatch):
    monkeypatch.setattr(PassTrial, "proves", True)  # so that a second pass is kept, and looked for below the last
    output = tmp_path / "output"
    assert run_day(day_of(built_day.input_root, output, iterations=3)) == 0
    for iteration, kept in ((1, 1), (2, 2), (3, 2)):
        dataset = open_dataset(output, "board_categories", iteration=iteration)
        assert category_fit(dataset.schema.empty_table()).pass_kept == kept
        for row in dataset.to_table().slice(0, 25).to_pylist():
            _, why = explained_board(output, "board", str(row["board_id"]), None, iteration)
            assert (why.pass_kept, why.category, why.confidence) == (kept, row["category"], row["confidence"])
            assert len(why.pictures) == row["n_images"]


def test_a_run_says_in_one_sentence_why_a_pass_was_kept(built_day):
    manifest = open_dataset(built_day.output_root, "board_categories", iteration=2).manifest
    reason = manifest.parameters["category_pass_reason"]
    assert manifest.parameters["category_pass_kept"] == 1
    assert reason.startswith(
        "pass 1 kept: pass 2 explains the labels of 197 boards, which it had not seen, no better ("
    )


def test_generate_refuses_a_date_that_is_there(tmp_path, run_here):
    arguments = ("generate", "--date", DATE, "--pins", 500)
    assert run_here(*arguments, cwd=tmp_path).returncode == 0
    again = run_here(*arguments, cwd=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_tasks_travel_to_other_processes(day_of, tmp_path):
    day = day_of(tmp_path / "input", tmp_path / "output")
    assert [pickle.loads(pickle.dumps(task)) for task in day.requires()] == day.requires()  # noqa: S301


def test_importing_workflows_starts_no_thread():
    count = "import threading, workflows; print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_a_higher_iteration_builds_on_the_ones_that_are_there(built_day, day_of, tmp_path):
    shutil.copytree(built_day.output_root, tmp_path / "output")
    assert run_day(day_of(built_day.input_root, tmp_path / "output", iterations=3)) == 0
    newest = open_dataset(tmp_path / "output", "pin_joins").version
    assert (newest.date, newest.iteration) == (dt.date(2026, 11, 20), 3)
