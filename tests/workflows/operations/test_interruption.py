"""Signals sent to real commands in the middle of each kind of work: one line, the code, no staging, no child left."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from storage_tiers import open_dataset
from workflows.catalog import JOIN_DATASETS
from workflows.operations.interruption import EXIT_CODES

DATE = "2026-11-20"
COMMAND = str(Path(sys.executable).parent / "interest-graph")
N_PICTURES = 80
WAIT_S, ENDS_S = 120.0, 10.0  # the goal is 3 s; machines of tests may be busy


@pytest.fixture
def start(tmp_path):
    """Start a command in an empty folder, as a shell does that leaves no signal ignored."""
    started = []

    def start_it(*arguments):
        process = subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_signals,  # noqa: PLW1509 - no thread of the test is at work
        )
        started.append(process)
        return process

    yield start_it
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def _heed_signals():
    for number in EXIT_CODES:
        signal.signal(number, signal.SIG_DFL)


def staged(root, prefix):
    return [path for path in (root / "_staging").glob(f"{prefix}*") if path.is_dir()]


def seen(process, happens):
    """Wait until something happens; say whether it did while the process lived."""
    deadline = time.monotonic() + WAIT_S
    while process.poll() is None and time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.002)
    return False


def interrupted(process, number):
    """Send a signal, as terminals do to all of a group; return what was said after it, if it ended as it should."""
    children = children_of(process.pid)
    os.killpg(process.pid, number)
    printed, said = process.communicate(timeout=ENDS_S)
    assert process.returncode == EXIT_CODES[number], said
    assert "Traceback" not in said
    name = signal.Signals(number).name
    line = f"interrupted by {name}; what is published stays, and the same command goes on from there"
    assert said.splitlines().count(line) == 1
    deadline = time.monotonic() + ENDS_S
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [child for child in children if is_alive(child)] == []
    return printed, said[said.index(line) + len(line) + 1 :].splitlines()


def children_of(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                child = int(path.parent.name)
                found += [child, *children_of(child)]
    return found


def is_alive(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def files_under(folder):
    return sorted(path.name for path in folder.glob("_staging/*"))


@pytest.fixture
def with_input(built_day, tmp_path):
    """A folder with the raw input of the built day, and nothing built."""
    shutil.copytree(built_day.input_root, tmp_path / "input")
    return tmp_path


def digests(root):
    return {spec.name: open_dataset(root, spec.name).manifest.digest for spec in JOIN_DATASETS}


MOMENTS = [
    ("scratch-AcceptedInput", signal.SIGTERM),  # raw rows are checked
    ("facts", signal.SIGINT),
    ("scratch-BoardRanks", signal.SIGHUP),
    ("board_categories", signal.SIGTERM),
    ("pin_joins", signal.SIGINT),
    ("random_access", signal.SIGTERM),
]


@pytest.mark.slow
def test_a_run_interrupted_in_each_kind_of_work_ends_with_the_bytes_of_an_undisturbed_one(with_input, built_day, start):
    output = with_input / "output"
    for prefix, number in MOMENTS:
        process = start("run", "--date", DATE)
        if seen(process, lambda prefix=prefix: staged(output, prefix)):
            _, after = interrupted(process, number)
            assert after == []
            assert files_under(output) == [".lock"], prefix
        else:
            process.communicate()  # a step that was published before the last signal
    last = start("run", "--date", DATE)
    _, said = last.communicate(timeout=WAIT_S)
    assert last.returncode == 0, said
    assert digests(output) == digests(built_day.output_root)
    assert files_under(output) == [".lock"]


def test_the_jobs_of_mrjob_end_with_their_run(with_input, start):
    (with_input / "luigi.cfg").write_text("[engine]\nrunner = local\n")
    process = start("run", "--date", DATE)
    assert seen(process, lambda: list((with_input / "output" / "_staging").glob("*/mrjob-*/results")))
    time.sleep(0.3)  # its own children start
    interrupted(process, signal.SIGTERM)
    assert files_under(with_input / "output") == [".lock"]


def test_the_decoders_of_pictures_end_with_their_run(start, tmp_path, snapshot_writer):
    random = np.random.default_rng(1)
    pictures = tmp_path / "input" / "pictures"
    pictures.mkdir(parents=True)
    for number in range(N_PICTURES):
        Image.fromarray(random.integers(0, 256, (400, 400, 3), np.uint8)).save(pictures / f"{number}.png")
    count = pa.array(range(1, N_PICTURES + 1), pa.int64())
    ones = pa.array([1] * N_PICTURES, pa.int64())
    images = [str(pictures / f"{number}.png") for number in range(N_PICTURES)]
    pins = pa.table({"pin_id": count, "board_id": ones, "user_id": ones, "image": images})
    one = pa.array([1], pa.int64())
    tables = {"pins": pins, "boards": pa.table({"board_id": one, "user_id": one}), "users": pa.table({"user_id": one})}
    snapshot_writer(tmp_path / "input", tables)
    process = start("run", "--date", DATE)
    assert seen(
        process, lambda: staged(tmp_path / "output", "picture_signatures") and len(children_of(process.pid)) > 1
    )
    time.sleep(0.5)  # the workers come up
    interrupted(process, signal.SIGINT)
    assert files_under(tmp_path / "output") == [".lock"]


def test_a_command_that_fails_as_its_staging_goes_still_ends_as_interrupted():
    script = """
