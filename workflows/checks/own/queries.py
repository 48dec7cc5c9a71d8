"""Checks in SQL: a query over the version that is about to be published; each row that it returns is a problem.

The query sees the dataset by its name, ``<name>_before`` (the newest version of an earlier date), and what the dataset
is made from by their names. DuckDB may read the files of these and no other, writes nothing, and loads nothing: its
settings are locked before it meets the query.
"""

import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads

from joins.shown_text import count_text
from storage_tiers.sql_batch.sql_scans import scan_of_parts
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Check
from storage_tiers.versioned.staging import DatasetSpec
from workflows.checks.check_kinds import Level
from workflows.checks.staged import StagedDataset
from workflows.derivations import Derivation
from workflows.luigi_cfg import SettingsError

BEFORE = "_before"
_SHARE_OF_TIME = 0.8  # of what is left of a task
_ROWS_AT_ONCE = 10_000
_AGAIN_AFTER_S = 0.2
_MOST_SHOWN = 300  # characters of a row, which may hold lists of pins
_LOCK = ("python_enable_replacements = false", "enable_external_access = false", "lock_configuration = true")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a query may take of the machine; beyond its memory it spills into the folder, half of what is free there."""

    n_threads: int = 1
    memory_mb: int = 1024
    spill: Path | None = None
    limit_s: float = 0.0  # 0: none


def time_left_s() -> float:
    """Return the seconds until the alarm of ``task_timeout_s`` rings; 0 where none was set."""
    return signal.getitimer(signal.ITIMER_REAL)[0]


def bind(sql: str, dataset: str, derivation: Derivation, where: str) -> None:
    """Try a query on empty tables, so that a wrong word or column is found before anything runs.

    Raises SettingsError, with DuckDB's words in one line.
    """
    tables = {name: spec.schema.empty_table() for name, spec in _views(dataset, derivation)}
    with duckdb.connect() as connection:
        try:
            statements = connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise SettingsError(
                    "sql must be one SELECT", where=where, remedy="each row that it returns is a problem"
                )
            for name, table in tables.items():
                connection.register(name, table)
            _lock(connection, [])
            connection.execute(f"EXPLAIN {sql}")
        except duckdb.Error as error:
            names = ", ".join(tables)
            remedy = f"tables there: {names}"
            raise SettingsError(f"sql can't be run: {_in_one_line(error)}", where=where, remedy=remedy) from None


def outcome_of_query(
    sql: str, name: str, level: Level, staged: StagedDataset, derivation: Derivation, machine: Machine
) -> Check:
    """Ask a query and return its check; one that DuckDB can't answer, or not in time, has failed.

    Without an earlier version a query that names one isn't asked, and has passed. The spill goes with the staging. A
    query that doesn't end is ended before the alarm of the whole task.
    """
    if staged.before is None and re.search(rf"\b{staged.name}{BEFORE}\b", sql, re.IGNORECASE):
        return Check(name, passed=True, detail="no earlier version to compare with", level=level)
    limit_s = _SHARE_OF_TIME * time_left_s()
    try:
        with _spill_of(staged) as spill:
            n_rows, first = _rows_found(sql, staged, derivation, replace(machine, spill=spill, limit_s=limit_s))
    except duckdb.InterruptException:
        detail = f"it was ended after {limit_s:.1f} s, as task_timeout_s leaves it no more: does the query end?"
        return Check(name, passed=False, detail=detail, level=level)
    except duckdb.Error as error:
        detail = f"it can't be run: {' '.join(str(error).split())}"
        return Check(name, passed=False, detail=detail, level=level)
    rows = count_text(n_rows, "row")
    return Check(name, not n_rows, f"{rows} (first: {first})" if n_rows else "no rows", level)


def _rows_found(sql: str, staged: StagedDataset, derivation: Derivation, machine: Machine) -> tuple[int, str]:
    """Return how many rows a query returns, and the first of them.

    Raises duckdb.Error if DuckDB can't answer, an InterruptException where that takes longer than the limit.
    """
    with duckdb.connect(config=_config(machine)) as connection, _ended_after(machine.limit_s, connection):
        readable: list[Path] = []
        for name, spec in _views(staged.name, derivation):
            published = _published(name, staged)
            paths = _files([staged] if name == staged.name else published)
            readable += paths
            if paths:
                connection.read_parquet([str(path) for path in paths], hive_partitioning=False).create_view(name)
            else:  # nothing, or what lies in a store: DuckDB reads that through Arrow alone
                scanned = _scanned([staged] if name == staged.name else published)
                connection.register(name, scanned or spec.schema.empty_table())
        _lock(connection, readable)
        return _counted(connection.sql(sql).to_arrow_reader(_ROWS_AT_ONCE))


@contextmanager
def _ended_after(limit_s: float, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt a connection that works for longer: no signal reaches Python while DuckDB has the main thread."""
    is_done = threading.Event()

    def interrupt() -> None:
        wait_s = limit_s
        while not is_done.wait(wait_s):  # again and again: between two batches there is nothing to interrupt
            connection.interrupt()
            wait_s = _AGAIN_AFTER_S

    watch = threading.Thread(target=interrupt, daemon=True, name="limit of a check")
    if limit_s:
        watch.start()
    try:
        yield
    finally:
        is_done.set()
        if limit_s:
            watch.join()


