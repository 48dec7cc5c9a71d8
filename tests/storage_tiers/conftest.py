"""Servers of the tiers that need one: each is started once, and each test gets a namespace of its own there."""

import secrets

import pytest

from tests.servers.redis_server import RunningRedis, running_redis


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """A server that the tests of one worker share."""
    pytest.importorskip("redis")
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_address(redis_server: RunningRedis) -> str:
    """The address of a namespace that nothing is in."""
    return f"{redis_server.address}?namespace=test_{secrets.token_hex(6)}"
