"""`interest-graph sql`: a query is answered as a table, CSV, JSON or a file, and can do nothing but read datasets."""

import csv
import datetime as dt
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage_tiers import DatasetError, open_dataset
from workflows.commands import looking
from workflows.commands.outputs.sql import query_text
from workflows.luigi_cfg import PIPE_CLOSED, SettingsError

COMMAND = str(Path(sys.executable).parent / "interest-graph")
ODD = """SELECT 1 AS a, 2 AS a, sum(n) AS total, 'x,"y' || chr(10) AS t, NULL AS nothing, '' AS empty,
[1, NULL] AS list,
{'b': 1.50::DECIMAL(9, 2), 'c': 'é'} AS struct, '\\xAB'::BLOB AS bytes, 'nan'::DOUBLE AS nan,
'u'::ENUM ('u', 'v') AS word,
TIMESTAMPTZ '2026-01-02 03:04:05.678+00' AS at, true AS yes FROM range(4) r(n)"""


@pytest.fixture
def output(finished):
    return finished / "output"


@pytest.fixture
def asked(output, capsys):
    """Run the command in this process, and return what it printed."""

    def ask(query=None, **options):
        looking.sql(str(options.pop("output", output)), query, **options)
        return capsys.readouterr().out

    return ask


def test_a_table_has_a_head_the_rows_and_their_number(asked):
    lines = asked("SELECT 7 AS n, 'a' AS t UNION ALL SELECT 12, NULL").splitlines()
    assert [line.split() for line in lines] == [["n", "t"], ["7", "a"], ["12", "-"], ["(2", "rows)"]]


def test_a_long_answer_is_cut_and_says_how_many_rows_there_are(asked):
    lines = asked("SELECT range AS n FROM range(200_000)").splitlines()
    assert len(lines) == 42
    assert lines[-1].startswith("(the first 40 of 200,000 rows; --rows N prints others, --csv, --json and --parquet")
    assert len(asked("SELECT range AS n FROM range(200_000)", rows=3).splitlines()) == 5
    assert asked("SELECT 1 AS n LIMIT 0").splitlines()[-1] == "(0 rows)"
    assert asked("SELECT 1 AS n", rows=10**30).splitlines()[-1] == "(1 row)"


