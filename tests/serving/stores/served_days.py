"""Two small datasets that belong together, iteration after iteration, in the tiers that a test asks for.

Every row says which iteration it is of, so that a mixture is seen.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from serving.config import Config, LmdbStore, Store
from serving.stores.opened_stores import OpenedStores
from serving.stores.source import Release, Rows
from storage_tiers import Dataset, Version
from storage_tiers.tier import Tier

DAY = dt.date(2026, 11, 20)
NAMES = ("board_joins", "pin_joins")
PICTURES = [f"{number:016x}" for number in range(40)]
BOARDS = range(100)
LIMIT_S = 30


def version_of(iteration: int) -> Version:
    return Version(DAY, iteration)


def board_joins(iteration: int) -> pa.Table:
    pictures = [[{"image_signature": PICTURES[board % 40], "seen_in": iteration}] for board in BOARDS]
    columns = {"board_id": [*BOARDS], "name": [f"board {board}" for board in BOARDS], "pin_joins": pictures}
    return pa.table(columns | {"seen_in": [iteration] * len(BOARDS)})


def pin_joins(iteration: int) -> pa.Table:
    boards = [[{"board_id": number, "name": "a name"}, {"board_id": number + 1, "name": None}] for number in range(40)]
    return pa.table({"image_signature": PICTURES, "boards": boards, "seen_in": [iteration] * 40})


class Days:
    """What is published and loaded under an output folder."""

    def __init__(self, root: Path, publish: Callable[..., Dataset]) -> None:
        self.root, self._publish = root, publish
        self._datasets: dict[tuple[str, int], Dataset] = {}

    def published(self, name: str, iteration: int) -> Dataset:
        """Return a dataset, published where it wasn't; the light variant, which has all fields of the full one."""
        if (name, iteration) not in self._datasets:
            table, key = {
                "board_joins": (board_joins, "board_id"),
                "pin_joins": (pin_joins, "image_signature"),
            }[name]
            for variant in ("full", "light"):
                self._datasets[name, iteration] = self._publish(
                    self.root, table(iteration), name, key=key, n_parts=2, iteration=iteration, variant=variant
                )
        return self._datasets[name, iteration]

    def load(self, tier: Tier, iteration: int, names: Iterable[str] = NAMES) -> None:
        """Load an iteration of datasets beside what serves."""
        for name in names:
            tier.load(self.published(name, iteration))

    def serve(self, tier: Tier, iteration: int, names: Iterable[str] = NAMES) -> None:
        """Load an iteration, and let it serve."""
        self.load(tier, iteration, names)
        tier.make_current({name: version_of(iteration) for name in names})


def config_of(stores: Mapping[str, Store] | Path, look_every_ms: int = 5) -> Config:
    """Return the configuration of some stores, or of LMDB under an output folder."""
    chosen = {"lmdb": LmdbStore(output=str(stores))} if isinstance(stores, Path) else stores
    return Config(stores=chosen, look_every_ms=look_every_ms)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(LIMIT_S):
        while not is_so():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.002)


async def rows_of(release: Release, address: str, keys: Sequence[int | str], fields: Sequence[str]) -> Rows:
    """Return rows, waiting for them where the store waits."""
    found = release.source_of[address].get_many(keys, fields)
    return found if isinstance(found, list) else await found


async def asked(stores: OpenedStores, address: str, keys: Sequence[int | str], fields: Sequence[str]) -> Rows:
    """Return rows, as a request would read them that begins now."""
    release = stores.enter()
    try:
        return await rows_of(release, address, keys, fields)
    finally:
        stores.leave(release)
