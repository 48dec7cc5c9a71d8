"""The service that is drilled: ``interest-graph serve`` with two processes, as people start it."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drills.processes import start
from benchmarks.drills.serving.joined_versions import BOARDS, OWNERS, PICTURES

N_WORKERS = 2
MOST_KEYS = 5  # pictures of a request
DEADLINE_MS = 250
STORE_TIMEOUT_MS = 1_000
MOST_DEADLINE_MS = 5_000
MOST_QUEUED_MS = 1_000  # so that a machine which is busy otherwise has nothing refused
CACHE = "cache"
_LIMIT_S = 180.0  # until it answers, on a machine that is busy
_POLL_S = 0.02
_ATTEMPTS = 5
_ADDRESS = re.compile(r" at (http://\S+?),? ")

# Of each plan the stores of the three datasets.
OF_LMDB, OF_CACHE, OF_BOTH = "page", "cached", "both"
_PLANS = {OF_LMDB: ("", "", ""), OF_CACHE: (f"{CACHE}/",) * 3, OF_BOTH: ("", f"{CACHE}/", "")}
_PLAN = f"""
answer = ["pictures", "boards", "owners"]
[parameters.pictures]
list = true
items = {MOST_KEYS}
[steps.pictures]
do = "fetch"
dataset = "{{}}{PICTURES}"
keys = "$pictures"
fields = ["of_iteration", "number", "boards.board_id"]
[steps.boards]
do = "expand"
from = "pictures"
path = "boards.board_id"
dataset = "{{}}{BOARDS}"
fields = ["of_iteration", "number", "user_id"]
most = {2 * MOST_KEYS}
[steps.owners]
do = "expand"
from = "boards"
path = "user_id"
dataset = "{{}}{OWNERS}"
fields = ["of_iteration", "number"]
most = {2 * MOST_KEYS}
"""


class ServiceError(Exception):
    """The service didn't begin, or isn't as it should be after what was done to it."""


@dataclass(frozen=True, slots=True)
class DrilledService:
    """A service that runs.

    Parameters
    ----------
    process
        The parent of its processes.
    url
        Where it answers.
    log
        What it says.
    plans
        That can be asked for.
    """

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    plans: tuple[str, ...]

    def workers(self) -> list[int]:
        """Return its processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(one) for one in children.split()]

    def check_runs(self) -> None:
        """Raise ServiceError if it has ended."""
        if self.process.poll() is not None:
            raise ServiceError(f"the service ended: {self.log.read_text(encoding='utf-8')[-2_000:]}")


@contextmanager
def running_service(folder: Path, output: Path, redis: str) -> Iterator[DrilledService]:
    """Run a service over an output folder, and over a Redis server where its address is given, for a block."""
    names = (OF_LMDB, OF_CACHE, OF_BOTH) if redis else (OF_LMDB,)
    config = _write_settings(folder, output, redis, names)
    log = folder / "service.log"
    words = ["interest-graph", "serve", "--config", str(config), "--workers", str(N_WORKERS), "--port", "0"]
    process, url = _begun(words, folder, log)
    try:
        yield DrilledService(process, url, log, names)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_LIMIT_S)
            finally:
                process.kill()
                process.wait()


def _begun(words: Sequence[str], folder: Path, log: Path) -> "tuple[subprocess.Popen[bytes], str]":
    """Start the service; again where it can't begin, as a store is late on a machine that is busy."""
    for attempt in range(1, _ATTEMPTS + 1):
        process = start(words, folder, log)
        try:
            return process, _address_in(log, process)
        except ServiceError:
            if attempt == _ATTEMPTS:
                raise
    raise ServiceError("the service wasn't begun")


def _write_settings(folder: Path, output: Path, redis: str, names: tuple[str, ...]) -> Path:
    (folder / "plans").mkdir()
    for name in names:
        (folder / "plans" / f"{name}.toml").write_text(_PLAN.format(*_PLANS[name]), encoding="utf-8")
    stores = f'[stores.lmdb]\nkind = "lmdb"\noutput = "{output}"\n'
    if redis:
        stores += f'[stores.{CACHE}]\nkind = "redis"\naddress = "{redis}"\ntimeout_ms = {STORE_TIMEOUT_MS}\n'
    config = folder / "serving.toml"
    config.write_text(
        f'plans = "plans"\n{stores}[server]\nmost_queued_ms = {MOST_QUEUED_MS}\ndeadline_ms = {MOST_DEADLINE_MS}\n',
        encoding="utf-8",
    )
    return config


def _address_in(log: Path, process: "subprocess.Popen[bytes]") -> str:
    end = time.monotonic() + _LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        found = _ADDRESS.search(log.read_text(encoding="utf-8"))
        if found:
            return found[1].rstrip(",")
        time.sleep(_POLL_S)
    process.kill()
    process.wait()
    raise ServiceError(f"the service didn't begin: {log.read_text(encoding='utf-8')[-2_000:]}")