import os, signal, time
from workflows.operations import interruption

interruption.remove_open_staging = lambda within_s: time.sleep(within_s) or True
with interruption.ends_on_signals():
    os.kill(os.getpid(), signal.SIGTERM)
    interruption._ending.wait()
    raise SystemExit(2)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, stderr=subprocess.PIPE, text=True, timeout=WAIT_S
    )
    assert (ended.returncode, ended.stderr.count("interrupted by SIGTERM")) == (143, 1)


def test_what_fails_as_its_staging_goes_is_told_as_interrupted_alone():
    script = """
import os, signal, time
from workflows.operations import interruption

interruption.remove_open_staging = lambda within_s: time.sleep(within_s) or True
with interruption.ends_on_signals():
    try:
        with interruption.last_words(lambda code, say: say(f"told {code}")):
            os.kill(os.getpid(), signal.SIGTERM)
            interruption._ending.wait()
            raise FileNotFoundError
    finally:
        print("told that it failed", flush=True)
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=WAIT_S)
    assert (ended.returncode, ended.stdout) == (143, "")
    assert ended.stderr.splitlines()[1:] == ["told 143"]


def test_threads_that_go_on_putting_tables_bring_no_scratch_folder_back(tmp_path):
    script = """
import os, signal, sys, threading
from pathlib import Path
import pyarrow as pa
from joins.engine.kept_tables import KeptTables
from joins.engine.local import LocalEngine
from joins.engine.step import PartitionStep
from storage_tiers.versioned.staging import staging_folder
from workflows.operations.interruption import ends_on_signals

with ends_on_signals(), staging_folder(Path(sys.argv[1]), "scratch-Facts") as scratch:
    kept = KeptTables(scratch / "kept")
    def keep_on(number, built):
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        while True:
            kept(number, (built, None))
    step = PartitionStep(2, {"rows": lambda number: pa.table({"number": [number]})}, lambda rows: rows, keep_on)
    LocalEngine(scratch, 2).run(step)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_S)
    meaning = "what is published stays, and the same command goes on from there"
    assert (ended.returncode, ended.stderr) == (143, f"interrupted by SIGTERM; {meaning}\n")
    assert files_under(tmp_path) == [".lock"]


def test_an_interrupted_import_leaves_nothing_and_can_be_made_again(start, tmp_path, mapping_text):
    (tmp_path / "mapping.toml").write_text(str(mapping_text()))
    rows = "".join(f"{number},{number % 1_000},{number % 100}\n" for number in range(1, 1_000_001))
    (tmp_path / "pins.csv").write_text(f"pin,board,user\n{rows}")
    (tmp_path / "boards.csv").write_text("board,user\n1,1\n")
    (tmp_path / "users.csv").write_text("user\n1\n")
    asked = ("import", "mapping.toml", ".", "--date", DATE)
    process = start(*asked)
    assert seen(process, lambda: staged(tmp_path / "input", "import-"))
    interrupted(process, signal.SIGTERM)
    assert files_under(tmp_path / "input") == [".lock"]
    assert not (tmp_path / "input" / "pins").exists()
    again = start(*asked)
    again.communicate(timeout=WAIT_S)
    assert again.returncode == 0


@pytest.mark.parametrize("number", EXIT_CODES)
def test_who_waits_for_input_ends_at_once_and_leaves_a_summary(start, tmp_path, number):
    (tmp_path / "luigi.cfg").write_text("[daily]\nlate_at =\n[notices]\nnotice_command = tee told.json\n")
    process = start("daily", "--date", DATE, "--json")
    assert process.stderr.readline().startswith("waiting for the input of date=2026-11-20: pins: no folder input/pins")
    printed, after = interrupted(process, number)
    (line,) = after
    assert line.startswith(f"daily date={DATE}: interrupted after ")
    assert f"exit code {EXIT_CODES[number]}; log {tmp_path}/output/_runs/date={DATE}/" in line
    (summary,) = (tmp_path / "output" / "_runs" / f"date={DATE}").glob("*.json")
    assert printed == summary.read_text()
    assert f'"exit_code":{EXIT_CODES[number]},"outcome":"interrupted"' in printed
    told = tmp_path / "told.json"
    assert told.exists() == (number != signal.SIGINT)  # who pressed Ctrl-C knows
    assert number == signal.SIGINT or json.loads(told.read_text())["run"]["outcome"] == "interrupted"
    assert summary.with_suffix(".log").read_text().splitlines()[-1].endswith(line)


def test_an_ignored_signal_stays_ignored(tmp_path):
    command = f"trap '' HUP; exec {COMMAND} daily --date {DATE}"
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stderr.readline().startswith("waiting for ")
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        interrupted(process, signal.SIGTERM)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
