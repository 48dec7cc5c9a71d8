"""Loads that are killed at random moments: the old version must serve, and the next load succeed and leave nothing.

A loader is a process of its own, ended by ``kill -9`` at a random moment of its load. After each kill every row of the
version that serves is looked up, and a version that was loaded to the end just before is checked and dropped. Every few
kills, and at the end, a load comes through. What lies there then that belongs to no version is counted. It works on
every tier that finds rows by key: ``--tier redis --address redis://127.0.0.1:6379`` on a server.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drills.drilled_tier import drilled_tier, left_of, seconds_until_given_up
from benchmarks.drills.switch_reader import DATASET, KEY, number_of
from benchmarks.drills.switches import DATE, publish_iteration
from benchmarks.harness.kept import bench_folder
from storage_tiers import Dataset, DatasetError, Tier, Version, open_dataset, open_tier
from storage_tiers.tier import TierOptions

OPTIONS: dict[str, dict[str, object]] = {
    "--tier": {"default": "random_access", "help": "the tier that is loaded (default: %(default)s)"},
    "--address": {"default": "", "help": "of its server, where it is on one"},
    "--kills": {"type": int, "default": 50, "help": "(default: %(default)s)"},
    "--keys": {"type": int, "default": 100_000, "help": "rows of a version (default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
_SMALL_KILLS, _SMALL_KEYS = 4, 4_000
_WHOLE_LOAD_EVERY = 10  # kills
_SERVING, _LOADED = 1, 2  # iterations
_BEGUN = b"begun\n"


@dataclass(slots=True)
class Kills:
    """What became of the loads."""

    n_within: int = 0  # kills that met a load under way
    n_finished: int = 0  # loads that were through before
    n_whole: int = 0  # loads that nobody killed
    n_wrong: int = 0  # rows of the version that serves that weren't as published
    n_half_visible: int = 0  # versions that were listed and not sound
    n_left: int = 0  # files or keys of no version, after the last load

    @property
    def is_right(self) -> bool:
        """Whether the old version always served, and nothing half-done was seen or left."""
        return self.n_within > 0 and not (self.n_wrong or self.n_half_visible or self.n_left)

    def __str__(self) -> str:
        return (
            f"{self.n_within} loads killed on the way, {self.n_finished} after their end, {self.n_whole} let through; "
            f"{self.n_wrong} wrong rows, {self.n_half_visible} versions half visible, {self.n_left} keys or files left"
        )


def main(asked: argparse.Namespace) -> None:
    """Print what was seen; anything wrong ends with an error."""
    n_kills, n_keys = (_SMALL_KILLS, _SMALL_KEYS) if asked.small else (asked.kills, asked.keys)
    folder = Path(tempfile.mkdtemp(prefix="loads-", dir=bench_folder()))
    try:
        with drilled_tier(asked.tier, folder, asked.address) as tier:
            seen = drill(tier, n_kills, n_keys, asked.seed)
    finally:
        shutil.rmtree(folder)
    print(f"{tier.title}, {n_keys:,} rows: {seen}; {'right' if seen.is_right else 'WRONG'}")
    if not seen.is_right:
        raise SystemExit(1)


def drill(tier: Tier, n_kills: int, n_keys: int, seed: int) -> Kills:
    """Kill so many loads, and return what was seen."""
    chance, seen = random.Random(seed), Kills()  # noqa: S311 - nothing secret
    tier.serve(publish_iteration(tier.root, _SERVING, n_keys))
    dataset = publish_iteration(tier.root, _LOADED, n_keys)
    took_s = _load_whole(tier, dataset, seen)
    for number in range(1, n_kills + 1):
        _kill_a_load(tier, chance.uniform(0, took_s), seen)
        _look(tier, dataset, n_keys, seen)
        if number % _WHOLE_LOAD_EVERY == 0:
            _load_whole(tier, dataset, seen)
    time.sleep(seconds_until_given_up(tier))
    _load_whole(tier, dataset, seen)
    _look(tier, dataset, n_keys, seen)
    seen.n_left = len(left_of(tier)())
    return seen


def _load_whole(tier: Tier, dataset: Dataset, seen: Kills) -> float:
    """Load to the end, check every byte, let it serve and go back; return how long the load took."""
    began = time.monotonic()
    tier.load(dataset)
    took_s = time.monotonic() - began
    tier.verify(DATASET, dataset.version)
    for iteration in (_LOADED, _SERVING):
        tier.make_current({DATASET: Version(DATE, iteration)})
    tier.drop(DATASET, dataset.version)
    seen.n_whole += 1
    return took_s


def _kill_a_load(tier: Tier, after_s: float, seen: Kills) -> None:
    words = [sys.executable, "-m", "benchmarks.drills.loads", str(tier.root), tier.name, tier.options.address]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as loader:  # noqa: S603 - our own
        if loader.stdout is None or loader.stdout.readline() != _BEGUN:
            raise SystemExit("a loader didn't begin")
        try:
            loader.wait(after_s)
        except subprocess.TimeoutExpired:
            loader.send_signal(signal.SIGKILL)
        is_killed = loader.wait() == -signal.SIGKILL
    seen.n_within += is_killed
    seen.n_finished += not is_killed


def _look(tier: Tier, dataset: Dataset, n_keys: int, seen: Kills) -> None:
    """Look every row up in what serves, and check what was loaded to the end."""
    keys = range(0, 2 * n_keys, 2)
    with tier.reader(DATASET) as reader:  # type: ignore[attr-defined]
        rows = reader.get_many(keys)
    right = ({KEY: key, "iteration": _SERVING, "number": number_of(key, _SERVING)} for key in keys)
    seen.n_wrong += sum(row != expected for row, expected in zip(rows, right, strict=True))
    others = [version for version in tier.versions(DATASET) if version.iteration != _SERVING]
    for version in others:
        try:
            tier.verify(DATASET, version)
        except DatasetError as error:
            print(error)
            seen.n_half_visible += 1
        tier.drop(DATASET, dataset.version)


def load() -> None:
    """Load the second version: what the process does that is killed."""
    root, name, address = sys.argv[1:]
    dataset = open_dataset(root, DATASET, "light", DATE, _LOADED)
    tier = open_tier(name, root, TierOptions(address=address))
    sys.stdout.buffer.write(_BEGUN)
    sys.stdout.flush()
    tier.load(dataset)


if __name__ == "__main__":
    load()
