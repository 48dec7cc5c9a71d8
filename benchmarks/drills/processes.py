"""Starting our commands for the drills, ending them at chosen moments, and seeing that nothing of them is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_BIN = Path(sys.executable).parent
_POLL_S = 0.05


def start(words: Sequence[str], cwd: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a command of this environment in a process group of its own; its lines go to the end of a file."""
    with log.open("ab") as lines:
        return subprocess.Popen(  # noqa: S603 - our own commands
            [str(_BIN / words[0]), *words[1:]], cwd=cwd, stdout=lines, stderr=lines, process_group=0
        )


def end_after(process: subprocess.Popen[bytes], seconds: float, number: signal.Signals) -> bool:
    """Send a signal to a process, and to it alone, after a time; return whether it was still there to get it."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        return True
    return False


def left_behind(folder: Path, within_s: float = 30.0) -> int:
    """Return how many processes whose working folder is the given one are still there after so many seconds."""
    deadline = time.monotonic() + within_s
    while (there := _processes_in(folder)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return len(there)


def _processes_in(folder: Path) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            is_alive = bool((path / "cmdline").read_bytes())  # one that has ended and wasn't waited for has none
            is_there = (path / "cwd").readlink() == folder.resolve()
        except OSError:  # it has just ended
            continue
        if is_alive and is_there and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found
