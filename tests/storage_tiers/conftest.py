"""Servers of the tiers that need one: each is started once, and each test gets a namespace of its own there."""

import secrets

import pytest

from tests.servers.hbase_server import HBaseServer, missing_for_hbase, running_hbase
from tests.servers.postgresql import PostgresqlServer, missing_program, started_postgresql
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


@pytest.fixture(scope="session")
def hbase_server(tmp_path_factory):
    """A server that the tests of one worker share; none of them stops it."""
    pytest.importorskip("hbasedriver")
    if missing_for_hbase():
        pytest.skip(missing_for_hbase())
    with running_hbase(tmp_path_factory.mktemp("hbase")) as server:
        yield server


@pytest.fixture
def hbase_address(hbase_server: HBaseServer) -> str:
    """The address of a prefix that no table begins with."""
    return hbase_server.address(f"test_{secrets.token_hex(6)}")


@pytest.fixture(scope="session")
def postgresql_server():
    """A server that the tests of one worker share."""
    pytest.importorskip("psycopg")
    if missing_program():
        pytest.skip(f"not installed: {missing_program()}")
    with started_postgresql() as server:
        yield server


@pytest.fixture
def postgresql_address(postgresql_server: PostgresqlServer) -> str:
    """The address of a schema that nothing is in."""
    return postgresql_server.address(schema=f"test_{secrets.token_hex(6)}")
