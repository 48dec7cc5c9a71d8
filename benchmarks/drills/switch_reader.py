"""A service that looks keys up while versions are switched under it, and checks each answer; run as a process."""

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter_ns

from benchmarks.drills.checked_answers import DATASET, Seen
from benchmarks.drills.served_rows import look_up, some_keys
from storage_tiers import DatasetError, Tier
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.random_access import RandomAccess
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.reading import KeyReader, Row
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.redis_server import RedisTier
from storage_tiers.registry import open_tier
from storage_tiers.tier import TierOptions

STOP_NAME = "stop"
_QUANTILES = (0.5, 0.99, 0.999)

Lookup = Callable[[Sequence[int]], list[Row | None]]


@contextmanager
def followed(tier: Tier) -> Iterator[Lookup]:
    """Give what looks rows up of whatever serves: a handle that follows the pointer, or what opens anew each time."""
    handle: KeyReader | None = None
    if isinstance(tier, RandomAccessTier):
        handle = RandomAccess(tier.root, DATASET)
    elif isinstance(tier, RedisTier | HBaseTier):
        handle = tier.reader(DATASET)
    if handle is None:
        yield lambda keys: look_up(tier, keys)
        return
    with handle:
        yield handle.get_many
        counts = handle.counts
        if counts is not None and counts.errors:  # of switches, too, that the handle couldn't follow
            raise SystemExit(f"the handle counted {counts.errors} errors")


def watch(tier: Tier, folder: Path, name: str, n_keys: int) -> Seen:
    """Look keys up until told to stop; what the last answer was of stands in a file all the while."""
    chance, seen, told = random.Random(name), Seen(), folder / f"{name}.iteration"  # noqa: S311 - nothing secret
    times = ReadCounts()
    with followed(tier) as look:
        while not (folder / STOP_NAME).exists():
            keys, absent = some_keys(chance, n_keys)
            began, before = perf_counter_ns(), seen.iteration
            try:
                rows = look(keys + absent)
            except DatasetError as error:
                seen.note_error(error)
                continue
            times.note_time((perf_counter_ns() - began) // len(rows), len(rows))
            seen.check(keys, absent, rows)
            if seen.iteration != before:
                told.write_text(str(seen.iteration), encoding="ascii")
    seen.quantiles_us = tuple(times.quantile_us(share) or 0.0 for share in _QUANTILES)
    return seen


def main() -> None:
    """Look up in the tier that the command line names, and write down what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    for word in ("root", "tier", "address", "folder", "name"):
        parser.add_argument(word)
    parser.add_argument("n_keys", type=int)
    asked = parser.parse_args()
    tier = open_tier(asked.tier, asked.root, TierOptions(address=asked.address))
    seen = watch(tier, Path(asked.folder), asked.name, asked.n_keys)
    (Path(asked.folder) / f"{asked.name}.json").write_text(json.dumps(asdict(seen)), encoding="ascii")


if __name__ == "__main__":
    main()
