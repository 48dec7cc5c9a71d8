"""Loading a table: parts are encoded side by side, sent by one COPY, indexed, analyzed, digested and looked into.

All of it happens in the transaction of the caller, so that a load that is killed leaves nothing: the server takes the
table back. Rows are copied frozen, visible to every transaction from the moment the table is; without that, a reader
whose snapshot is older than the load would find the new version empty after the switch.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.engine.ordered_map import ordered_map
from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.columns.binary_rows import HEADER, TRAILER, encoded_blocks
from storage_tiers.postgresql.columns.column_types import JSON, column_type, create_table_sql
from storage_tiers.postgresql.columns.storable_text import is_text, without_nul
from storage_tiers.postgresql.loaded_rows import RowsOfTable, differing
from storage_tiers.postgresql.records import Record
from storage_tiers.postgresql.sessions import Session
from storage_tiers.reading import Row
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import PartReader

_SAMPLES = 64
_MOST_INDEXED_BYTES = 2_000  # of a key; a page of a B-tree takes no more than 2,704
# Over the text of rows, as a server of another release writes it as well and 64 bits of each digest.
_DIGEST = (
    "SELECT count(*), coalesce(sum(('x' || encode(substring(sha256(convert_to((loaded.*)::text, 'UTF8')) for 8), "
    "'hex'))::bit(64)::bigint::numeric), 0) FROM {table} AS loaded"
)


@dataclass(slots=True)
class CopiedRows:
    """What was noted while rows were sent."""

    n_rows: int = 0
    changed_texts: Counter[str] = field(default_factory=Counter)
    sample: list[Row] = field(default_factory=list)
    longest_key_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _EncodedPart:
    blocks: list[memoryview]
    n_rows: int
    changed_texts: dict[str, int]
    sample: list[Row]
    longest_key_bytes: int


@dataclass(frozen=True, slots=True)
class PartEncoder:
    """Encodes the rows of one part, those that stay under a budget."""

    reader: PartReader
    key: str
    is_kept: npt.NDArray[np.bool_] | None  # of all rows, part after part
    first_rows: tuple[int, ...]  # of each part among all
    samples: int

    def __call__(self, number: int) -> _EncodedPart:
        """Encode a part."""
        rows = self.reader(number)
        if self.is_kept is not None:
            first = self.first_rows[number]
            rows = rows.filter(pa.array(self.is_kept[first : first + rows.num_rows]))
        rows, changed = without_nul(rows, self.key)
        longest = pc.max(pc.binary_length(rows[self.key])).as_py() if is_text(rows.schema.field(self.key).type) else 0
        blocks = [block for block, _ in encoded_blocks(rows)]
        return _EncodedPart(blocks, rows.num_rows, changed, self._sample(rows), longest or 0)

    def _sample(self, rows: pa.Table) -> list[Row]:
        every = max(1, rows.num_rows // max(1, self.samples))
        places = pa.array(range(0, rows.num_rows, every), pa.int64())[: self.samples]
        try:
            return rows.take(places).to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types
        except (OverflowError, ValueError):  # times that Python has no name for: nobody could compare them
            return []


def copy_rows(
    session: Session,
    table: str,
    dataset: Dataset,
    is_kept: npt.NDArray[np.bool_] | None,
    n_threads: int,
    on_rows: Callable[[int], None],
) -> CopiedRows:
    """Make a table, whose name is given as SQL writes it, and copy the rows of a dataset into it.

    Raises DatasetError if the server took another number of rows than were sent.
    """
    session.run(create_table_sql(table, dataset.schema))
    first_rows = tuple(np.cumsum([0, *(part.n_rows for part in dataset.manifest.parts)]).tolist())
    samples = -(-_SAMPLES // dataset.n_parts)
    encoder = PartEncoder(dataset.reader(), dataset.manifest.key, is_kept, first_rows, samples)
    copied = CopiedRows()

    def pieces() -> Iterator[bytes | memoryview]:
        yield HEADER
        with ThreadPoolExecutor(n_threads) as pool:
            for part in ordered_map(encoder, range(dataset.n_parts), pool, n_threads):
                yield from part.blocks
                copied.n_rows += part.n_rows
                copied.changed_texts.update(part.changed_texts)
                copied.sample += part.sample
                copied.longest_key_bytes = max(copied.longest_key_bytes, part.longest_key_bytes)
                on_rows(copied.n_rows)
        yield TRAILER

    n_taken = session.copy_in(f"COPY {table} FROM STDIN (FORMAT binary, FREEZE)", pieces())
    if n_taken != copied.n_rows:
        raise DatasetError(f"{copied.n_rows:,} rows were sent, and {n_taken:,} taken", where=str(session.address))
    return copied


def index_rows(session: Session, table: str, dataset: Dataset, longest_key_bytes: int) -> None:
    """Index the key, as a primary key where it is unique, and let the planner know the table but for what is nested.

    Text that is too long for a B-tree gets an index of its hashes; then uniqueness is as published, and not enforced.
    """
    key = quoted_name(dataset.manifest.key)
    if longest_key_bytes > _MOST_INDEXED_BYTES:
        session.run(f"CREATE INDEX ON {table} USING hash ({key})")
    elif dataset.manifest.key_is_unique:
        session.run(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
    else:
        session.run(f"CREATE INDEX ON {table} ({key})")
    plain = [quoted_name(field.name) for field in dataset.schema if column_type(field.type, field.name) != JSON]
    session.run(f"ANALYZE {table} ({', '.join(plain)})")


def look_up(session: Session, table: str, dataset: Dataset, sample: list[Row]) -> None:
    """Read some rows back by their keys and compare them with what was sent; DatasetError if one differs."""
    rows = RowsOfTable(session, table, dataset.manifest.key, dataset.schema)
    wrong = differing(rows, sample)
    if wrong:
        which = f"{len(wrong):,} of {len(sample):,} rows (first: {wrong[0]!r})"
        problem = f"{which} were read back, and aren't what was loaded"
        raise DatasetError(problem, where=f"{dataset.name} {dataset.version} in {session.address}")


def table_bytes(session: Session, table: str) -> tuple[int, int]:
    """Return the bytes of a table with its index and long values, and those of its rows alone."""
    total, heap = session.rows("SELECT pg_total_relation_size(%s), pg_relation_size(%s)", (table, table))[0]
    return total, heap


def digest_of(session: Session, table: str) -> tuple[int, int]:
    """Return the number of rows of a table, and a sum over the SHA-256 of each that no order changes."""
    ((n_rows, digest),) = session.rows(_DIGEST.format(table=table))
    return n_rows, int(digest)


def record_of(session: Session, table: str, dataset: Dataset, copied: CopiedRows) -> Record:
    """Return the record of a loaded table, which isn't trimmed."""
    n_bytes, heap_bytes = table_bytes(session, table)
    n_rows, digest = digest_of(session, table)
    return Record(
        dataset=dataset.name,
        version=dataset.version,
        variant=dataset.place.variant,
        source_digest=dataset.manifest.digest,
        key=dataset.manifest.key,
        key_is_unique=dataset.manifest.key_is_unique,
        n_rows=n_rows,
        n_bytes=n_bytes,
        heap_bytes=heap_bytes,
        rows_digest=digest,
        loaded_at=dt.datetime.now(dt.UTC),
        trimmed=None,
        changed_texts=dict(sorted(copied.changed_texts.items())),
        schema=dataset.schema,
    )
