"""Who is loaded with the same light rows and read by key: our tiers, RocksDB, SQLite, and a table of bytes.

A contender is a context, within which a store can be loaded and then read by other processes. Ours load a published
version, as a run does. Peers are given the same keys and values, encoded by one process as ours are, in the order of
the keys; what they return is decoded alike.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness.contender import Contender, Figures, Job, timed
from benchmarks.tiers.encoded_pairs import KeyStore, bytes_below, decoded, sorted_pairs
from benchmarks.tiers.key_reading import Get, reading_figures
from benchmarks.tiers.key_server_contenders import our_postgresql, our_redis, postgresql_bytes
from benchmarks.tiers.picture_rows import KEY, NAME, published

_KEYS, _SEED = 20_000, 1
_COMPRESSED_BLOCK_BYTES = 16 * 1_024
_NO_COMPRESSION, _ZSTD = "none", "zstd"


@contextmanager
def ours(job: Job) -> Iterator[KeyStore]:
    """Load the tier of random access, by as many threads as there are cores, and read by the handle of a service."""
    from storage_tiers.random_access import RandomAccessTier
    from storage_tiers.tier import TierOptions

    tier = RandomAccessTier(job.output, TierOptions(n_threads=job.n_cores))

    def load() -> int:
        dataset = published(job.source)
        tier.make_current({NAME: tier.load(dataset).version})
        return bytes_below(job.output)

    yield KeyStore(load, partial(_our_rows, job.output))


@contextmanager
def rocksdb(job: Job) -> Iterator[KeyStore]:
    """Write a sorted file and let RocksDB take it in; the variant is its compression."""
    from rocksdict import Rdict, SstFileWriter

    def load() -> int:
        file = str(job.scratch / "rows.sst")
        writer = SstFileWriter(_rocksdb_options(job.variant))
        writer.open(file)
        for key, value in sorted_pairs(job.source):
            writer[key] = value
        writer.finish()
        database = Rdict(str(job.output), _rocksdb_options(job.variant))
        database.ingest_external_file([file])
        database.close()
        return bytes_below(job.output)

    yield KeyStore(load, partial(_rocksdb_rows, job.output, job.variant, job.source))


@contextmanager
def sqlite(job: Job) -> Iterator[KeyStore]:
    """Insert pairs into a table that is its own index."""
    path = job.output / "rows.sqlite"

    def load() -> int:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("CREATE TABLE pairs (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
            connection.executemany("INSERT INTO pairs VALUES (?, ?)", sorted_pairs(job.source))
            connection.commit()
        return bytes_below(job.output)

    yield KeyStore(load, partial(_sqlite_rows, path, job.source))


def timed_store(run: Callable[[Job], AbstractContextManager[KeyStore]], job: Job) -> Figures:
    """Load a store, and read the same sample of keys from it, by one process and by two at once."""
    with run(job) as store:
        n_bytes, took = timed(store.load)
        signatures = published(job.source).to_table([KEY])[KEY]
        chosen = np.random.default_rng(_SEED).integers(0, len(signatures), min(_KEYS, len(signatures)))
        reading = reading_figures(store.opener, signatures.take(chosen).to_pylist())
    n_rows = len(signatures)
    rates = {"rows_s": n_rows / took["wall_s"], "rows_s_core": n_rows / took["cpu_s"], "n_bytes": n_bytes}
    return took | rates | reading


def line_up() -> list[Contender]:
    """Return who takes part; ours first."""
    peers = [
        Contender("RocksDB, as it is", rocksdb, _NO_COMPRESSION, is_peer=True, timing=timed_store),
        Contender("RocksDB, zstd, 16 KB", rocksdb, _ZSTD, is_peer=True, timing=timed_store),
        Contender("SQLite, WITHOUT ROWID", sqlite, timing=timed_store),
        Contender("PostgreSQL, bytea", postgresql_bytes, timing=timed_store),
    ]
    return [
        Contender("ours, LMDB", ours, is_ours=True, timing=timed_store),
        Contender("ours, Redis", our_redis, is_ours=True, timing=timed_store),
        Contender("ours, PostgreSQL", our_postgresql, is_ours=True, timing=timed_store),
        *peers,
    ]


@contextmanager
def _our_rows(root: Path) -> Iterator[Get]:
    from storage_tiers.random_access import RandomAccess

    with RandomAccess(root, NAME) as rows:
        yield rows.get


@contextmanager
def _rocksdb_rows(folder: Path, compression: str, source: Path) -> Iterator[Get]:
    from rocksdict import AccessType, Rdict

    options = _rocksdb_options(compression)
    with closing(Rdict(str(folder), options, access_type=AccessType.read_only())) as database:
        yield decoded(source, database.get)


@contextmanager
def _sqlite_rows(path: Path, source: Path) -> Iterator[Get]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        connection.execute("PRAGMA mmap_size = 4294967296")

        def get(key: bytes) -> bytes | None:
            found = connection.execute("SELECT value FROM pairs WHERE key = ?", (key,)).fetchone()
            return None if found is None else found[0]

        yield decoded(source, get)


def _rocksdb_options(compression: str) -> object:
    from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options

    options, blocks = Options(raw_mode=True), BlockBasedOptions()
    if compression == _ZSTD:
        options.set_compression_type(DBCompressionType.zstd())
        blocks.set_block_size(_COMPRESSED_BLOCK_BYTES)
        blocks.set_block_cache(Cache(2**28))
    else:
        options.set_compression_type(DBCompressionType.none())
        options.set_allow_mmap_reads(True)
    blocks.set_bloom_filter(10, False)
    options.set_block_based_table_factory(blocks)
    return options
