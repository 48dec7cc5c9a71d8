"""Switches and rollbacks under continuous reads from two processes: no answer may be wrong, missing or mixed.

Each switch loads a version of its own and drops what is older than the last few. After each, the drill waits until both
processes answer from what serves, so that every switch is met by reads. It works on every tier that finds rows by key:
``--tier redis --address redis://127.0.0.1:6379`` on a server.
"""

import argparse
import datetime as dt
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa

from benchmarks.drills.switch_reader import DATASET, KEY, STOP_NAME, Seen, number_of
from benchmarks.harness.kept import bench_folder
from joins.arrow.hashing import partition_of
from storage_tiers import Dataset, Tier, Version, open_dataset, open_tier
from storage_tiers.tier import TierOptions
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset

OPTIONS: dict[str, dict[str, object]] = {
    "--tier": {"default": "random_access", "help": "the tier that is switched (default: %(default)s)"},
    "--address": {"default": "", "help": "of its server, where it is on one"},
    "--switches": {"type": int, "default": 100, "help": "(default: %(default)s)"},
    "--rollbacks": {"type": int, "default": 10, "help": "(default: %(default)s)"},
    "--keys": {"type": int, "default": 20_000, "help": "rows of a version (default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
DATE = dt.date(2026, 11, 20)
_READERS = ("first", "second")
_KEPT = 3
_N_PARTS = 2
_SMALL_SWITCHES, _SMALL_ROLLBACKS, _SMALL_KEYS = 6, 2, 500
_LIMIT_S = 60.0
_POLL_S = 0.002


class StuckError(Exception):
    """A reader ended, or doesn't come to what serves."""


def main(asked: argparse.Namespace) -> None:
    """Print the table; a wrong, missing or mixed answer ends with an error."""
    sizes = (_SMALL_SWITCHES, _SMALL_ROLLBACKS, _SMALL_KEYS) if asked.small else ()
    n_switches, n_rollbacks, n_keys = sizes or (asked.switches, asked.rollbacks, asked.keys)
    folder = Path(tempfile.mkdtemp(prefix="switches-", dir=bench_folder()))
    tier = open_tier(asked.tier, folder / "output", TierOptions(address=asked.address))
    try:
        is_right, lines = drill(tier, folder, n_switches, n_rollbacks, n_keys, asked.seed)
    finally:
        shutil.rmtree(folder)
    print("\n".join(lines))
    if not is_right:
        raise SystemExit(1)


def drill(
    tier: Tier, folder: Path, n_switches: int, n_rollbacks: int, n_keys: int, seed: int
) -> tuple[bool, list[str]]:
    """Switch under two readers, and return whether all answers were right, and the lines of the table."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    goes_back = set(chance.sample(range(2, n_switches + 2), n_rollbacks))  # after these switches
    tier.serve(_publish(tier.root, 1, n_keys))
    readers = [_start(tier, folder, name, n_keys) for name in _READERS]
    took_s, began = [], time.monotonic()
    try:
        _wait_for(folder, readers, 1)
        for iteration in range(2, n_switches + 2):
            tier.load(_publish(tier.root, iteration, n_keys))
            took_s.append(_switch(tier, folder, readers, iteration))
            if iteration in goes_back:
                took_s.append(_switch(tier, folder, readers, iteration - 1))
            tier.drop_all({DATASET: tier.versions(DATASET)[:-_KEPT]})
    finally:
        (folder / STOP_NAME).touch()
        exits = [reader.wait() for reader in readers]
    seconds = time.monotonic() - began
    seen = [Seen(**json.loads((folder / f"{name}.json").read_bytes())) for name in _READERS]
    is_right = not any(exits) and all(one.is_right for one in seen)
    said = f"{n_switches} switches and {n_rollbacks} rollbacks of {n_keys:,} rows in {tier.title}, {seconds:.0f} s"
    arrived = (
        f"until both readers were there: median {1_000 * median(took_s):.0f} ms, worst {1_000 * max(took_s):.0f} ms"
    )
    return is_right, [f"{said}; {arrived}", *_table(seen), "right" if is_right else "WRONG"]


def _publish(root: Path, iteration: int, n_keys: int) -> Dataset:
    keys = np.arange(0, 2 * n_keys, 2)
    numbers = [number_of(int(key), iteration) for key in keys]
    table = pa.table({KEY: keys, "iteration": np.full(n_keys, iteration), "number": numbers})
    spec, version = DatasetSpec(DATASET, table.schema, KEY), Version(DATE, iteration)
    part_of = partition_of(table[KEY], _N_PARTS)
    with stage_dataset(root, spec, "light", version) as staging:
        parts = [staging.writer(part, table.filter(pa.array(part_of == part))) for part in range(_N_PARTS)]
        staging.publish(parts, Provenance())
    return open_dataset(root, DATASET, "light", DATE, iteration)


def _start(tier: Tier, folder: Path, name: str, n_keys: int) -> subprocess.Popen[bytes]:
    words = [str(tier.root), tier.name, tier.options.address, str(folder), name, str(n_keys)]
    return subprocess.Popen([sys.executable, "-m", "benchmarks.drills.switch_reader", *words])  # noqa: S603 - our own


def _switch(tier: Tier, folder: Path, readers: Sequence[subprocess.Popen[bytes]], iteration: int) -> float:
    """Let a loaded version serve, and return after how many seconds both readers answered from it."""
    began = time.monotonic()
    tier.make_current({DATASET: Version(DATE, iteration)})
    _wait_for(folder, readers, iteration)
    return time.monotonic() - began


def _wait_for(folder: Path, readers: Sequence[subprocess.Popen[bytes]], iteration: int) -> None:
    end = time.monotonic() + _LIMIT_S
    while any(_iteration_of(folder, name) != iteration for name in _READERS):
        if time.monotonic() > end or any(reader.poll() is not None for reader in readers):
            raise StuckError(f"not every reader came to iteration {iteration}")
        time.sleep(_POLL_S)


def _iteration_of(folder: Path, name: str) -> int | None:
    try:
        return int((folder / f"{name}.iteration").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):  # it is being written
        return None


def _table(seen: Sequence[Seen]) -> list[str]:
    heads = ("reader", "batches", "gets", "switches", "wrong", "missing", "mixed", "errors", "P50 us", "P99 us")
    lines = [f"{heads[0]:<8}" + "".join(f"{head:>11}" for head in (*heads[1:], "P99.9 us", "slowest ms"))]
    for name, one in zip(_READERS, seen, strict=True):
        numbers = (one.n_batches, one.n_gets, one.n_switches, one.n_wrong, one.n_missing, one.n_mixed, one.n_errors)
        cells = [f"{number:>11,}" for number in numbers]
        cells += [f"{number:>11,.1f}" for number in (*one.quantiles_us, one.slowest_ms)]
        lines.append(f"{name:<8}" + "".join(cells))
    return lines
