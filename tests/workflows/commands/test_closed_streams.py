"""What is printed to nobody: a pipe whose reader ended, a terminal that was closed, a log on a full disk."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from workflows.luigi_cfg import PIPE_CLOSED

COMMAND = shlex.quote(str(Path(sys.executable).parent / "interest-graph"))


@pytest.fixture
def shell(tmp_path):
    """Run lines of a shell in an empty folder, which has a pipe that somebody opened and nobody reads."""

    def run(script):
        os.mkfifo(tmp_path / "pipe")
        reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        opened = f"exec 9>pipe; touch opened; while [ -e opened ]; do sleep 0.02; done; {script}"
        process = subprocess.Popen(
            ["/bin/sh", "-c", opened], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while not (tmp_path / "opened").exists():
            pass
        os.close(reading)
        (tmp_path / "opened").unlink()
        printed, said = process.communicate(timeout=120)
        return process.returncode, printed, said

    return run


@pytest.mark.parametrize("arguments", ["config", "config --json"])
def test_a_reader_that_ends_is_no_error(shell, arguments):
    assert shell(f"{COMMAND} {arguments} >&9") == (PIPE_CLOSED, "", "")


def test_a_full_disk_under_what_is_printed_is_one_line(shell):
    said = "error: standard output: it can't be written to (No space left on device); let it go elsewhere\n"
    assert shell(f"{COMMAND} config > /dev/full") == (2, "", said)


@pytest.mark.parametrize(
    "stream",
    [
        "2>&9",
        pytest.param("2>/dev/full", marks=pytest.mark.slow),
        pytest.param("2>&-", marks=pytest.mark.slow),
        "0<&- 1>&- 2>&-",
    ],
)
def test_a_day_is_built_to_its_end_whoever_hears_of_it(shell, tmp_path, stream):
    generate = f"{COMMAND} generate --date 2026-11-20 --pins 50 {stream}"
    code, _, said = shell(f"{generate} && {COMMAND} run --iterations 1 --date 2026-11-20 {stream}; code=$?; exit $code")
    assert (code, said) == (0, "")
    assert (tmp_path / "output" / "pin_joins" / "_manifests" / "light").is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {"input", "output", "pipe"}
