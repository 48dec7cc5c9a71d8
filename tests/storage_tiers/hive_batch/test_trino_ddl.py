"""Trino is told of the same tables in its own language, which a parser of it reads; no Trino runs here."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from storage_tiers import DamagedVersionError, Dataset, DatasetError
from storage_tiers.hive_batch import HiveBatchTier, write_hive_ddl
from storage_tiers.hive_batch.engine_types import TRINO
from storage_tiers.hive_batch.trino_ddl import create_trino_table, current_trino_view, sync_partitions
from storage_tiers.versioned.versions import Version

FRIDAY = dt.date(2026, 11, 20)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})

GOLDEN = """\
CREATE TABLE IF NOT EXISTS "default"."board_joins" (
  "board_id" bigint,
  "name" varchar,
  "page_rank" double,
  "is_corrected" boolean,
  "created_at" timestamp(3),
  "terms" array(varchar),
  "owner" row("user_id" bigint, "joined_at" timestamp(3)),
  "pin_joins" array(row("image_signature" varchar, "n_pins" bigint)),
  "pins" array(bigint),
  "date" varchar,
  "iteration" integer
)
WITH (
  external_location = 's3://bucket/output/board_joins/full',
  format = 'PARQUET',
  partitioned_by = ARRAY['date', 'iteration']
);

CALL system.sync_partition_metadata(schema_name => 'default', table_name => 'board_joins', mode => 'FULL');

CREATE OR REPLACE VIEW "default"."board_joins_current" AS
SELECT * FROM "default"."board_joins" WHERE "date" = '2026-11-20' AND "iteration" = 2;
"""


def test_a_version_is_a_table_its_partitions_and_the_view_of_the_current_one(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    publish(tmp_path, wide_table(3), iteration=2)
    _, path = write_hive_ddl(tmp_path, "s3://bucket/output/")
    assert path == tmp_path / "_hive_batch" / "board_joins.trino.sql"
    comment, _, statements = path.read_text().partition("\n")
    assert comment.startswith("-- BLAKE2b-256 of the lines below: ")
    assert statements == GOLDEN


def test_a_parser_of_trino_reads_every_dataset_of_a_day(built_day) -> None:
    paths = [path for path in write_hive_ddl(built_day.output_root) if path.name.endswith(".trino.sql")]
    assert len(paths) > 10
    for path in paths:
        table, call, view = sqlglot.parse(path.read_text(), dialect="trino")
        assert (table.kind, view.kind) == ("TABLE", "VIEW")
        names = [column.name for column in table.find_all(exp.ColumnDef) if column.parent is table.this]
        dataset = path.name.removesuffix(".trino.sql")
        assert names[-2:] == ["date", "iteration"]
        assert table.this.this.name == dataset
        assert view.this.name == f"{dataset}_current"
        assert f"'{dataset}'" in call.sql("trino")


def test_a_parser_of_hive_reads_every_dataset_of_a_day(built_day) -> None:
    for path in write_hive_ddl(built_day.output_root):
        if not path.name.endswith(".trino.sql"):
            table, *_, view = sqlglot.parse(path.read_text(), dialect="hive")
            assert (table.kind, view.kind) == ("TABLE", "VIEW")


@pytest.mark.parametrize(
    ("folder", "literal"),
    [
        ("it's", "'it''s/board_ranks/full'"),
        ("x'; DROP TABLE y; --", "'x''; DROP TABLE y; --/board_ranks/full'"),
        ("a\nb\\", r"U&'a\+00000ab\\/board_ranks/full'"),
        ("a\\b", r"'a\b/board_ranks/full'"),
    ],
)
def test_a_folder_of_any_name_ends_no_statement(
    tmp_path: Path, publish: Callable[..., Dataset], folder: str, literal: str
) -> None:
    ddl = create_trino_table(publish(tmp_path, RANKS, "board_ranks"), folder)
    assert f"external_location = {literal}," in ddl
    if "U&" not in literal:
        (parsed,) = sqlglot.parse(ddl, dialect="trino")
        (location,) = (
            found.args["value"].name for found in parsed.find_all(exp.Property) if found.name == "external_location"
        )
        assert location == f"{folder}/board_ranks/full"


def test_the_place_is_a_file_of_this_machine_where_none_is_given(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    ddl = create_trino_table(publish(tmp_path, RANKS, "board_ranks"))
    assert f"external_location = 'file://{tmp_path}/board_ranks/full'" in ddl


def test_names_of_any_kind_are_quoted() -> None:
    assert current_trino_view('a"b', Version(FRIDAY, 1), "it's").startswith(
        'CREATE OR REPLACE VIEW "it\'s"."a""b_current" AS\nSELECT * FROM "it\'s"."a""b" '
    )
    assert "table_name => 'it''s'" in sync_partitions("it's")


def test_types_have_their_trino_names() -> None:
    assert TRINO.type_of(pa.dictionary(pa.int32(), pa.large_string())) == "varchar"
    nested = pa.struct([('a"b', pa.float32()), ("c", pa.large_list(pa.large_binary()))])
    assert TRINO.type_of(nested) == 'row("a""b" real, "c" array(varbinary))'
    types = (pa.int8(), pa.uint8(), pa.uint16(), pa.uint32(), pa.date32(), pa.timestamp("us", "UTC"))
    assert [*map(TRINO.type_of, types)] == ["tinyint", "smallint", "integer", "bigint", "date", "timestamp(3)"]
    with pytest.raises(DatasetError, match="Trino has no type for uint64; allowed: booleans"):
        TRINO.type_of(pa.uint64())


def test_a_lost_or_changed_file_of_statements_is_noticed_and_written_again(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    tier = HiveBatchTier(tmp_path)
    dataset = publish(tmp_path, RANKS, "board_ranks")
    tier.serve(dataset)
    path = tier.home / "board_ranks.trino.sql"
    path.write_text(path.read_text().replace("FULL", "DROP"))
    with pytest.raises(DamagedVersionError, match=r"board_ranks.trino.sql: its lines aren't those that were written"):
        tier.check_serving("board_ranks")
    path.unlink()
    with pytest.raises(DamagedVersionError, match=r"board_ranks.trino.sql: it is missing"):
        tier.check_serving("board_ranks")
    tier.serve(dataset)
    tier.check_serving("board_ranks")
