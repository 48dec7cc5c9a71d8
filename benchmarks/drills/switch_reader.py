"""A service that looks keys up while versions are switched under it, and checks each answer; run as a process.

Every row says which version it is of, and a number that follows from key and version. Of an answer to several keys all
rows must be of one version; keys that every version has must be there, and others must not.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from storage_tiers import Tier
from storage_tiers.random_access import RandomAccess
from storage_tiers.reading import KeyLookup, KeyReader, Row
from storage_tiers.registry import open_tier
from storage_tiers.tier import TierOptions

DATASET, KEY = "switched", "key"
STOP_NAME = "stop"
_BATCH, _N_ABSENT = 50, 5
_FACTOR = 1_000_003


def number_of(key: int, iteration: int) -> int:
    """Return the number that stands in the row of a key in an iteration."""
    return key * _FACTOR + iteration


@dataclass(slots=True)
class Seen:
    """What a service saw."""

    n_batches: int = 0
    n_gets: int = 0
    n_switches: int = 0
    n_wrong: int = 0  # of another key or with another number, or where there is no such key
    n_missing: int = 0
    n_mixed: int = 0  # answers of more than one version
    n_errors: int = 0
    slowest_ms: float = 0.0
    quantiles_us: tuple[float, ...] = ()  # P50, P99, P99.9 of a lookup
    iteration: int = 0  # of the last answer

    @property
    def is_right(self) -> bool:
        """Whether every answer was right, and there were some."""
        return self.n_batches > 0 and not (self.n_wrong or self.n_missing or self.n_mixed or self.n_errors)

    def check(self, keys: Sequence[int], absent: Sequence[int], rows: Sequence[Row | None]) -> None:
        """Check the rows of keys that there are, followed by those of keys that there aren't."""
        there, others = rows[: len(keys)], rows[len(keys) :]
        found = [(key, row) for key, row in zip(keys, there, strict=True) if row is not None]
        iterations = {row["iteration"] for _, row in found}
        wrong = [row for key, row in found if row != _row_of(key, row["iteration"])]
        self.n_batches += 1
        self.n_gets += len(rows)
        self.n_missing += len(keys) - len(found)
        self.n_mixed += len(iterations) > 1
        self.n_wrong += len(wrong) + sum(row is not None for row in others) + (len(rows) != len(keys) + len(absent))
        newest = max((int(str(iteration)) for iteration in iterations), default=self.iteration)
        self.n_switches += self.iteration not in {0, newest}
        self.iteration = newest


def _row_of(key: int, iteration: object) -> Row:
    return {KEY: key, "iteration": iteration, "number": number_of(key, int(str(iteration)))}


def handle_of(tier: Tier) -> KeyReader:
    """Open a handle that follows the pointer: of a tier on a server its reader does so by itself."""
    if tier.name == "random_access":
        return RandomAccess(tier.root, DATASET)
    if not isinstance(tier, KeyLookup):
        raise SystemExit(f"{tier.title} finds no rows by key")
    return tier.reader(DATASET)


def look_up(tier: Tier, folder: Path, name: str, n_keys: int) -> Seen:
    """Look keys up until told to stop; what the last answer was of stands in a file all the while."""
    chance, seen, told = random.Random(name), Seen(), folder / f"{name}.iteration"  # noqa: S311 - nothing secret
    with handle_of(tier) as handle:
        while not (folder / STOP_NAME).exists():
            keys = [2 * chance.randrange(n_keys) for _ in range(_BATCH)]
            absent = [2 * chance.randrange(n_keys) + 1 for _ in range(_N_ABSENT)]
            began, before = perf_counter(), seen.iteration
            rows = handle.get_many(keys + absent)
            seen.slowest_ms = max(seen.slowest_ms, 1_000 * (perf_counter() - began))
            seen.check(keys, absent, rows)
            if seen.iteration != before:
                told.write_text(str(seen.iteration), encoding="ascii")
        counts = handle.counts
        if counts is not None:
            seen.n_errors = counts.errors
            seen.quantiles_us = tuple(counts.quantile_us(share) or 0.0 for share in (0.5, 0.99, 0.999))
    return seen


def main() -> None:
    """Look up in the tier that the command line names, and write down what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    for word in ("root", "tier", "address", "folder", "name"):
        parser.add_argument(word)
    parser.add_argument("n_keys", type=int)
    asked = parser.parse_args()
    tier = open_tier(asked.tier, asked.root, TierOptions(address=asked.address))
    seen = look_up(tier, Path(asked.folder), asked.name, asked.n_keys)
    (Path(asked.folder) / f"{asked.name}.json").write_text(json.dumps(asdict(seen)), encoding="ascii")


if __name__ == "__main__":
    main()
