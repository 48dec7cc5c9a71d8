"""Footers of parts in a store: lookups keep them, up to a bound of what they take in memory; loads keep none."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from joins.arrow.hashing import partition_of
from storage_tiers import Dataset
from storage_tiers.debugging import lookup
from storage_tiers.guards.file_checks import check_published
from storage_tiers.registry import TIERS
from storage_tiers.stores.address import root_of
from storage_tiers.stores.bounded_cache import BoundedCache
from storage_tiers.tier import Tier
from storage_tiers.versioned.on_stores import stored_parts
from tests.servers.s3_proxy import S3Proxy

N_PARTS, N_GROUPS = 6, 2  # of a part
N_ROWS = N_PARTS * N_GROUPS * 900
OF_A_PART = 2 * N_GROUPS * 1_024  # bytes of a footer of two columns


@pytest.fixture
def ranks(s3_root: str, publish: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Publish parts of two row groups each; no footer is kept."""
    monkeypatch.setattr(stored_parts, "_footers", BoundedCache(3 * OF_A_PART))
    rows = pa.table({"board_id": range(N_ROWS), "name": [f"board {board}" for board in range(N_ROWS)]})
    dataset = publish(root_of(s3_root), rows, "board_ranks", n_parts=N_PARTS)
    stored_parts.forget_footers()
    return dataset


def test_looking_at_every_part_of_a_version_keeps_no_footer(ranks: Dataset) -> None:
    check_published(ranks)
    assert stored_parts._footers.n_bytes == 0


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_load_keeps_the_footer_of_one_part_at_most(s3_root: str, ranks: Dataset, tier: type[Tier]) -> None:
    tier(s3_root).serve(ranks)
    assert stored_parts._footers.n_bytes <= OF_A_PART  # of the part that the schema was read off


def test_lookups_keep_footers_up_to_what_these_take_in_memory(ranks: Dataset) -> None:
    held = []
    for board in range(40):
        assert lookup(ranks, board).num_rows == 1
        held.append(stored_parts._footers.n_bytes)
    assert max(held) == 3 * OF_A_PART


def test_a_footer_that_is_kept_serves_who_keeps_none(ranks: Dataset, s3_proxy: S3Proxy) -> None:
    assert lookup(ranks, 7).num_rows == 1
    (number,) = partition_of(pa.array([7]), N_PARTS)
    s3_proxy.forget()
    with ranks.opened(number, keeps_footer=False) as part:
        assert part.metadata.num_row_groups == N_GROUPS
    assert s3_proxy.requests == []
