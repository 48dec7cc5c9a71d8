"""A process that loads one version, and that is let through or ended by ``kill -9``."""

import signal
import subprocess
import sys
import time
from typing import Self

from benchmarks.drills.checked_answers import DATASET
from storage_tiers import Dataset, Tier, Version, open_dataset, open_tier
from storage_tiers.tier import TierOptions

_BEGUN, _ENDED = b"begun\n", b"ended\n"


class LoaderError(Exception):
    """A loader ended before its load, which is no matter of the drill."""


class Loader:
    """The process; a context manager that leaves none behind. All it needs is imported when the block begins."""

    def __init__(self, tier: Tier, dataset: Dataset) -> None:
        version = (dataset.version.date.isoformat(), str(dataset.version.iteration))
        words = [sys.executable, "-m", "benchmarks.drills.loader", tier.name, str(tier.root), tier.options.address]
        self._process = subprocess.Popen([*words, *version], stdout=subprocess.PIPE)  # noqa: S603 - our own

    def __enter__(self) -> Self:
        if self._line() != _BEGUN:
            self.__exit__()
            raise LoaderError("a loader didn't begin")
        self._begun = time.monotonic()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ended(self) -> float | None:
        """Wait until it has loaded; return after how many seconds that was, or None where it failed."""
        took_s = time.monotonic() - self._begun if self._line() == _ENDED else None
        return None if self._process.wait() else took_s

    def killed_after(self, seconds: float) -> bool:
        """Kill it after a time; return whether that met its load, and not what comes after."""
        time.sleep(max(0.0, self._begun + seconds - time.monotonic()))
        self._process.send_signal(signal.SIGKILL)
        return self._line() != _ENDED

    def _line(self) -> bytes:
        return b"" if self._process.stdout is None else self._process.stdout.readline()


def load(name: str, root: str, address: str, date: str, iteration: str) -> None:
    """Load a version. A tier that copies nothing tells other programs of it as well, while the old one serves."""
    tier = open_tier(name, root, TierOptions(address=address))
    dataset = open_dataset(root, DATASET, tier.variant, date, int(iteration))
    serving = tier.current(DATASET)  # what is needed to ask is imported by now
    sys.stdout.buffer.write(_BEGUN)
    sys.stdout.flush()
    tier.load(dataset)
    if not tier.copies and isinstance(serving, Version):
        tier.make_current({DATASET: serving})
    sys.stdout.buffer.write(_ENDED)
    sys.stdout.flush()


if __name__ == "__main__":
    load(*sys.argv[1:])