def _counted(rows: pa.RecordBatchReader) -> tuple[int, str]:
    n_rows, first = 0, ""
    for batch in rows:
        if batch.num_rows and not n_rows:
            row = batch.slice(0, 1).to_pylist()[0]
            first = ", ".join(f"{name} {value!r}" for name, value in row.items())
        n_rows += batch.num_rows
    return n_rows, first if len(first) <= _MOST_SHOWN else f"{first[:_MOST_SHOWN]} ..."


def _views(dataset: str, derivation: Derivation) -> Iterator[tuple[str, DatasetSpec]]:
    """Yield what a query sees, by name."""
    (spec,) = (spec for spec in derivation.outputs if spec.name == dataset)
    yield dataset, spec
    yield dataset + BEFORE, spec
    inputs: Mapping[str, DatasetSpec] = {reads.dataset.name: reads.dataset for reads in derivation.reads()}
    yield from ((name, read) for name, read in inputs.items() if name != dataset)


def _published(name: str, staged: StagedDataset) -> Sequence[Dataset]:
    """Return the published versions that a name stands for."""
    if name == staged.name + BEFORE:
        return [staged.before] if staged.before else []
    return staged.made_from.get(name, [])


def _files(versions: Sequence[Dataset | StagedDataset]) -> list[Path]:
    return [path for version in versions for path in version.part_paths if not isinstance(path, StorePath)]


def _scanned(versions: Sequence[Dataset | StagedDataset]) -> pads.Dataset | None:
    scans = [
        scan_of_parts(version.folder, version.parts, version.schema)
        for version in versions
        if isinstance(version.folder, StorePath)
    ]
    return pads.dataset(scans) if scans else None


@contextmanager
def _spill_of(staged: StagedDataset) -> Iterator[Path]:
    """Open a place for what doesn't fit into memory: beside the staged parts, or where temporary files lie."""
    if isinstance(staged.folder, StorePath):
        with tempfile.TemporaryDirectory(prefix="interest-graph-") as folder:
            yield Path(folder)
    else:
        yield staged.folder.parent / "spill"


def _lock(connection: duckdb.DuckDBPyConnection, readable: Sequence[Path]) -> None:
    if readable:
        connection.execute("SET allowed_paths = $paths", {"paths": [str(path.resolve()) for path in readable]})
    for setting in _LOCK:
        connection.execute(f"SET {setting}")


def _config(machine: Machine) -> dict[str, str | bool | int | float | list[str]]:
    config: dict[str, str | bool | int | float | list[str]] = {"threads": machine.n_threads}
    if machine.memory_mb:
        config["memory_limit"] = f"{machine.memory_mb}MiB"
    if machine.spill:
        free_mb = shutil.disk_usage(machine.spill.parent).free // 2**20
        config |= {"temp_directory": str(machine.spill), "max_temp_directory_size": f"{free_mb // 2}MiB"}
    return config


def _in_one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).partition("\n\nLINE")[0].split())
