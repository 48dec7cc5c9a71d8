"""Queries in processes of their own: answered, or ended where they take too much; and nothing is left of them."""

import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage_tiers.sql_batch.bounded_queries import BoundedQueries, BusyError, QueryBounds
from storage_tiers.stores.address import root_of

RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
ENDLESS = "SELECT count(*) FROM range(1_000_000_000_000)"
BOUNDS = QueryBounds(seconds=60, memory_mb=256, aside_mb=64, rows=3, megabytes=1, file_rows=10, at_once=1, n_threads=1)


@pytest.fixture
def root(tmp_path, publish):
    publish(tmp_path / "output", RANKS, "board_ranks")
    return tmp_path / "output"


@pytest.fixture
def queries(root, tmp_path, monkeypatch):
    """Bounded queries whose folders lie in ``here``; at the end nothing may be left there."""
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "here"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "here"))
    made = BoundedQueries(root, BOUNDS)
    yield made
    made.close()
    assert [*(tmp_path / "here").iterdir()] == []


def rows_of(run):
    table = pa.ipc.open_stream(run.rows.read_bytes()).read_all()
    run.forget()
    return table.to_pylist()


def test_values_are_bound_and_the_fields_that_were_read_are_told(queries):
    sql = "SELECT board_id FROM board_ranks WHERE page_rank > $p_least AND $p_text = $p_text ORDER BY 1"
    values = {"p_least": ("number", "0.25"), "p_text": ("text", "' OR 1 = 1 --")}
    run = queries.begin(sql, values).result()
    assert (run.outcome, run.n_rows, run.is_whole) == ("answered", 2, True)
    assert run.fields == {"board_ranks": ["board_id", "page_rank"]}
    assert rows_of(run) == [{"board_id": 3}, {"board_id": 4}]
    assert not run.rows.parent.exists()


def test_an_output_in_a_store_is_asked_in_the_same_way(s3_root, publish):
    root = root_of(s3_root)
    publish(root, RANKS, "board_ranks")
    queries = BoundedQueries(root, BOUNDS)
    try:
        run = queries.begin("SELECT max(page_rank) AS most FROM board_ranks").result()
        assert (run.outcome, run.fields) == ("answered", {"board_ranks": ["page_rank"]}), run.said
        assert rows_of(run) == [{"most": 0.4}]
    finally:
        queries.close()


def test_a_page_has_the_first_rows_and_a_file_has_all_or_none(queries):
    run = queries.begin("SELECT range AS n FROM range(4)").result()
    assert (run.n_rows, run.is_whole, rows_of(run)) == (3, False, [{"n": 0}, {"n": 1}, {"n": 2}])
    whole = queries.begin("SELECT range AS n FROM range(3)").result()
    assert (whole.n_rows, whole.is_whole) == (3, True)
    whole.forget()
    file = queries.begin("SELECT range AS n FROM range(10)", rows_format="parquet").result()
    assert pq.read_table(file.rows).num_rows == 10
    file.forget()
    more = queries.begin("SELECT range AS n FROM range(11)", rows_format="csv").result()
    assert (more.outcome, more.rows) == ("too_large", None)
    assert "more than 10 rows" in more.said
    assert "add a LIMIT" in more.said


