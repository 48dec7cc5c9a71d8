"""Servers that are loaded with the same light rows: our tiers of Redis and PostgreSQL, and a table of bytes.

Each is started for one run, on loopback alone, in a folder that goes with it; processor time of a load is that of the
server as well.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.harness.contender import NOT_AVAILABLE, Job
from benchmarks.tiers.encoded_pairs import KeyStore, decoded, sorted_pairs
from benchmarks.tiers.key_reading import Get
from benchmarks.tiers.picture_rows import NAME, published


@contextmanager
def our_redis(job: Job) -> Iterator[KeyStore]:
    """Load the tier of Redis on a server of its own, in whose memory the rows lie."""
    from storage_tiers.redis_server import RedisTier
    from storage_tiers.tier import TierOptions
    from tests.servers.redis_server import PROGRAM, running_redis

    _need(PROGRAM)
    with running_redis(job.scratch / "server") as server:
        tier = RedisTier(job.output, TierOptions(n_threads=job.n_cores, address=server.address))

        def load() -> int:
            before = _redis_memory(server.address)
            tier.make_current({NAME: tier.load(published(job.source)).version})
            return _redis_memory(server.address) - before

        yield KeyStore(load, partial(_redis_rows, server.address))


@contextmanager
def our_postgresql(job: Job) -> Iterator[KeyStore]:
    """Load the tier of PostgreSQL on a server of its own: a table of columns, for SQL, with its key."""
    from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
    from storage_tiers.tier import TierOptions
    from tests.servers.postgresql import missing_program, started_postgresql

    _exit_without(missing_program())
    with started_postgresql(shared_buffers="1GB", max_wal_size="4GB") as server:
        address = server.address()
        tier = PostgresqlTier(job.output, TierOptions(n_threads=job.n_cores, address=address))

        def load() -> int:
            version = tier.load(published(job.source))
            tier.make_current({NAME: version.version})
            return _postgresql_bytes(server.address())

        yield KeyStore(load, partial(_postgresql_rows, job.output, address))


@contextmanager
def postgresql_bytes(job: Job) -> Iterator[KeyStore]:
    """Copy keys and values into a table of two columns, and index it."""
    import psycopg

    from tests.servers.postgresql import missing_program, started_postgresql

    _exit_without(missing_program())
    with started_postgresql(shared_buffers="1GB", max_wal_size="4GB") as server:
        address = f"postgresql://127.0.0.1:{server.port}/postgres?user=postgres"

        def load() -> int:
            with psycopg.connect(address, autocommit=True) as session, session.cursor() as cursor:
                cursor.execute("CREATE TABLE pairs (key bytea NOT NULL, value bytea NOT NULL)")
                with cursor.copy("COPY pairs FROM STDIN (FORMAT binary)") as copy:
                    copy.set_types(["bytea", "bytea"])
                    for pair in sorted_pairs(job.source):
                        copy.write_row(pair)
                cursor.execute("ALTER TABLE pairs ADD PRIMARY KEY (key)")
                cursor.execute("VACUUM ANALYZE pairs")
            return _postgresql_bytes(address)

        yield KeyStore(load, partial(_rows_of_table, address, job.source))


@contextmanager
def _redis_rows(address: str) -> Iterator[Get]:
    from storage_tiers.redis_server.redis_reader import RedisReader

    with RedisReader(address, NAME) as rows:
        yield rows.get


@contextmanager
def _postgresql_rows(root: Path, address: str) -> Iterator[Get]:
    from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
    from storage_tiers.tier import TierOptions

    with PostgresqlTier(root, TierOptions(address=address)).reader(NAME) as rows:
        yield rows.get


@contextmanager
def _rows_of_table(address: str, source: Path) -> Iterator[Get]:
    import psycopg

    with psycopg.connect(address, autocommit=True) as session, session.cursor(binary=True) as cursor:

        def get(key: bytes) -> bytes | None:
            cursor.execute("SELECT value FROM pairs WHERE key = %s", (key,), prepare=True)
            found = cursor.fetchone()
            return None if found is None else found[0]

        yield decoded(source, get)


def _redis_memory(address: str) -> int:
    from storage_tiers.redis_server.redis_connection import RedisServer

    return int(RedisServer(address).client.info("memory")["used_memory"])


def _postgresql_bytes(address: str) -> int:
    from storage_tiers.postgresql.sessions import opened_session, read_address

    sizes = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
    ours = "relnamespace::regnamespace::text !~ '^(pg_|information)'"
    with opened_session(read_address(address)) as session:
        return int(session.value(f"{sizes} WHERE relkind = 'r' AND {ours}"))


def _need(program: str) -> None:
    if shutil.which(program) is None:
        _exit_without(program)


def _exit_without(missing: str) -> None:
    if missing:
        print(f"{missing} isn't installed", flush=True)
        raise SystemExit(NOT_AVAILABLE)
