"""Signals in the second that importing takes, before any command works, and when all is done."""

import gc
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workflows import before_imports
from workflows.operations import interruption

COMMAND = Path(sys.executable).parent / "interest-graph"


def heeds(pid: int, number: int) -> bool:
    """Return whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(caught >> (number - 1) & 1)


@pytest.mark.parametrize("number", interruption.EXIT_CODES)
def test_a_signal_while_the_program_starts_is_one_line(tmp_path, number):
    process = subprocess.Popen(
        [COMMAND, "status"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 - no thread of the test is at work
    )
    deadline = time.monotonic() + 60
    while not heeds(process.pid, signal.SIGTERM) and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    name = signal.Signals(number).name
    assert said == f"interrupted by {name}; nothing was under way\n"
    assert process.returncode == interruption.EXIT_CODES[number]


def test_a_signal_after_all_is_done_changes_nothing(run_python):
    script = """
import os, signal, sys
sys.argv = ["interest-graph", "--help"]
from workflows.commands import app as program
class Late:
    def __del__(self):  # while Python takes itself apart
        os.kill(os.getpid(), signal.SIGTERM)
        os.write(1, b"went on")
program.late = Late()
sys.stdout = open(os.devnull, "w")
program.main()
"""
    process = run_python(script)
    printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed, said) == (0, "went on", "")


def test_other_programs_keep_their_handlers(run_python):
    script = """
import gc
import signal
before = signal.getsignal(signal.SIGINT)
import workflows
print(signal.getsignal(signal.SIGINT) is before, end="")
"""
    assert run_python(script).communicate(timeout=60)[0] == "True"


@pytest.mark.parametrize(("program", "looks"), [("/usr/bin/interest-graph", False), ("luigi", True), ("", True)])
def test_garbage_is_left_while_our_own_program_imports(program, looks):
    try:
        before_imports.leave_garbage(program)
        assert gc.isenabled() is looks
        before_imports.look_for_garbage()
        assert gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
