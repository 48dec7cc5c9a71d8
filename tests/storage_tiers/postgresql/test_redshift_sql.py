"""Statements for Redshift: held word by word by a golden file, as nothing here can run them."""

import re
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from storage_tiers import DatasetError, VersionNotFoundError
from storage_tiers.light import project_light
from storage_tiers.postgresql.redshift_sql import RedshiftPlace, create_redshift_table, version_sql, write_redshift_sql
from workflows.catalog import DERIVATIONS

GOLDEN = Path(__file__).with_name("redshift.sql")
ROLE = "arn:aws:iam::123456789012:role/redshift-reads"
PLACE = RedshiftPlace("s3://discovery-data/output/", ROLE, "nightly")
FLAT = pa.table({"id": [1, 2, 3], "share": pa.array([0.5, None, 1], pa.float32())})


@pytest.fixture
def root(tmp_path, publish, wide_table):
    for iteration in (1, 2):
        publish(tmp_path, wide_table(4), iteration=iteration)
        publish(tmp_path, project_light(wide_table(4)), variant="light", iteration=iteration)
    publish(tmp_path, FLAT, "board_ranks", key="id", iteration=2)
    return tmp_path


def test_the_statements_of_a_version_are_those_of_the_golden_file(root):
    path = write_redshift_sql(root, ["board_joins", "board_ranks"], PLACE)
    assert path == root / "_redshift" / "2026_11_20_iteration_2.sql"
    assert path.read_text() == GOLDEN.read_text()


def test_rows_can_be_replaced_in_the_table_that_is_there(root):
    written = write_redshift_sql(root, ["board_ranks"], RedshiftPlace("s3://b.c/x", "default", swap="delete_insert"))
    switch = written.read_text().partition("BEGIN;\n")[2]
    assert switch == (
        'CREATE TABLE IF NOT EXISTS "public"."board_ranks" (LIKE "public"."board_ranks_staged");\n'
        'DELETE FROM "public"."board_ranks";\n'
        'INSERT INTO "public"."board_ranks" SELECT * FROM "public"."board_ranks_staged";\n'
        "COMMIT;\n\n"
        'DROP TABLE IF EXISTS "public"."board_ranks_staged";\n'
    )
    assert "IAM_ROLE default\nFORMAT AS PARQUET;" in written.read_text()  # nothing nested, no SUPER


@pytest.mark.parametrize("swap", ["rename", "delete_insert"])
def test_nothing_ends_the_transaction_of_the_switch_but_its_end(root, swap):
    place = RedshiftPlace("s3://discovery-data/output", ROLE, swap=swap)
    text = write_redshift_sql(root, ["board_joins", "board_ranks"], place, "2026-11-20", 2).read_text()
    assert "TRUNCATE" not in text.upper()
    assert (text.count("BEGIN;"), text.count("COMMIT;")) == (1, 1)
    inside = text.partition("BEGIN;")[2].partition("COMMIT;")[0]
    assert not re.search(r"COPY|ANALYZE|VACUUM", inside)
    assert inside.count("board_joins_staged") == inside.count("board_ranks_staged") == 2


@pytest.mark.parametrize("swap", ["rename", "delete_insert"])
def test_postgresql_runs_all_but_the_copy_again_and_again(root, connect, swap):
    """It stands in for Redshift as far as it can: its rows are inserted where Redshift would copy them."""
    with connect(autocommit=True) as session:
        ((schema,),) = session.execute("SELECT current_setting('search_path')").fetchall()
        session.execute(f"CREATE SCHEMA {schema}")
        place = RedshiftPlace("s3://discovery-data/output", ROLE, schema, swap)
        text = write_redshift_sql(root, ["board_ranks"], place).read_text()
        for value, n_rows in ((1, 3), (2, 3), (3, 2)):
            rows = f"INSERT INTO board_ranks_staged SELECT {value}, 0.5 FROM generate_series(1, {n_rows});"  # noqa: S608
            statements = re.sub(r"COPY [^;]*;", rows, text)
            short = pytest.raises(psycopg.errors.DivisionByZero) if n_rows < FLAT.num_rows else nullcontext()
            with short:
                session.execute(statements)
        assert session.execute("SELECT id, count(*) FROM board_ranks GROUP BY 1").fetchall() == [(2, 3)]


@pytest.mark.parametrize("spec", [spec for made in DERIVATIONS for spec in made.outputs], ids=lambda spec: spec.name)
def test_every_schema_of_the_catalog_has_a_table_with_its_columns_in_order(spec):
    columns = re.findall(r'^  "(\w+)" ([A-Z ()0-9]+),?$', create_redshift_table('"t"', spec.schema), re.MULTILINE)
    assert [name for name, _ in columns] == spec.schema.names
    nested = {field.name for field in spec.schema if pa.types.is_nested(field.type)}
    assert {name for name, type_ in columns if type_ == "SUPER"} == nested


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"location": "/data/output"}, "the location is '/data/output'; it must be like s3://bucket/output"),
        ({"location": "s3://bucket/it's"}, "it must be like s3://bucket/output"),
        ({"location": "s3://bucket/a b"}, "it must be like s3://bucket/output"),
        ({"iam_role": "AKIA123"}, "the IAM role is 'AKIA123'; it must be like arn:aws:iam::"),
        ({"iam_role": f"{ROLE}' x"}, "it must be like arn:aws:iam::"),
        ({"schema": 'a"b'}, "the schema is 'a\"b'; it must be of small letters"),
        ({"swap": "truncate"}, "the swap is 'truncate'; it must be rename or delete_insert"),
    ],
)
def test_what_does_not_belong_into_a_statement_is_refused(given, problem):
    with pytest.raises(DatasetError, match=re.escape(problem)):
        RedshiftPlace(**{"location": "s3://bucket/output", "iam_role": ROLE} | given)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (pa.schema([("a", pa.time64("us"))]), r"column a is time64\[us\], which Redshift doesn't read from Parquet"),
        (pa.schema([("Name", pa.string()), ("name", pa.string())]), "several columns are called 'name'"),
    ],
)
def test_columns_that_redshift_cannot_hold_are_refused(schema, problem):
    with pytest.raises(DatasetError, match=problem):
        create_redshift_table('"t"', schema)


def test_an_odd_name_of_a_dataset_is_refused(tmp_path, publish):
    dataset = publish(tmp_path, FLAT, "it's", key="id")
    with pytest.raises(DatasetError, match="has no name of small letters"):
        version_sql([dataset], PLACE)


def test_no_dataset_at_all_is_told(root):
    with pytest.raises(DatasetError, match="no dataset is named; name some"):
        write_redshift_sql(root, [], PLACE)


def test_a_version_that_is_not_published_is_told(root):
    with pytest.raises(VersionNotFoundError, match="board_ranks/full date=2026-11-20 iteration=1 is not published"):
        write_redshift_sql(root, ["board_joins", "board_ranks"], PLACE, iteration=1)
