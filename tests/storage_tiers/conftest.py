"""Servers of the tiers that need one: each is started once, and each test gets a namespace of its own there."""

import secrets

import pytest

from tests.servers.postgresql import PostgresqlServer, missing_program, started_postgresql


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
