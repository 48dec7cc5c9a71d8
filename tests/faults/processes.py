"""Commands as child processes: started, killed in part or whole, waited for; and which of their processes are left."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.faults.fork_server import Request
from tests.faults.hooks import Hooks

REPOSITORY = Path(__file__).parents[2]
_MARK = "FAULTS_TRIAL"  # the variable that tells all processes of a trial
_MOST_S = 180.0
_ORPHANS_MAY_LIVE_S = 10.0
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # what forks may have no threads


class StuckError(Exception):
    """A command did not end."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, below 0 if it was killed, and what it printed."""

    code: int
    said: str

    @property
    def error(self) -> str:
        """The line that says what went wrong; empty if there is none."""
        lines = [line for line in self.said.splitlines() if line.startswith("error: ")]
        return lines[-1] if lines else (self.said.strip().splitlines() or [""])[-1] if self.code else ""


@dataclass(slots=True)
class Running:
    """A command that works, with all the processes it started."""

    pid: int
    mark: str
    said: Path
    _wait: "ForkServer | subprocess.Popen[bytes]" = field(repr=False)

    def wait(self, most_s: float = _MOST_S) -> Ended:
        """Wait for its end.

        Raises StuckError, after killing it, if it doesn't come.
        """
        code = self.code_within(most_s)
        if code is None:
            self.kill_all()
            raise StuckError(f"it had not ended after {most_s:,.0f} s: {self._said()[-500:]}")
        return Ended(code, self._said())

    def code_within(self, seconds: float) -> int | None:
        """Return the exit code if it ends within so many seconds."""
        if isinstance(self._wait, ForkServer):
            return self._wait.code_within(seconds)
        try:
            return self._wait.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill_all(self) -> None:
        """Kill the process, and all that it started."""
        for pid in [self.pid, *processes_marked(self.mark)]:
            _kill(pid)

    def kill_main(self) -> None:
        """Kill the process, and nothing that it started."""
        _kill(self.pid)

    def kill_worker(self) -> bool:
        """Kill a process that it started; return whether there was one."""
        workers = [pid for pid in processes_marked(self.mark) if pid != self.pid]
        for pid in workers[-1:]:
            _kill(pid)
        return bool(workers)

    def orphans(self) -> list[int]:
        """Return the processes that are left long after its end."""
        deadline = time.monotonic() + _ORPHANS_MAY_LIVE_S
        while (left := processes_marked(self.mark)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def _said(self) -> str:
        return self.said.read_text(encoding="utf-8", errors="replace") if self.said.exists() else ""


class ForkServer:
    """The other end of `tests.faults.fork_server`; one command at a time."""

    def __init__(self) -> None:
        environment = os.environ | _ONE_THREAD | {"PYTHONPATH": str(REPOSITORY)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd="/",  # where no luigi.cfg lies: a command reads that of its own folder
        )
        assert self._process.stdout is not None
        self._lines = self._process.stdout
        os.set_blocking(self._lines.fileno(), False)
        self._received = b""
        self._code: int | None = None

    def start(self, request: Request, mark: str) -> Running:
        """Start a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        self._process.stdin.flush()
        self._code = None
        pid = self._next("pid", _MOST_S)
        if pid is None:
            raise StuckError("the fork server does not answer")
        return Running(pid, mark, Path(request.said), self)

    def code_within(self, seconds: float) -> int | None:
        """Return the exit code of the command if it ends within so many seconds."""
        if self._code is None:
            self._code = self._next("code", seconds)
        return self._code

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_MOST_S)
        self._lines.close()

    def _next(self, name: str, seconds: float) -> int | None:
        deadline = time.monotonic() + seconds
        while True:
            self._received += self._lines.read() or b""
            line, newline, rest = self._received.partition(b"\n")
            if newline:
                self._received = rest
                return int(json.loads(line)[name])
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.002)


def start_command(
    server: ForkServer | None,
    arguments: tuple[str, ...],
    folder: Path,
    said: Path,
    hooks: Hooks | None = None,
    environment: Mapping[str, str] | None = None,
) -> Running:
    """Start a command of ours in a folder, as a fork or, without a server, as users do."""
    mark = secrets.token_hex(8)
    said.unlink(missing_ok=True)
    given = {**(environment or {}), _MARK: mark}
    if server is not None:
        return server.start(Request(list(arguments), str(folder), str(said), given, hooks or Hooks()), mark)
    beside_python = Path(sys.executable).parent / arguments[0]
    with said.open("wb") as output:
        process = subprocess.Popen(
            [str(beside_python), *arguments[1:]],
            cwd=folder,
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Running(process.pid, mark, said, process)


def processes_marked(mark: str) -> list[int]:
    """Return the processes whose environment bears a mark: those that a command started, and their own."""
    wanted, found = f"{_MARK}={mark}".encode(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:  # it ended meanwhile, or is another user's
                continue
    return sorted(found)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