def test_what_has_no_room_is_named(output, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    looking.sql(str(output), "SELECT * FROM board_joins")
    printed = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    head, note = printed.splitlines()[0], printed[printed.index("more columns") :]
    assert max(map(len, printed.splitlines())) <= 80
    for name in open_dataset(output, "board_joins").schema.names:
        assert f" {name} " in f" {head} " or name in "".join(note.split()), name


def test_csv_tells_null_from_an_empty_text_and_every_column_from_the_others(asked):
    head, row = csv.reader(io.StringIO(printed := asked(ODD, csv=True)))
    assert head == ["a", "a_1", "total", "t", "nothing", "empty", "list", "struct", "bytes", "nan", "word", "at", "yes"]
    texts = dict(zip(head, row, strict=True))
    assert (texts["total"], texts["t"], texts["list"], texts["bytes"]) == ("6", 'x,"y\n', "[1,null]", "ab")
    assert json.loads(texts["struct"]) == {"b": 1.5, "c": "é"}
    assert (texts["at"], texts["yes"], texts["word"]) == ("2026-01-02 03:04:05.678000Z", "true", "u")
    assert ',,"",' in printed


def test_json_is_a_list_of_rows(asked):
    (row,) = json.loads(asked(ODD, json=True))
    assert row == {
        "a": 1,
        "a_1": 2,
        "total": 6,
        "t": 'x,"y\n',
        "nothing": None,
        "empty": "",
        "list": [1, None],
        "struct": {"b": 1.5, "c": "é"},
        "bytes": "ab",
        "nan": None,
        "word": "u",
        "yes": True,
        "at": "2026-01-02T03:04:05.678000Z",
    }
    assert asked("SELECT 1 LIMIT 0", json=True) == "[]\n"
    assert len(json.loads(asked("SELECT range FROM range(150_000)", json=True))) == 150_000


def test_nothing_of_data_acts_on_a_terminal(asked, monkeypatch):
    query = "SELECT chr(27) || '[2J' AS a"
    assert "\x1b" not in asked(query) + asked(query, json=True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "\x1b" not in asked(query, csv=True)


def test_a_parquet_file_holds_the_answer_and_nothing_is_written_over(asked, tmp_path, output):
    path = tmp_path / "ranks.parquet"
    said = asked("SELECT * FROM board_ranks", parquet=str(path))
    dataset = open_dataset(output, "board_ranks")
    assert said == f"{dataset.n_rows:,} rows written to {path}\n"
    assert pq.read_table(path).sort_by("board_id").to_pylist() == dataset.to_table().sort_by("board_id").to_pylist()
    for refused, why in ((path, "it is there already"), (tmp_path / "no" / "x", "there is no folder")):
        with pytest.raises(SettingsError, match=why):
            asked("SELECT 1", parquet=str(refused))
    with pytest.raises(SettingsError, match="it names no file"):
        asked("SELECT 1", parquet="")
    of_a_date = tmp_path / "pins" / "date=2026-11-20"
    of_a_date.mkdir(parents=True)
    for folder in (output, output / "board_ranks" / "full", of_a_date):
        with pytest.raises(SettingsError, match="where runs or engines would read it as rows"):
            asked("SELECT 1", parquet=str(folder / "x.parquet"))


@pytest.mark.parametrize("query", ["SELECT NULL::STRUCT AS days", "SELECT error('no') AS days", "SELECT nope"])
def test_an_answer_that_fails_leaves_no_file(asked, tmp_path, query):
    with pytest.raises(DatasetError):
        asked(query, parquet=str(tmp_path / "x.parquet"))
    assert [*tmp_path.iterdir()] == []


def test_a_column_that_parquet_lacks_a_type_for_is_named(asked, tmp_path):
    with pytest.raises(DatasetError, match=r"no type for column days, .*cast it: CAST\(days AS VARCHAR\)"):
        asked("SELECT NULL::STRUCT AS days", parquet=str(tmp_path / "x.parquet"))
    asked("SELECT CAST(NULL::STRUCT AS VARCHAR) AS days", parquet=str(tmp_path / "x.parquet"))


@pytest.mark.parametrize("options", [{}, {"csv": True}, {"json": True}])
def test_a_time_that_no_calendar_has_is_told(asked, options):
    for query in ("SELECT DATE '10000-01-01' AS d", "SELECT [TIMESTAMP '0044-03-15 (BC)'] AS d"):
        with pytest.raises(DatasetError, match=r"column d, .*, holds a time outside the years 1 to 9999; cast it"):
            asked(query, **options)
    for query in ("SELECT DATE 'infinity' AS d", "SELECT [TIMESTAMP 'infinity'] AS d"):
        with pytest.raises(DatasetError, match=r"column d, a (DATE|TIMESTAMP), holds infinity, .*; cast it"):
            asked(query, **options)


# Harm is done to nobody, and nothing is read that isn't a dataset.
REFUSED = [
    "COPY (SELECT 1) TO '{stray}'",
    "COPY pin_joins TO '{part}'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{part}'",
    "SELECT 1; COPY (SELECT 1) TO '{stray}'",
    "EXPORT DATABASE '{stray}'",
    "ATTACH '{stray}' AS other",
    "ATTACH '{database}' AS other",
    "CREATE TABLE t AS SELECT 1",
    "INSERT INTO pin_joins SELECT * FROM pin_joins",
    "DROP VIEW pin_joins",
    "INSTALL httpfs",
    "LOAD '{stray}'",
    "UPDATE EXTENSIONS",
    "PRAGMA database_list",
    "CALL enable_logging(storage_path = '{stray}')",
    "SET threads = 1",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "USE memory",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "FROM '/etc/passwd'",
    "FROM '{manifest}'",
    "FROM read_csv('/etc/passwd')",
    "FROM read_text('{manifest}')",
    "FROM read_text('{folder}/../../../_manifests/**')",
    "FROM read_blob('{raw}')",
    "FROM read_parquet('{raw}')",
    "FROM parquet_metadata('{raw}')",
    "FROM sniff_csv('/etc/passwd')",
    "FROM glob('/etc/*')",
    "FROM glob('{raw}')",
    "FROM read_duckdb('{database}', table_name = 'pin_joins')",
    "FROM read_json('http://127.0.0.1:9/x')",
    "FROM read_parquet('s3://bucket/x')",
    "FROM query('COPY (SELECT 1) TO ''{stray}''')",
    "FROM enable_logging(storage = 'file', storage_path = '{stray}')",
    "FROM enable_profiling(save_location = '{stray}')",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''/etc/passwd'')'))",
    "SELECT * FROM secret_of_python",
]


@pytest.mark.parametrize("query", REFUSED)
def test_a_query_writes_nothing_and_reads_no_other_file(finished, asked, tmp_path, query):
    secret_of_python = open_dataset(finished / "output", "boards").to_table()  # noqa: F841 - DuckDB would find it
    part = open_dataset(finished / "output", "pin_joins", "light").part_paths[0]
    names = {
        "stray": tmp_path / "stray",
        "part": part,
        "folder": part.parent,
        "manifest": open_dataset(finished / "output", "pin_joins").place.manifest,
        "database": finished / "output" / "_sql_batch" / "discovery.duckdb",
        "raw": next((finished / "input" / "pins").rglob("*.parquet")),
    }
    before = part.read_bytes()
    with pytest.raises(DatasetError) as raised:
        asked(query.format(**names))
    assert "\n" not in str(raised.value)
    assert [*tmp_path.iterdir()] == []
    assert part.read_bytes() == before


def test_tables_can_be_listed_and_described(asked):
    assert "pin_joins_2026_11_20_iteration_2" in asked("SHOW TABLES", rows=1_000)
    assert "image_signature" in asked("DESCRIBE pin_joins")
    assert "approx_unique" in asked("SUMMARIZE board_ranks", csv=True)
    assert asked("FROM board_ranks SELECT count(*) AS n", csv=True).startswith('"n"\n')


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEKT 1", 'query, line 1, column 1: syntax error at or near "SELEKT"'),
        ("SELECT\n  1 +", r'query, line 2, column 5: syntax error at or near "\+"'),
        (f"SELECT {'1 AS something_long, ' * 20} FROM", "query, line 1, column 4"),
        ("SELECT nope FROM board_ranks", r'query, line 1, column 8: Referenced column "nope" not found .*"page_rank"'),
        ("SELECT 1 FROM board_rank", r"column 15: there is no table board_rank; did you mean board_ranks\? tables "),
        (
            "SELECT 1 FROM board_joins_2026_11_20_iteration_1",
            r"did you mean board_joins_2026_11_20_iteration_2\? tables ",
        ),
        ("SELECT 1 FROM x.y", r"there is no table x.y; tables there: board_categories, .*, users; SHOW TABLES lists"),
        ("SELECT CAST('x' AS INT)", r"query.*: Could not convert string 'x' to INT32"),
        ("SELECT $1", "query: Values were not provided for the following parameters: 1"),
        ("", "query: there is no statement in it; give one SELECT"),
        ("-- only a remark", "query: there is no statement in it; give one SELECT"),
        ("SELECT 1; SELECT 2", "query: it has 2 statements; give one SELECT"),
        ("COPY (SELECT 1) TO 'x'", "query: COPY is not allowed, as a query only reads; give one SELECT"),
        ("PIVOT board_ranks ON percentile", r"query: .* list the values: PIVOT ... ON column IN"),
        (f"SELECT {'(' * 3_000}1{')' * 3_000}", "query"),
    ],
)
def test_an_error_is_one_line_with_its_place_and_what_there_is(asked, query, said):
    with pytest.raises(DatasetError, match=said) as raised:
        asked(query)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1_500


