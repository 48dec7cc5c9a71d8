"""Switches and rollbacks under continuous reads from two processes: no answer may be wrong, missing or mixed.

Each switch loads a version of its own and drops what is older than the last few. After each, the drill waits until both
processes answer from what serves, so that every switch is met by reads. It works on every tier: ``--tier postgresql``;
a server that a tier needs is started by the drill, unless ``--address`` gives one.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.drills.checked_answers import DATASET, DATE, GAP_S, Seen
from benchmarks.drills.drilled_tier import TIER_OPTIONS, MissingServerError, drilled_tier, whole_names
from benchmarks.drills.served_rows import publish_iteration
from benchmarks.drills.switch_reader import STOP_NAME
from benchmarks.harness.kept import bench_folder
from storage_tiers import Tier, Version

OPTIONS: dict[str, dict[str, object]] = {
    "--tier": TIER_OPTIONS["--tier"] | {"default": ["random_access", "redis"]},
    "--address": TIER_OPTIONS["--address"],
    "--switches": {"type": int, "default": 100, "help": "(default: %(default)s)"},
    "--rollbacks": {"type": int, "default": 10, "help": "(default: %(default)s)"},
    "--keys": {"type": int, "default": 20_000, "help": "rows of a version (default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
_READERS = ("first", "second")
_KEPT = 3  # versions in the tier
_SMALL_SWITCHES, _SMALL_ROLLBACKS, _SMALL_KEYS = 6, 2, 500
_LIMIT_S = 60.0  # until both readers must have come to what serves
_POLL_S = 0.002  # between two questions where a reader is
_COUNTS = ("batches", "gets", "switches", "wrong", "missing", "mixed", "errors", "gaps")
_TIMES = ("longest pause ms", "P50 us", "P99 us", "P99.9 us")
_HEADS = (*_COUNTS, *_TIMES)


class StuckError(Exception):
    """A reader ended, or doesn't come to what serves."""


@dataclass(frozen=True, slots=True)
class Switched:
    """What the two readers of a tier saw, and how long switches took."""

    tier: str
    readers: tuple[Seen, ...]
    is_right: bool
    seconds: float
    arrived_s: tuple[float, ...]  # of each switch, until both readers answered from what serves

    def lines(self) -> list[str]:
        """Return a row a reader, and one about how long the switches took."""
        arrived = f"median {1_000 * median(self.arrived_s):.0f} ms, worst {1_000 * max(self.arrived_s):.0f} ms"
        rows = [_row(f"{self.tier} {name}", one) for name, one in zip(_READERS, self.readers, strict=True)]
        told = f"both readers there after {arrived}; {self.seconds:.0f} s"
        return [*rows, f"{'':<22}{told}; {'right' if self.is_right else 'WRONG'}"]


def main(asked: argparse.Namespace) -> None:
    """Print the rows of each tier; a wrong, missing or mixed answer ends with an error."""
    sizes = (_SMALL_SWITCHES, _SMALL_ROLLBACKS, _SMALL_KEYS) if asked.small else ()
    n_switches, n_rollbacks, n_keys = sizes or (asked.switches, asked.rollbacks, asked.keys)
    names = whole_names(asked.tier)
    print(f"\n{n_switches} switches and {n_rollbacks} rollbacks of {n_keys:,} rows, seed {asked.seed}", flush=True)
    print(f"a gap: over {GAP_S:g} s without an answer; times are of a key in an answer to 55")
    print(f"{'tier, reader':<22}" + "".join(f"{head:>{_width(head)}}" for head in _HEADS), flush=True)
    is_right = True
    for lines, tier_is_right in _drilled(names, asked.address, n_switches, n_rollbacks, n_keys, asked.seed):
        print("\n".join(lines), flush=True)
        is_right = is_right and tier_is_right
    if not is_right:
        raise SystemExit(1)


def _drilled(
    names: list[str], address: str, n_switches: int, n_rollbacks: int, n_keys: int, seed: int
) -> Iterator[tuple[list[str], bool]]:
    """Yield the rows of each tier, and whether all was right; a tier whose server can't be had is named."""
    for name in names:
        folder = Path(tempfile.mkdtemp(prefix="switches-", dir=bench_folder()))
        try:
            with drilled_tier(name, folder / "output", address) as tier:
                seen = drill(tier, folder, n_switches, n_rollbacks, n_keys, seed)
            yield seen.lines(), seen.is_right
        except MissingServerError as missing:
            yield [f"{name:<22} not run: {missing}"], False
        finally:
            shutil.rmtree(folder)


def drill(tier: Tier, folder: Path, n_switches: int, n_rollbacks: int, n_keys: int, seed: int) -> Switched:
    """Switch under two readers, and return what they saw."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    goes_back = set(chance.sample(range(2, n_switches + 2), n_rollbacks))  # after these switches
    tier.serve(publish_iteration(tier, 1, n_keys))
    readers = [_start(tier, folder, name, n_keys) for name in _READERS]
    took_s, began = [], time.monotonic()
    try:
        _wait_for(folder, readers, 1)
        for iteration in range(2, n_switches + 2):
            tier.load(publish_iteration(tier, iteration, n_keys))
            took_s.append(_switch(tier, folder, readers, iteration))
            if iteration in goes_back:
                took_s.append(_switch(tier, folder, readers, iteration - 1))
            tier.drop_all({DATASET: tier.versions(DATASET)[:-_KEPT]})
    finally:
        (folder / STOP_NAME).touch()
        exits = [reader.wait() for reader in readers]
    seconds = time.monotonic() - began
    seen = tuple(Seen(**json.loads((folder / f"{name}.json").read_bytes())) for name in _READERS)
    is_right = not any(exits) and all(one.is_right and one.n_switches == len(took_s) for one in seen)
    return Switched(tier.name, seen, is_right, seconds, tuple(took_s))


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


def _row(label: str, seen: Seen) -> str:
    counts = (seen.n_batches, seen.n_gets, seen.n_switches, seen.n_wrong, seen.n_missing, seen.n_mixed, seen.n_errors)
    cells = [f"{count:,}" for count in (*counts, seen.n_gaps)]
    cells += [f"{time:,.1f}" for time in (seen.longest_pause_ms, *seen.quantiles_us)]
    return f"{label:<22}" + "".join(f"{cell:>{_width(head)}}" for head, cell in zip(_HEADS, cells, strict=True))


def _width(head: str) -> int:
    return max(10, len(head) + 2)
