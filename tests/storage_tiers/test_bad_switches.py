"""Voldemort's list for read-only stores, for every tier: a swap, one that fails half way, a rollback without a backup,
bad data, a truncated file, keys that collide. Whatever fails, what served goes on serving.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, Version, VersionNotFoundError, open_dataset
from storage_tiers.reading import KeyLookup, Queryable
from storage_tiers.registry import ALL_TIERS
from storage_tiers.tier import Tier
from tests.storage_tiers.tier_damage import change_a_row, damage_pointer, damage_version
from tests.storage_tiers.tiers_as_parameters import opened, params

DAY = dt.date(2026, 11, 20)
FIRST, SECOND, THIRD = (Version(DAY, iteration) for iteration in (1, 2, 3))
NAMES = ("board_joins", "user_joins")
N_ROWS = 300


@pytest.fixture(params=params(ALL_TIERS))
def tier(request: pytest.FixtureRequest, tmp_path: Path) -> Tier:
    """A tier in which nothing is; one on a server has a namespace of its own there."""
    return opened(request, tmp_path)


@pytest.fixture
def publish_rows(tier: Tier, tmp_path: Path, publish: Callable[..., Dataset]) -> Callable[..., Dataset]:
    """Publish rows that say of which iteration they are, in the variant that the tier takes."""

    def make(iteration: int, name: str = NAMES[0], rows: pa.Table | None = None) -> Dataset:
        table = pa.table({"board_id": range(N_ROWS), "seen_in": [iteration] * N_ROWS}) if rows is None else rows
        key = table.column_names[0]
        return publish(tmp_path, table, name, variant=tier.variant, iteration=iteration, key=key)

    return make


@pytest.fixture
def loaded(tier: Tier, publish_rows: Callable[..., Dataset]) -> Tier:
    """Two versions of two datasets, the first of which serves."""
    for name in NAMES:
        for iteration in (1, 2):
            tier.load(publish_rows(iteration, name))
    tier.make_current(dict.fromkeys(NAMES, FIRST))
    return tier


def rows_of(tier: Tier, name: str, keys: list[object]) -> list[object]:
    """The rows that a reader gets who doesn't ask for a version, by key, by SQL, or out of all rows."""
    if isinstance(tier, KeyLookup):
        with tier.reader(name) as reader:
            return reader.get_many(keys)
    query = f"SELECT * FROM {name}"  # noqa: S608 - ours
    table = tier.sql(query) if isinstance(tier, Queryable) else pa.Table.from_batches(tier.scan(name))
    found = {next(iter(row.values())): row for row in table.to_pylist()}
    return [found.get(key) for key in keys]


def served(tier: Tier) -> dict[str, set[object]]:
    """Which iteration the rows are of that a reader gets."""
    return {name: {row and row["seen_in"] for row in rows_of(tier, name, [*range(N_ROWS)])} for name in NAMES}


def all_at(iteration: int) -> dict[str, set[int]]:
    return {name: {iteration} for name in NAMES}


def part_of(tier: Tier, iteration: int) -> Path:
    return open_dataset(tier.root, NAMES[0], tier.variant, DAY, iteration).part_paths[0]


def test_a_swap_and_the_way_back(loaded: Tier) -> None:
    loaded.make_current(dict.fromkeys(NAMES, SECOND))
    assert served(loaded) == all_at(2)
    loaded.make_current(dict.fromkeys(NAMES, FIRST))
    assert served(loaded) == all_at(1)


def test_a_swap_that_fails_half_way_moves_nothing(loaded: Tier) -> None:
    with pytest.raises(VersionNotFoundError, match=r"user_joins .*iteration=9 is not loaded for"):
        loaded.make_current({"board_joins": SECOND, "user_joins": Version(DAY, 9)})
    damage_version(loaded, open_dataset(loaded.root, "user_joins", loaded.variant, DAY, 2))
    with pytest.raises(DamagedVersionError, match="user_joins"):
        loaded.make_current(dict.fromkeys(NAMES, SECOND))
    assert served(loaded) == all_at(1)


