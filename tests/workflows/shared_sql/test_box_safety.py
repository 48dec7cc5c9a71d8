"""A long list of what strangers might type into the box: nothing is written, loaded, set, or read but datasets."""

import hashlib

import pytest

from storage_tiers import open_dataset
from storage_tiers.sql_batch.query_worker import Job, answer_job
from workflows.shared_sql.query_parameters import Parameter, bound_text, values_for

WRITES = [
    "COPY (SELECT 1) TO '{stray}'",
    "COPY board_joins TO '{part}' (FORMAT parquet)",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "COPY (SELECT 1) TO 's3://bucket/x'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{stray}'",
    "WITH w AS (SELECT 1) INSERT INTO board_joins SELECT * FROM w",
    "EXPORT DATABASE '{stray}'",
    "IMPORT DATABASE '{stray}'",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW board_joins AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "CREATE SECRET s (TYPE s3)",
    "CREATE PERSISTENT SECRET s (TYPE s3)",
    "INSERT INTO board_joins SELECT * FROM board_joins",
    "UPDATE board_joins SET name = 'x'",
    "DELETE FROM board_joins",
    "TRUNCATE board_joins",
    "MERGE INTO board_joins USING boards ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    "DROP VIEW board_joins",
    "ALTER VIEW board_joins RENAME TO x",
    "COMMENT ON VIEW board_joins IS 'x'",
    "VACUUM",
    "CHECKPOINT",
    "CALL enable_logging(storage = 'file', storage_path = '{stray}')",
    "FROM enable_logging(storage = 'file', storage_path = '{stray}')",
    "FROM enable_profiling(save_location = '{stray}')",
    "FROM query('COPY (SELECT 1) TO ''{stray}''')",
]
LOADS = [
    "ATTACH '{stray}' AS other",
    "ATTACH '{database}' AS other (READ_ONLY)",
    "ATTACH 'https://127.0.0.1:9/x.duckdb' AS other",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs",
    "INSTALL 'http://127.0.0.1:9/x.duckdb_extension'",
    "FORCE INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{stray}'",
    "UPDATE EXTENSIONS",
    "SELECT * FROM duckdb_extensions() WHERE install_extension('httpfs')",
    "SELECT st_point(1, 2)",
    "FROM sqlite_scan('{database}', 'x')",
    "FROM postgres_query('x', 'SELECT 1')",
]
SETS = [
    "SET threads = 1",
    "SET memory_limit = '100GB'",
    "SET GLOBAL enable_external_access = true",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET allowed_directories = ['/']",
    "SET VARIABLE x = 1",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit = '100GB'",
    "BEGIN",
    "COMMIT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "SELECT 1; SELECT 2",
    "SELECT 1; SET threads = 1",
    "SELECT 1;; COPY (SELECT 1) TO '{stray}'",
    "SELECT 1 /* ; */; DROP VIEW board_joins --",
    "SELECT set_config('threads', '1', false)",
]
READS = [
    "FROM '/etc/passwd'",
    "FROM '{manifest}'",
    "FROM '/proc/self/environ'",
    "FROM read_text('/proc/self/environ')",
    "FROM read_blob('/proc/self/environ')",
    "FROM read_text('/proc/*/environ')",
    "FROM read_csv('/etc/passwd')",
    "FROM read_csv_auto('/etc/passwd')",
    "FROM sniff_csv('/etc/passwd')",
    "FROM read_json('/etc/passwd')",
    "FROM read_json_objects('/etc/passwd')",
    "FROM read_ndjson('/etc/passwd')",
    "FROM read_text('{manifest}')",
    "FROM read_text('{folder}/../../../_manifests/**')",
    "FROM read_text('{folder}/../../../../_queries/usage.jsonl')",
    "FROM read_blob('{raw}')",
    "FROM read_parquet('{raw}')",
    "FROM parquet_scan('{raw}')",
    "FROM parquet_metadata('{raw}')",
    "FROM parquet_schema('{raw}')",
    "FROM parquet_file_metadata('{raw}')",
    "FROM parquet_kv_metadata('{raw}')",
    "FROM glob('/etc/*')",
    "FROM glob('{raw}')",
    "SELECT * FROM glob('../**')",
    "FROM read_duckdb('{database}', table_name = 'board_joins')",
    "FROM read_json('http://127.0.0.1:9/x')",
    "FROM read_parquet('s3://bucket/x')",
    "FROM read_parquet('gcs://bucket/x')",
    "FROM read_csv('hf://datasets/x/y.csv')",
    "FROM 'https://127.0.0.1:9/x.parquet'",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''/etc/passwd'')'))",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "WITH w AS MATERIALIZED (FROM read_text('/etc/passwd')) SELECT count(*) FROM w",
    "SELECT * FROM board_joins JOIN '/etc/passwd' ON true",
    "FROM query_table('/etc/passwd')",
    "FROM query_table(['board_joins', '/etc/passwd'])",
    "DESCRIBE '/etc/passwd'",
    "SUMMARIZE '/etc/passwd'",
    "PIVOT '/etc/passwd' ON x",
    "SELECT getenv('HOME')",
    "SELECT current_setting('no_such_setting')",
    "SELECT * FROM secret_of_python",
    "FROM python_map_function(1)",
    "SELECT * FROM pg_read_file('/etc/passwd')",
    "SELECT load_extension('x')",
    "SELECT read_text('/etc/passwd')",
]


