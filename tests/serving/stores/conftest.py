"""Days under the test's own folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storage_tiers import Dataset
from storage_tiers.random_access import RandomAccessTier
from tests.serving.stores.served_days import Days


@pytest.fixture
def days(tmp_path: Path, publish: Callable[..., Dataset]) -> Days:
    return Days(tmp_path, publish)


@pytest.fixture
def lmdb_tier(tmp_path: Path) -> RandomAccessTier:
    return RandomAccessTier(tmp_path)