def test_a_rollback_without_a_backup_is_refused_and_lists_what_there_is(loaded: Tier) -> None:
    loaded.make_current(dict.fromkeys(NAMES, SECOND))
    loaded.drop("board_joins", FIRST)
    with pytest.raises(VersionNotFoundError, match=r"1 loaded \(newest: date=2026-11-20 iteration=2\)"):
        loaded.make_current(dict.fromkeys(NAMES, FIRST))
    assert served(loaded) == all_at(2)


def test_bad_data_of_the_same_size_is_named_refused_and_mended_by_a_load(loaded: Tier) -> None:
    dataset = open_dataset(loaded.root, "board_joins", loaded.variant, DAY, 2)
    mend = change_a_row(loaded, dataset)
    with pytest.raises(DamagedVersionError, match=r"board_joins.*iteration=2"):
        loaded.make_current(dict.fromkeys(NAMES, SECOND))
    with pytest.raises(DamagedVersionError, match=r"board_joins.*iteration=2"):
        loaded.verify("board_joins", SECOND)
    assert served(loaded) == all_at(1)
    mend()
    loaded.load(dataset)
    loaded.make_current(dict.fromkeys(NAMES, SECOND))
    assert served(loaded) == all_at(2)


def test_a_truncated_version_is_named_and_refused_forwards_and_back(loaded: Tier) -> None:
    told = damage_version(loaded, open_dataset(loaded.root, "board_joins", loaded.variant, DAY, 2))
    for switch in (loaded.make_current, loaded.advance):
        with pytest.raises(DamagedVersionError, match=told):
            switch(dict.fromkeys(NAMES, SECOND))
    assert served(loaded) == all_at(1)


@pytest.mark.parametrize("damage", ["missing", "truncated", "changed", "swapped"])
def test_a_bad_part_is_named_and_not_loaded(loaded: Tier, publish_rows: Callable[..., Dataset], damage: str) -> None:
    third = publish_rows(3)
    part, other = part_of(loaded, 3), part_of(loaded, 2).read_bytes()
    bad = {"truncated": part.read_bytes()[:-100], "changed": bytes(part.stat().st_size), "swapped": other}
    part.unlink()
    if damage in bad:
        part.write_bytes(bad[damage])
    with pytest.raises(DamagedVersionError, match=rf"board_joins/.*iteration=3[:/] ?{part.name}: "):
        loaded.load(third)
    assert served(loaded) == all_at(1)
    assert not (loaded.copies and loaded.holds("board_joins", THIRD))


def test_what_is_not_there_does_not_begin_to_serve(loaded: Tier) -> None:
    for switch in (loaded.advance, loaded.make_current):
        with pytest.raises(VersionNotFoundError, match="is not loaded for"):
            switch({"board_joins": Version(DAY, 9), "user_joins": SECOND})
    assert served(loaded) == all_at(1)


def test_a_rollback_mends_a_pointer_that_names_no_version(loaded: Tier) -> None:
    damage_pointer(loaded, "board_joins")
    loaded.make_current(dict.fromkeys(NAMES, SECOND))
    assert served(loaded) == all_at(2)


TEXTS = sorted({"x" * n + end for n in (0, 478, 510, 511, 2_000) for end in ("a", "b", "aa", "é", "a" * 300)})
NUMBERS = [-(2**63), -(2**63) + 1, -(2**32), -256, -1, 0, 1, 255, 2**32, 2**63 - 2, 2**63 - 1]


@pytest.mark.parametrize("keys", [TEXTS, NUMBERS], ids=["texts", "numbers"])
def test_keys_that_could_collide_have_rows_of_their_own(
    tier: Tier, publish_rows: Callable[..., Dataset], keys: list[object]
) -> None:
    table = pa.table({"link": keys, "place": range(len(keys))})
    tier.serve(publish_rows(1, "links", table))
    assert rows_of(tier, "links", keys) == table.to_pylist()
    absent = ["x" * 600, "x" * 1_999, "xa"] if keys is TEXTS else [-2, 2, 256]
    assert rows_of(tier, "links", absent) == [None] * 3
