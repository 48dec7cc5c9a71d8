"""What the tests of the tier postgresql share: a tier in a schema of its own, and sessions beside it."""

import psycopg
import pytest

from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.postgresql.sessions import read_address
from storage_tiers.tier import TierOptions


@pytest.fixture
def tier(tmp_path, postgresql_address):
    """A tier in which nothing is."""
    return PostgresqlTier(tmp_path / "output", TierOptions(n_threads=2, address=postgresql_address))


@pytest.fixture
def connect(postgresql_address):
    """Open sessions as users of the database have them, with our schema first."""
    opened, address = [], read_address(postgresql_address)

    def open_session(**options):
        connection = psycopg.connect(address.uri, options=f"-c search_path={address.schema}", **options)
        opened.append(connection)
        return connection

    yield open_session
    for connection in opened:
        connection.close()


@pytest.fixture
def tables(connect):
    """Return the names of all tables and views in our schema but for those that are the tier's own."""

    def names():
        with connect(autocommit=True) as session:
            found = session.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
                "AND relkind IN ('r', 'v') ORDER BY 1"
            ).fetchall()
        return [name for (name,) in found if name not in {"_current", "_dropped", "_trimmed_keys", "_versions"}]

    return names
