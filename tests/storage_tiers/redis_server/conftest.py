"""A tier on the shared server, and what lies there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.tier import TierOptions


@pytest.fixture
def server(redis_address: str) -> RedisServer:
    return RedisServer(redis_address)


@pytest.fixture
def tier(redis_address: str, tmp_path: Path) -> RedisTier:
    return RedisTier(tmp_path, TierOptions(address=redis_address))


@pytest.fixture
def keys_of_loads(server: RedisServer) -> Callable[[], list[str]]:
    """List the keys that loads filled, and their leases."""

    def listed() -> list[str]:
        prefix = f"{server.keys.namespace}:"
        names = (key.decode().removeprefix(prefix) for key in server.client.scan_iter(f"{prefix}*"))
        return sorted(name for name in names if name.startswith(("rows:", "trimmed:", "lease:")))

    return listed
