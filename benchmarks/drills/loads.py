"""Loads that are killed at random moments: the old version must serve, and the next load succeed and leave nothing.

A loader is a process of its own, ended by ``kill -9`` at a random moment of its load. All the while a watch looks rows
up. After each kill every row of the version that serves is looked up, and a version that was loaded to the end just
before is checked and dropped. Every few kills, and at the end, a load comes through. What lies there then that belongs
to no version is counted. One run takes every tier; ``--tier`` names some, and ``--address`` the server of one.
"""

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.drills.checked_answers import DATASET, row_of
from benchmarks.drills.drilled_tier import DRILLED, TIER_OPTIONS, MissingServerError, drilled_tier, whole_names
from benchmarks.drills.kills import HEADS, Kills
from benchmarks.drills.left_behind import left_of, seconds_until_given_up
from benchmarks.drills.loader import Loader
from benchmarks.drills.served_rows import Watch, look_up, publish_iteration
from benchmarks.harness.kept import bench_folder
from storage_tiers import Dataset, DatasetError, Tier, Version

OPTIONS: dict[str, dict[str, object]] = {
    "--tier": TIER_OPTIONS["--tier"] | {"default": list(DRILLED)},
    "--address": TIER_OPTIONS["--address"],
    "--kills": {"type": int, "default": 50, "help": "of each tier (default: %(default)s)"},
    "--keys": {"type": int, "default": 20_000, "help": "rows of a version (default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
_SMALL_KILLS, _SMALL_KEYS = 4, 4_000
_WHOLE_LOAD_EVERY = 10  # kills
SERVING, LOADED = 1, 2  # iterations


def main(asked: argparse.Namespace) -> None:
    """Print a row a tier; anything wrong ends with an error."""
    n_kills, n_keys = (_SMALL_KILLS, _SMALL_KEYS) if asked.small else (asked.kills, asked.keys)
    names = whole_names(asked.tier)
    print(f"\n{n_kills} loads of {n_keys:,} rows killed in each tier, seed {asked.seed}\n{HEADS}", flush=True)
    is_right = True
    for line, tier_is_right in _lines(names, asked.address, n_kills, n_keys, asked.seed):
        print(line, flush=True)
        is_right = is_right and tier_is_right
    if not is_right:
        raise SystemExit(1)


def _lines(names: list[str], address: str, n_kills: int, n_keys: int, seed: int) -> Iterator[tuple[str, bool]]:
    """Yield the row of each tier, and whether all was right; a missing server is wrong where its tier was asked for."""
    for name in names:
        folder = Path(tempfile.mkdtemp(prefix="loads-", dir=bench_folder()))
        try:
            with drilled_tier(name, folder / "output", address) as tier:
                seen = drill(tier, n_kills, n_keys, seed)
                yield seen.row(name), seen.is_right
        except MissingServerError as missing:
            yield f"{name:<14} not run: {missing}", names == [*DRILLED]
        finally:
            shutil.rmtree(folder)


def drill(tier: Tier, n_kills: int, n_keys: int, seed: int) -> Kills:
    """Kill so many loads, and return what was seen."""
    chance, seen = random.Random(seed), Kills()  # noqa: S311 - nothing secret
    tier.serve(publish_iteration(tier, SERVING, n_keys))
    dataset = publish_iteration(tier, LOADED, n_keys)
    with Watch(tier, n_keys, seed) as watch:
        _load_whole(tier, dataset, n_keys, seen)
        for number in range(1, n_kills + 1):
            _kill_a_load(tier, dataset, chance.uniform(0, seen.load_s), seen)
            seen.most_left = max(seen.most_left, len(left_of(tier)))
            _look(tier, n_keys, seen)
            if number % _WHOLE_LOAD_EVERY == 0:
                _load_whole(tier, dataset, n_keys, seen)
        time.sleep(seconds_until_given_up(tier))
        _load_whole(tier, dataset, n_keys, seen)
        _look(tier, n_keys, seen)
    seen.watched = watch.seen
    seen.n_left = len(left_of(tier))
    return seen


def _load_whole(tier: Tier, dataset: Dataset, n_keys: int, seen: Kills) -> None:
    """Load to the end, check every byte, look every row of it up, and drop it again."""
    seen.n_whole += 1
    with Loader(tier, dataset) as loader:
        took_s = loader.ended()
    if took_s is None:
        return
    seen.load_s = max(seen.load_s, took_s)
    if _is_sound(tier, dataset.version, seen):
        seen.n_succeeded += _faults(tier, n_keys, LOADED) == (0, 0)
        tier.drop(DATASET, dataset.version)


def _kill_a_load(tier: Tier, dataset: Dataset, after_s: float, seen: Kills) -> None:
    with Loader(tier, dataset) as loader:
        is_within = loader.killed_after(after_s)
    seen.n_within += is_within
    seen.n_finished += not is_within


def _look(tier: Tier, n_keys: int, seen: Kills) -> None:
    """Look every row up in what serves; check what else is listed, which came to its end, and drop it."""
    n_wrong, n_missing = _faults(tier, n_keys, SERVING)
    seen.n_gets += n_keys
    seen.n_wrong += n_wrong
    seen.n_missing += n_missing
    for version in tier.versions(DATASET):
        if version.iteration != SERVING:
            _is_sound(tier, version, seen)
            tier.drop(DATASET, version)


def _is_sound(tier: Tier, version: Version, seen: Kills) -> bool:
    try:
        tier.verify(DATASET, version)
    except DatasetError as error:
        seen.note(error)
        return False
    return True


def _faults(tier: Tier, n_keys: int, iteration: int) -> tuple[int, int]:
    """Return how many rows of an iteration are wrong, and how many are missing; of the old one, of what serves."""
    keys = range(0, 2 * n_keys, 2)
    rows = look_up(tier, keys, None if iteration == SERVING else iteration)
    n_missing = sum(row is None for row in rows)
    n_right = sum(row == row_of(key, iteration) for key, row in zip(keys, rows, strict=True))
    return n_keys - n_missing - n_right, n_missing