@pytest.fixture
def answer(finished, tmp_path):
    """Answer a query as the process of the box does, with nothing left anywhere but the rows."""
    part = open_dataset(finished / "output", "board_joins", "light").part_paths[0]
    names = {
        "stray": tmp_path / "stray",
        "part": part,
        "folder": part.parent,
        "manifest": open_dataset(finished / "output", "board_joins").place.manifest,
        "database": finished / "output" / "_sql_batch" / "discovery.duckdb",
        "raw": next((finished / "input" / "pins").rglob("*.parquet")),
    }
    (tmp_path / "run").mkdir()

    def ask(query, **values):
        secret_of_python = open_dataset(finished / "output", "boards").to_table()  # noqa: F841 - DuckDB would find it
        job = Job(root=str(finished / "output"), folder=str(tmp_path / "run"), query=query, values=values, n_threads=1)
        return answer_job(job)

    before = digest_of(part)
    yield lambda query, **values: ask(query.format(**names) if not values else query, **values)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert {path.name for path in (tmp_path / "run").iterdir()} <= {"rows"}
    assert digest_of(part) == before


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """A job changes where this process puts temporary files; a worker of its own does nothing afterwards."""
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("SECRET_OF_MINE", "hush")


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("query", [*WRITES, *LOADS, *SETS, *READS])
def test_a_hostile_statement_is_refused_in_one_line(answer, query):
    ended = answer(query)
    assert ended.outcome == "refused", ended
    assert ended.said
    assert "\n" not in ended.said
    assert "root:" not in ended.said
    assert "hush" not in ended.said


@pytest.mark.parametrize(
    "query",
    [
        "FROM duckdb_settings()",
        "FROM duckdb_secrets()",
        "FROM duckdb_variables()",
        "SELECT current_setting('memory_limit'), version()",
        "FROM pragma_version()",
        "FROM duckdb_views()",
        "FROM duckdb_temporary_files()",
        "FROM duckdb_logs",
    ],
)
def test_what_duckdb_tells_of_itself_holds_no_secret_of_the_environment(answer, query, tmp_path):
    ended = answer(query)
    rows = tmp_path / "run" / "rows"
    assert ended.outcome in ("answered", "refused")
    assert not rows.exists() or b"hush" not in rows.read_bytes()


HOSTILE_VALUES = [
    "'; DROP VIEW board_joins; --",
    "' OR '1' = '1",
    "$p_word",
    "{{word}}",
    "x' UNION SELECT content FROM read_text('/etc/passwd') --",
    "\\'; SELECT 1",
    "\u0000",
    "\u202e",
]


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_a_value_is_never_more_than_a_value(answer, value):
    bound = bound_text("SELECT count(*) AS n FROM board_joins WHERE name = {{word}}")
    ended = answer(bound.sql, **values_for([Parameter("word")], {"word": value}))
    assert (ended.outcome, ended.n_rows) == ("answered", 1)


@pytest.mark.parametrize(
    "place", ["FROM {{word}}", "SELECT * FROM read_text({{word}})", "FROM query({{word}})", "FROM glob({{word}})"]
)
def test_a_value_in_the_place_of_a_table_or_file_opens_none(answer, place):
    for value in ("/etc/passwd", "SELECT 1; COPY (SELECT 1) TO 'x'", "board_joins"):
        ended = answer(bound_text(place).sql, **values_for([Parameter("word")], {"word": value}))
        assert ended.outcome == "refused", (place, value)
        assert "root:" not in ended.said