def test_a_query_comes_from_a_file_or_from_standard_input(tmp_path, monkeypatch):
    path = tmp_path / "q.sql"
    path.write_bytes(b"\xef\xbb\xbfSELECT 1 -- \xc3\xa9")
    assert query_text(f"@{path}", None) == query_text(None, str(path)) == "SELECT 1 -- é"
    for how in (("-", None), (None, "-"), ("@-", None)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SELECT 2")))
        assert query_text(*how) == "SELECT 2"
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["/bin/sh", "-c", f"echo 'SELECT 3' > {tmp_path}/pipe"]):
        assert query_text(None, str(tmp_path / "pipe")) == "SELECT 3\n"


def test_what_is_no_query_is_refused_before_anything_is_opened(tmp_path):
    for given in ((None, None), ("SELECT 1", "q.sql")):
        with pytest.raises(SettingsError, match=r"give one of 'SELECT ...', @FILE, --file FILE, or - for standard"):
            query_text(*given)
    (tmp_path / "latin").write_bytes(b"SELECT '\xe9'")
    with pytest.raises(SettingsError, match=r"latin: byte 8 is no UTF-8"):
        query_text(None, str(tmp_path / "latin"))
    with pytest.raises(SettingsError, match=r"/dev/zero: it is longer than 1,000,000 bytes"):
        query_text("@/dev/zero", None)
    for path in ("@nowhere.sql", f"@{tmp_path}"):
        with pytest.raises(OSError, match=r"No such file|Is a directory"):
            query_text(path, None)


def test_a_tier_that_answers_no_sql_is_refused_with_those_that_do(asked):
    with pytest.raises(SettingsError, match="Hive batch answers no SQL; allowed: sql"):
        asked("SELECT 1", tier="hive")


class OfWhatServesAlone:
    """A tier that answers in one piece, as one on a server may."""

    title = "elsewhere"

    def sql(self, query):
        return pa.table({"query": [query]})


