"""The doors of raw input: Parquet files put straight into the input folder, and the check that a day begins with.

The check itself is tried here, table by table; whole days are in `fuzzing.doors.days`.
"""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from joins.raw.intake.repeated_ids import IdsOfShards
from joins.raw.intake.row_counts import RowCounts
from joins.raw.intake.row_intake import RowIntake
from joins.raw.intake.table_shards import TableShards
from joins.raw.schemas import RAW_TABLES, RawTable
from joins.raw.value_tally import ValueTally
from storage_tiers.foreign_files.shards import ForeignFile
from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.inputs.arrow_columns import odd_column, parquet_file, usual_column
from tests.fuzzing.inputs.choices import Choices, built_by
from tests.fuzzing.inputs.damage import damaged
from workflows.tasks.raw_input.raw_snapshot import raw_shards, shards_of_keys
from workflows.tasks.raw_input.snapshot_folder import SnapshotFolder

DATE = dt.date(2026, 11, 20)
_ENTROPY_BYTES = 256
_ODD_NAMES = ("", "Pin_id", "pin_id ", "pin_id", "board_id", "extra", "a.b", "é", "__index_level_0__", "user_id")


class RawFile(NamedTuple):
    """A file of a raw table."""

    table: str
    content: bytes


def raw_file(choices: Choices, raw: RawTable, n_most: int = 4, odd: float = 0.15, damage: float = 0.1) -> RawFile:
    """Return a file of a raw table, whose columns are odd in some share."""
    n_rows_there = choices.below(n_most + 1)
    columns = []
    for field in raw.schema:
        if choices.chance(odd / 3):
            continue
        is_odd = choices.chance(odd)
        column = odd_column(choices, n_rows_there) if is_odd else usual_column(choices, field, n_rows_there)
        columns.append((field.name, column))
    if choices.chance(odd / 2):
        columns.append((choices.pick(_ODD_NAMES), odd_column(choices, n_rows_there)))
    return RawFile(raw.name, damaged(parquet_file(choices, columns), choices, damage))


def _one_table(choices: Choices) -> RawFile:
    return raw_file(choices, choices.pick(RAW_TABLES))


def _check(given: RawFile, folder: Path) -> None:
    raw = next(raw for raw in RAW_TABLES if raw.name == given.table)
    path = folder / "part-00000.parquet"
    path.write_bytes(given.content)
    shards = raw_shards(SnapshotFolder((ForeignFile(path),)), raw)
    ids = IdsOfShards(TableShards((shards_of_keys(raw, shards),)))
    counts = RowCounts(raw.name, ValueTally(DATE))
    intake = RowIntake(raw, counts)
    for shard in range(len(shards)):
        ids(shard)
        intake.take_in(shards(shard))
    if counts.n_accepted + counts.n_rejected != shards.n_rows:
        raise BrokenPropertyError(f"{counts.n_accepted} + {counts.n_rejected} of {shards.n_rows}")


def _lay(given: RawFile, folder: Path) -> None:
    (folder / f"{given.table}.parquet").write_bytes(given.content)


RAW_CHECK = Door("raw check", built_by(_one_table, _ENTROPY_BYTES), _check, 120, _lay, a_second=250)
