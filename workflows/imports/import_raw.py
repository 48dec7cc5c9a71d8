"""``interest-graph import``: bring CSV, JSON and Parquet with any column names into the raw layout.

Sources are read in batches and written in parts, so memory doesn't grow with the number of pins, apart from what a
mapping asks to hold: the text ids it turns into integers, the rows it makes distinct, one pin for each picture.
Every folder is written whole beside the input, and appears there by one rename, after the last row has been read.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joins.arrow.fields import without_meanings
from joins.engine.ordered_map import ordered_map
from joins.errors import RawImportError
from joins.raw.mapped.earliest_pin import count_pins_of_rule, earliest_pins_of_stream, with_earliest_as_parent
from joins.raw.mapped.earliest_pin_counts import EarliestPinCounts, shared_time
from joins.raw.mapped.map_rows import Collected, map_rows
from joins.raw.mapped.mapping import TableMapping
from joins.raw.mapped.row_streams import cut, distinct_rows, widened
from joins.raw.mapped.stable_ids import SOURCE_IDS_FOLDER, SourceIds
from joins.raw.schemas import RAW_PINS, RAW_TABLES, all_nullable
from joins.raw.value_tally import ValueTally
from storage_tiers.versioned.manifest import part_name
from storage_tiers.versioned.on_disk.open_staging import whole_move
from storage_tiers.versioned.parts import fsync
from storage_tiers.versioned.staging import remove_unused_staging, staging_folder
from workflows.imports.import_summary import CategoryCounts, ImportSummary, TableCounts
from workflows.imports.mapping_file import read_mapping
from workflows.imports.source_files import SourceFiles, find_source
from workflows.progress import SILENT_S
from workflows.tasks.raw_input.arriving_snapshot import arriving_snapshot, is_arriving

ROWS_PER_PART = 524_288
_ROWS_PER_ROW_GROUP = 131_072
_ROWS_PER_REPORT = 1_000_000
_FOLDERS = (*(table.name for table in RAW_TABLES), SOURCE_IDS_FOLDER)

_log = logging.getLogger(__name__)


def import_raw(
    mapping_file: Path,
    source_root: Path,
    input_root: Path,
    date: dt.date,
    *,
    overwrite: bool = False,
    report: Callable[[str], None] = _log.info,
) -> ImportSummary:
    """Import one snapshot into the raw layout, as a TOML file that ``docs/import.md`` describes says.

    Written are ``<input_root>/{pins,boards,users}/date=<date>/part-00000.parquet`` and so on, and ``source_ids`` beside
    them where the mapping turns text ids into integers. `report` takes one line of progress at a time.

    Rows keep the order of the source; distinct rows are sorted. The same sources and mapping give the same bytes. After
    an error in the mapping or a source, ``input_root`` is as it was. Each folder appears by one rename. A crash
    between two of them leaves a mark, with which no run reads the date, and its next import replaces what is there.

    Raises RawImportError if the date is there already and ``overwrite`` is off, or the mapping or a source is wrong.
    """
    mapping = read_mapping(mapping_file)
    overwrite = overwrite or is_arriving(input_root, date)
    if not overwrite:
        remove_unused_staging(input_root)  # that an import left which died after its last table
        _refuse_existing(input_root, date)
    collected = Collected(values=ValueTally(date))
    started = time.monotonic()
    readings = [_open_source(table, source_root, collected, report, started, date) for table in mapping]
    with staging_folder(input_root, f"import-{date}") as staging:
        counts = tuple(_import_table(reading, staging) for reading in readings)
        minted = _write_source_ids(staging, collected)
        with whole_move():
            _publish(staging, input_root, date, overwrite=overwrite)
    remove_unused_staging(input_root)
    has_rules = mapping.boards.category is not None
    categories = CategoryCounts.of(collected.categories) if has_rules else None
    earliest = sum((reading.earliest for reading in readings), EarliestPinCounts())
    return ImportSummary(mapping_file.name, date.isoformat(), counts, minted, categories, collected.values, earliest)


@dataclass(slots=True)
class _Reading:
    """A pass over a source that gives raw rows; it counts them and tells how far it is."""

    mapping: TableMapping
    files: SourceFiles
    collected: Collected
    report: Callable[[str], None]
    warn: Callable[[str], None]  # takes what looks wrong in a file; another pass over it says that, if this one doesn't
    started: float  # when the import began, on the monotonic clock
    date: dt.date  # of the snapshot
    purpose: str = "read"  # how progress calls the pass
    n_read: int = 0
    n_keyless: int = 0
    earliest: EarliestPinCounts = field(default_factory=EarliestPinCounts)  # of what is written

    def __iter__(self) -> Iterator[pa.Table]:
        # Constants and row numbers alone read no column, yet rows have to be counted: any one column will do.
        columns = self.mapping.source_columns or self.files.any_column()
        for rows in self.files.read(columns, self.warn):
            before = self.n_read
            self.n_read += len(rows.batch)
            if before // _ROWS_PER_REPORT < self.n_read // _ROWS_PER_REPORT:
                self.report(f"{self.mapping.table.name}: {self.n_read:,} rows of {self.mapping.source} {self.purpose}")
            yield map_rows(self.mapping, rows, self.collected)


def _open_source(
    mapping: TableMapping,
    source_root: Path,
    collected: Collected,
    report: Callable[[str], None],
    started: float,
    date: dt.date,
) -> _Reading:
    files = find_source(source_root, mapping.source, mapping.form)
    mapping.require_fields(files.columns())
    files.require_columns(mapping.source_columns)
    for note in files.notes:
        report(f"{mapping.table.name}: {note}")
    return _Reading(mapping, files, collected, report, report, started, date)


def _import_table(reading: _Reading, staging: Path) -> TableCounts:
    name = reading.mapping.table.name
    write = partial(_write_part, staging / name)
    with ThreadPoolExecutor(1) as writer:  # compresses a part while the next is read and mapped
        n_rows = list(ordered_map(write, enumerate(_raw_parts(reading)), writer, 1))
    n_written = sum(n_rows)
    if not reading.n_read:
        reading.report(f"{name}: no row in {reading.mapping.source}")
    if time.monotonic() - reading.started > SILENT_S:  # the summary tells it anyway
        reading.report(f"{name}: {n_written:,} rows are ready")
    return TableCounts(name, reading.n_read, n_written, len(n_rows), reading.n_keyless)


def _raw_parts(reading: _Reading) -> Iterator[pa.Table]:
    mapping = reading.mapping
    schema = all_nullable(mapping.table.schema)
    earliest = _earliest(reading) if mapping.earliest_pin_is_parent else None
    tables = [_distinct(reading, schema)] if mapping.distinct else reading
    # A source without rows still gives a part, an empty one, which the check of raw input judges.
    for part in cut(chain([schema.empty_table()], tables), ROWS_PER_PART):
        yield part if earliest is None else _with_parents(reading, part, earliest)


def _with_parents(reading: _Reading, part: pa.Table, earliest: pa.Table) -> pa.Table:
    """Return a part with the earliest pins as parents, and count what it holds for the rule."""
    picture = reading.mapping.picture_field
    reading.earliest += count_pins_of_rule(part, picture, reading.date)
    return with_earliest_as_parent(part, earliest, picture, reading.date)


def _distinct(reading: _Reading, schema: pa.Schema) -> pa.Table:
    mapped = pa.schema([field for field in schema if field.name in reading.mapping.columns])
    tables = reading if reading.mapping.table is RAW_PINS else _with_key(reading)
    return widened(distinct_rows(tables, mapped), schema)


def _with_key(reading: _Reading) -> Iterator[pa.Table]:
    """Yield the rows that name a board or a user, and count the others: pins may be on no board."""
    key = reading.mapping.table.key
    for table in reading:
        named = table.filter(table[key].is_valid())
        reading.n_keyless += table.num_rows - named.num_rows
        yield named


def _earliest(reading: _Reading) -> pa.Table:
    picture = reading.mapping.picture_field
    narrow = reading.mapping.only("pin_id", "created_at", picture)
    schema = all_nullable(narrow.table.schema)
    # A pass of its own, so its ids and rows aren't counted a second time.
    uncounted = Collected(SourceIds(keeps_dictionary=False))
    purpose = "read for the earliest pins"
    first_pass = _Reading(
        narrow, reading.files, uncounted, reading.report, lambda _: None, reading.started, reading.date, purpose
    )
    earliest = earliest_pins_of_stream(chain([schema.empty_table()], first_pass), picture, reading.date)
    reading.earliest = EarliestPinCounts(shared=shared_time(earliest))
    return earliest


def _write_part(folder: Path, numbered: tuple[int, pa.Table]) -> int:
    """Write a part and return its number of rows."""
    number, part = numbered
    folder.mkdir(exist_ok=True)
    path = folder / part_name(number)
    part = part.cast(without_meanings(part.schema))
    pq.write_table(part, path, compression="zstd", compression_level=1, row_group_size=_ROWS_PER_ROW_GROUP)
    fsync(path)
    n_rows: int = part.num_rows
    return n_rows


def _write_source_ids(staging: Path, collected: Collected) -> tuple[tuple[str, int], ...]:
    dictionary = collected.source_ids.dictionary()
    if not dictionary.num_rows:
        return ()
    for numbered in enumerate(cut([dictionary], ROWS_PER_PART)):
        _write_part(staging / SOURCE_IDS_FOLDER, numbered)
    entities, counts = pc.value_counts(dictionary["entity"]).flatten()
    return tuple(zip(entities.to_pylist(), counts.to_pylist(), strict=True))


def _snapshots(input_root: Path, date: dt.date) -> dict[str, Path]:
    return {name: input_root / name / f"date={date}" for name in _FOLDERS}


def _refuse_existing(input_root: Path, date: dt.date) -> None:
    there = [folder for folder in _snapshots(input_root, date).values() if folder.exists()]
    if there:
        remedy = "import another date, or replace this snapshot with --overwrite"
        raise RawImportError("it is there already", where=str(there[0]), remedy=remedy)


def _publish(staging: Path, input_root: Path, date: dt.date, *, overwrite: bool) -> None:
    if not overwrite:  # somebody may have imported the same date meanwhile
        _refuse_existing(input_root, date)
    for staged in (staging / name for name in _FOLDERS):
        if staged.exists():
            fsync(staged)
    with arriving_snapshot(input_root, date):
        for name, final in reversed(_snapshots(input_root, date).items()):  # pins last: without them nothing starts
            if final.exists():
                final.rename(staging / f"replaced-{name}")
            if (staging / name).exists():
                final.parent.mkdir(exist_ok=True)
                (staging / name).rename(final)
                fsync(final.parent)