def test_a_tier_that_only_answers_about_what_serves_is_asked_in_the_same_way(asked, monkeypatch):
    monkeypatch.setattr("workflows.commands.outputs.sql.opened_tier", lambda _name, _output: OfWhatServesAlone())
    assert json.loads(asked("whatever", json=True)) == [{"query": "whatever"}]
    with pytest.raises(SettingsError, match=r"answers about what serves there alone; leave date=2026-11-20 out"):
        asked("whatever", date=dt.date(2026, 11, 20))


def test_names_mean_the_versions_of_the_date_and_iteration_that_are_asked_for(asked, output):
    day = open_dataset(output, "facts").version.date
    counted = "SELECT (SELECT count(*) FROM facts) AS facts, (SELECT sum(page_rank) FROM board_ranks) AS ranks"
    for options, number in (({"date": day}, 2), ({"date": day, "iteration": 1}, 1), ({"iteration": 1}, 1)):
        (row,) = json.loads(asked(counted, json=True, **options))
        assert row["facts"] == open_dataset(output, "facts").n_rows
        ranks = open_dataset(output, "board_ranks", iteration=number).to_table()["page_rank"].to_pylist()
        assert row["ranks"] == pytest.approx(sum(ranks))
        (first,) = json.loads(asked("SELECT max(page_rank) AS m FROM board_ranks", json=True, **options))
        assert first["m"] == max(ranks)


def test_a_dataset_without_the_version_that_is_asked_for_fails_and_no_other(asked, output):
    day = open_dataset(output, "facts").version.date
    with pytest.raises(DatasetError, match=r"pin_joins as it was asked for is not loaded .*newest: date=2026-11-20"):
        asked("SELECT count(*) FROM pin_joins", date=day, iteration=1)
    assert asked("SELECT count(*) AS n FROM board_ranks", date=day, iteration=1)
    for options in ({"date": day.replace(year=2027)}, {"date": day, "iteration": 7}, {"iteration": 7}):
        with pytest.raises(
            DatasetError, match=r"nothing of .* is there for SQL batch; the newest of 1 dates: 2026-11-20"
        ):
            asked("SELECT 1", **options)


def run(output, script):
    """Run lines of a shell beside an output folder, and return the exit code, what was printed and what was said."""
    command = ["/bin/bash", "-c", script]
    done = subprocess.run(command, cwd=output.parent, capture_output=True, text=True, timeout=240, check=False)
    return done.returncode, done.stdout, done.stderr


def test_exit_codes_and_a_reader_that_ends(output):
    assert run(output, f"echo 'SELECT 1 AS n' | {COMMAND} sql - --csv") == (0, '"n"\n1\n', "")
    code, printed, said = run(output, f"{COMMAND} sql 'SELECT nope'")
    assert (code, printed) == (2, "")
    assert said.startswith("error: query, line 1, column 8: ")
    assert said.count("\n") == 1
    query = "SELECT range AS n FROM range(50_000_000)"
    script = f"{COMMAND} sql '{query}' --csv | head -2; exit ${{PIPESTATUS[0]}}"
    assert run(output, script) == (PIPE_CLOSED, '"n"\n0\n', "")


@pytest.mark.parametrize("query", ["SELECT count(*) FROM range(1_000_000_000_000)", "FROM range(1_000_000_000_000)"])
def test_ctrl_c_ends_a_query_and_leaves_nothing(output, tmp_path, query):
    command = [COMMAND, "sql", query, "--output", str(output), "--parquet", str(tmp_path / "x.parquet")]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - nohup's tests ignore it
    ) as process:
        began = time.monotonic()
        while not [*tmp_path.glob("interest-graph-sql-*")] and time.monotonic() < began + 120:
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()  # or a query that goes on would go on for hours
    assert process.returncode == 130
    assert said.startswith("interrupted by SIGINT")
    assert [*tmp_path.iterdir()] == []


_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [["--csv"], ["--parquet", "big.parquet"], []])
def test_ten_million_rows_take_hardly_more_memory_than_ten(output, tmp_path, run_python, how):
    peaks_mb = []
    for n_rows in (10, 10_000_000):
        (tmp_path / "big.parquet").unlink(missing_ok=True)
        query = f"SELECT range AS n, 'text ' || range AS t FROM range({n_rows})"  # noqa: S608 - a query of ours
        options = [str(tmp_path / one) if one.endswith("parquet") and one[0] != "-" else one for one in how]
        printed, said = run_python(_PEAK, COMMAND, "sql", query, "--output", output, *options).communicate(timeout=280)
        assert said == ""
        peaks_mb.append(int(printed))
    assert peaks_mb[1] < peaks_mb[0] + 150
