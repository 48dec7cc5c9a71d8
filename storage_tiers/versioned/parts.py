"""One part of a dataset, written and read: sorted by key, zstd level 1, small row groups, statistics on the key alone.

Text alone is dictionary-encoded: for ids and numbers, most of them distinct, building a dictionary first costs a
quarter of the writing time and a sixth of the space. Whole numbers and times are delta-encoded, which saves a tenth of
the space, and as much of the time to write and to read (measured on 2 million pins).
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joins.arrow.fields import without_meanings
from joins.engine.partition_size import InputSize
from joins.uri_secrets import without_secrets
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import Key, Part, part_name
from storage_tiers.versioned.on_stores.stored_parts import named_in_store, opened_stored_part
from storage_tiers.versioned.row_groups import FOR_LOOKUPS, GroupBounds, written_at_once

UNFINISHED = ".unfinished-"  # how the name of a file begins that is being written
OnBytes = Callable[[int], None]  # told of every piece of a file that was read
_READ_BYTES = 2**20
_LEAST_BYTES = 4  # of a value in memory, but for a few narrow ones
_DELTAS = "DELTA_BINARY_PACKED"


def ignore_bytes(_n_bytes: int) -> None:
    """Tell nobody how far the reading of a file has come."""


@dataclass(frozen=True, slots=True)
class PartWriter:
    """Writes partitions of one dataset, sorted by a key; picklable, to travel to a worker.

    The folder is one for staging, or, in a store, the one where the parts of the version will lie. Every part must look
    like the schema, whose metadata is written, too, but for what the fields mean.
    """

    folder: Root
    schema: pa.Schema
    key: str
    bounds: GroupBounds = FOR_LOOKUPS

    def __call__(self, number: int, table: pa.Table) -> Part:
        """Write one part whole (a temporary name, fsync, rename) and return what the manifest says of it."""
        if not table.schema.equals(self.schema):
            raise DatasetError(
                "it has another schema than declared: "
                f"current=({_columns(table.schema)}) != declared=({_columns(self.schema)})",
                where=self._where(number),
            )
        self._check_order(number, table[self.key].drop_null())
        if isinstance(self.folder, StorePath):
            return self._put(number, table, self.folder)
        return self._written(number, table, self.folder)

    def _put(self, number: int, table: pa.Table, folder: StorePath) -> Part:
        """Write one part here and put it into the store, under a name that holds its digest."""
        with tempfile.TemporaryDirectory(prefix="interest-graph-") as local:
            here = Path(local)
            part = self._written(number, table, here)
            named = named_in_store(here, part)
            (folder / named.name).put_file(here / part.name)
        return named

    def _written(self, number: int, table: pa.Table, folder: Path) -> Part:
        name = part_name(number)
        unfinished = folder / f"{UNFINISHED}{name}.{secrets.token_hex(6)}"  # attempts may be on many machines
        with parquet_writer(unfinished, self.schema, self.key) as writer:
            for rows, n_rows in written_at_once(table, self.bounds):
                writer.write_table(rows, row_group_size=n_rows)
        fsync(unfinished)
        unfinished.replace(folder / name)
        first, last = _key_range(table[self.key])
        size = (folder / name).stat().st_size
        return Part(number, name, table.num_rows, size, file_digest(folder / name), first, last)

    def _check_order(self, number: int, keys: pa.ChunkedArray) -> None:
        """Refuse an unsorted part: lookups and the random access tier rely on the order."""
        falls = pc.less(keys.slice(1), keys.slice(0, max(0, len(keys) - 1)))
        row = pc.index(falls, value=True).as_py()
        if row >= 0:
            raise DatasetError(
                f"it is not sorted by {self.key}: {keys[row].as_py()!r} stands before {keys[row + 1].as_py()!r}",
                where=self._where(number),
                remedy=f"sort the table by {self.key}",
            )

    def _where(self, number: int) -> str:
        return f"part {number} for {self.folder.name}"


@dataclass(frozen=True, slots=True)
class PartReader:
    """Reads single parts of a version, some of their columns; picklable, to travel to a worker."""

    folder: Root
    parts: tuple[Part, ...]
    columns: tuple[str, ...] | None = None
    key: str = ""

    def least_size(self, name: str, number: int) -> InputSize:
        """Return what one part takes in memory at least, by its number of rows."""
        n_bytes = self.parts[number].n_rows * _LEAST_BYTES * (1 if self.columns is None else len(self.columns))
        return InputSize(name, self.key, n_bytes, lambda: [replace(self, columns=(self.key,))(number)[self.key]])

    def __call__(self, number: int) -> pa.Table:
        """Return one part as a table of one chunk a column."""
        with self.opened(number) as part:
            return self.read(part)

    def opened(self, number: int) -> AbstractContextManager[pq.ParquetFile]:
        """Open one part, all of which is going to be read."""
        return opened_part(self.folder, self.parts[number], whole=True)

    def read(self, part: pq.ParquetFile) -> pa.Table:
        """Return a part that was opened as a table of one chunk a column."""
        return part.read(columns=self._chosen, use_threads=False).combine_chunks()

    def some_rows(self, part: pq.ParquetFile, n_rows: int) -> Iterator[pa.Table]:
        """Yield a part that was opened as tables of so many rows, the last of fewer, of one chunk a column.

        Of what is decoded these rows alone are held, however many the part has.
        """
        for rows in part.iter_batches(n_rows, columns=self._chosen, use_threads=False):
            yield pa.Table.from_batches([rows])

    @property
    def _chosen(self) -> list[str] | None:
        return None if self.columns is None else list(self.columns)


@contextmanager
def opened_part(
    folder: Root, part: Part, *, whole: bool = False, pre_buffer: bool = False, keeps_footer: bool = True
) -> Iterator[pq.ParquetFile]:
    """Open a published part to be read.

    From a store it comes at once where the `whole` of it is going to be read; else only what is read comes, and its
    footer is kept in memory for the next lookup, unless there will be none.

    Raises DamagedVersionError if it, or what is read of it while it is open, is not what was published.
    """
    path = folder / part.name
    try:
        if isinstance(path, StorePath):
            yield opened_stored_part(path, part, whole=whole, keeps_footer=keeps_footer)
            return
        with pq.ParquetFile(path, memory_map=True, pre_buffer=pre_buffer) as opened:
            yield opened
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        is_missing = isinstance(error, FileNotFoundError)
        if isinstance(error, OSError) and error.errno is not None and not is_missing:  # the system's word about a path
            raise
        problem = "the file is missing" if is_missing else f"it can't be read: {error}"
        remedy = "interest-graph verify says what else is damaged"
        raise DamagedVersionError(problem, where=str(path), remedy=remedy) from error


def parquet_writer(
    path: Path, schema: pa.Schema, key: str, *, compression: str = "zstd", level: int | None = 1
) -> pq.ParquetWriter:
    """Open a Parquet file with the encodings of every part; what the fields mean is left out of its footer.

    All parts are compressed alike; `make bench-codecs` measures other ways.
    """
    return pq.ParquetWriter(
        path,
        without_meanings(schema),
        compression=compression,
        compression_level=level,
        use_dictionary=columns_of(schema, pa.types.is_string, pa.types.is_large_string) or False,
        column_encoding=dict.fromkeys(columns_of(schema, pa.types.is_int64, pa.types.is_timestamp), _DELTAS),
        write_statistics=[key],
    )


def columns_of(schema: pa.Schema, *kinds: Callable[[pa.DataType], bool]) -> list[str]:
    """Return the Parquet paths of all columns of some types, nested ones included.

    Examples
    --------
    >>> schema = pa.schema([("name", pa.string()), ("terms", pa.list_(pa.struct([("term", pa.string())])))])
    >>> columns_of(schema, pa.types.is_string)
    ['name', 'terms.list.element.term']
    """
    paths = (path for field in schema for path in _leaves(field.name, field.type))
    return [path for path, type_ in paths if any(is_kind(type_) for is_kind in kinds)]


def file_digest(path: Root, on_bytes: OnBytes = ignore_bytes) -> str:
    """Return the BLAKE2b-256 of a file as hex; `on_bytes` is told of every piece that was read."""
    digest = hashlib.blake2b(digest_size=32)
    for block in path.store.blocks(path.key) if isinstance(path, StorePath) else _blocks(path):
        digest.update(block)
        on_bytes(len(block))
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            yield block


def part_sizes(folder: Root) -> Callable[[Part], int]:
    """Return what tells how large the file of a part is; FileNotFoundError if there is none. A store is listed once."""
    if not isinstance(folder, StorePath):
        return lambda part: (folder / part.name).stat().st_size
    there = {found.name: found.n_bytes for found in folder.listed()}

    def size_in_store(part: Part) -> int:
        if part.name not in there:
            raise FileNotFoundError(str(folder / part.name))
        return there[part.name]

    return size_in_store


def fsync(path: Path) -> None:
    """Force a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_text(path: Root, text: str) -> None:
    """Write a small file whole: a reader sees what was there before, or all of this."""
    if isinstance(path, StorePath):
        path.write_text(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(text, encoding="utf-8")
    fsync(unfinished)
    unfinished.replace(path)
    fsync(path.parent)


def _leaves(path: str, type_: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    if pa.types.is_struct(type_):
        for field in type_:
            yield from _leaves(f"{path}.{field.name}", field.type)
    elif pa.types.is_list(type_) or pa.types.is_large_list(type_):
        yield from _leaves(f"{path}.list.element", type_.value_type)
    else:
        yield path, type_


def _key_range(keys: pa.ChunkedArray) -> tuple[Key, Key]:
    """Return the first and the last key for the manifest; of addresses of pictures without the secrets in them."""
    extremes = pc.min_max(keys).as_py()
    first, last = (without_secrets(key) if isinstance(key, str) else key for key in extremes.values())
    return first, last


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)