def test_what_is_too_wide_for_a_page_is_cut_where_it_fits(queries):
    run = queries.begin("SELECT repeat('x', 400_000) AS t FROM range(3)").result()
    assert (run.outcome, run.n_rows, run.is_whole) == ("answered", 2, False)
    run.forget()
    none = queries.begin("SELECT repeat('x', 2_000_000) AS t FROM range(3)").result()
    assert (none.n_rows, none.is_whole) == (0, False)
    none.forget()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 4_000_000_000)",
        "SELECT list_sort(range(1_000_000_000))",
        "SELECT string_agg(range::VARCHAR, ',') FROM range(1_000_000_000)",
        "SELECT array_agg(x) FROM (SELECT repeat('x', 1_000_000) || range AS x FROM range(100_000))",
        "WITH RECURSIVE t(x) AS (SELECT 'x' UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
        "SELECT json_structure('[' || repeat('[', 100_000_000))",
    ],
)
def test_a_query_that_needs_more_memory_than_it_may_have_says_so(queries, sql):
    run = queries.begin(sql).result()
    assert run.outcome in ("out_of_memory", "refused"), run
    assert "memory" in run.said.lower()
    assert "\n" not in run.said


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS,
        "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE hash(a.range + b.range) = 0",
        "SELECT count(*) FROM range(1_000_000) WHERE regexp_matches(repeat('a', 9_000_000) || range, '(a*)*(b|a)*c')",
        "SELECT lpad('', 2_000_000_000, 'x')",  # which listens to no interrupt
    ],
)
def test_a_query_without_end_is_ended_in_time(root, sql):
    queries = BoundedQueries(root, QueryBounds(seconds=4, memory_mb=512, n_threads=1))
    try:
        began = time.monotonic()
        run = queries.begin(sql).result()
        assert run.outcome in ("timed_out", "out_of_memory"), run
        assert time.monotonic() - began < 30
    finally:
        queries.close()


def test_a_query_that_runs_or_waits_can_be_cancelled(queries):
    running, waiting = queries.begin(ENDLESS), queries.begin(ENDLESS)
    time.sleep(0.5)
    waiting.cancel()
    running.cancel()
    assert [one.result().outcome for one in (running, waiting)] == ["cancelled", "cancelled"]
    again = queries.begin("SELECT 1").result()
    assert again.outcome == "answered"
    again.forget()


def test_more_than_may_wait_are_refused(queries):
    begun = [queries.begin(ENDLESS) for _ in range(5)]
    with pytest.raises(BusyError, match="5 queries run or wait, as many as may; try again in a moment"):
        queries.begin("SELECT 1")
    for one in begun:
        one.cancel()
    assert {one.result().outcome for one in begun} == {"cancelled"}


def test_closing_ends_what_runs_and_what_waits(root):
    queries = BoundedQueries(root, BOUNDS)
    begun = [queries.begin(ENDLESS) for _ in range(3)]
    time.sleep(0.5)
    queries.close()
    assert {one.result().outcome for one in begun} == {"cancelled"}


def test_a_process_that_dies_is_told_and_the_next_query_has_another(queries):
    running = queries.begin(ENDLESS)
    while running._process is None:
        time.sleep(0.01)
    running._process.kill()
    run = running.result()
    assert (run.outcome, "ended before it answered" in run.said) == ("failed", True)
    queries.start_ahead()
    queries._ahead.kill()
    time.sleep(0.2)
    again = queries.begin("SELECT 1").result()
    assert again.outcome == "answered"
    again.forget()


def test_a_process_has_nothing_of_the_environment_but_what_python_needs(queries, monkeypatch):
    monkeypatch.setenv("SECRET_OF_MINE", "hush")
    queries.start_ahead()
    while not (environment := Path(f"/proc/{queries._ahead._process.pid}/environ").read_bytes()):
        time.sleep(0.01)  # empty until the program has begun
    assert b"hush" not in environment
    assert b"PATH=" in environment


def test_a_process_ends_when_its_starter_is_killed(root):
    script = """
import sys, time
from pathlib import Path
from storage_tiers.sql_batch.bounded_queries import BoundedQueries
queries = BoundedQueries(Path(sys.argv[1]))
running = queries.begin(sys.argv[2])
while running._process is None:
    time.sleep(0.01)
print(running._process._process.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(root), ENDLESS], stdout=subprocess.PIPE) as starter:
        pid = int(starter.stdout.readline())
        time.sleep(3)
        starter.kill()
    assert ended_within(30, pid)


def ended_within(seconds, pid):
    """Wait until a process is gone, or waits for somebody to reap it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.1)
    return False


def test_a_query_with_no_room_on_the_disk_is_told_which_setting_bounds_it(queries):
    run = queries.begin("SELECT i FROM range(60_000_000) AS t(i) ORDER BY hash(i)").result()
    assert run.outcome == "out_of_disk", run.said
    assert run.said == (
        "it needs more than the 64 MB of disk that a query may have beside its memory; "
        "ask for less at once, or set query_disk_mb in section [queries] of luigi.cfg"
    )
