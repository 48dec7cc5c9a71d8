"""Who answers the same four questions over the same files: ours, DuckDB's own file, Polars, and pyarrow.

A contender opens what it reads, untimed but told, and returns a function for each question. Its answers are plain rows,
so that they can be compared; numbers that are added up in another order are rounded.
"""

import json
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness.contender import Contender, Figures, Job

ANSWERS_NAME = "answers.json"
BUSY_PINS, SINCE = 3, datetime(2025, 11, 20, tzinfo=UTC)
_TIMES = 5
_DIGITS = 9

Rows = list[tuple[Any, ...]]
Questions = Mapping[str, Callable[[], Rows]]

# The question that no goal is set for comes last: each engine has to hold every signature for it.
BY_CATEGORY, TOP_DOMAINS, FILTERED, DISTINCT = "by category", "top domains", "filter, 2 keys", "distinct"
SQL = {
    BY_CATEGORY: "SELECT category, count(*), sum(n_pins), sum(importance) FROM pin_joins GROUP BY category",
    TOP_DOMAINS: "SELECT domain, sum(n_repins) AS n FROM pin_joins GROUP BY domain ORDER BY n DESC, domain LIMIT 20",
    FILTERED: (
        f"SELECT category, year(last_pinned_at), count(*), max(importance) FROM pin_joins WHERE n_pins >= {BUSY_PINS} "  # noqa: S608
        f"AND last_pinned_at >= TIMESTAMPTZ '{SINCE.isoformat()}' GROUP BY ALL"
    ),
    DISTINCT: "SELECT count(DISTINCT image_signature) FROM pin_joins",
}


def ours(job: Job) -> Questions:
    """Ask the views of the SQL tier."""
    from storage_tiers import open_sql

    connection = open_sql(job.source)
    return {name: lambda sql=sql: connection.sql(sql).fetchall() for name, sql in SQL.items()}


def ours_locked(job: Job) -> Questions:
    """Ask as ``interest-graph sql`` does: each question opens the views, and closes what it could reach."""
    from storage_tiers.sql_batch import SqlBatchTier

    tier = SqlBatchTier(job.source)
    return {
        name: lambda sql=sql: [tuple(row.values()) for row in tier.sql(sql).to_pylist()] for name, sql in SQL.items()
    }


def duckdb_file(job: Job) -> Questions:
    """Copy the rows into a DuckDB file first, a second copy of them."""
    import duckdb

    connection = duckdb.connect(job.scratch / "rows.duckdb")
    connection.execute("SET TimeZone = 'UTC'")
    files = f"read_parquet('{job.source}/pin_joins/light/*/*/part-*.parquet', hive_partitioning = false)"
    connection.execute(f"CREATE TABLE pin_joins AS SELECT * FROM {files}")  # noqa: S608 - names of our own
    connection.execute("CHECKPOINT")
    return {name: lambda sql=sql: connection.sql(sql).fetchall() for name, sql in SQL.items()}


def polars(job: Job) -> Questions:
    """Let Polars stream from the files."""
    import polars as pl

    rows = pl.scan_parquet(f"{job.source}/pin_joins/light/*/*/part-*.parquet")
    busy = rows.filter((pl.col("n_pins") >= BUSY_PINS) & (pl.col("last_pinned_at") >= SINCE))
    sums = (pl.len(), pl.sum("n_pins"), pl.sum("importance"))
    plans = {
        BY_CATEGORY: rows.group_by("category").agg(*sums),
        TOP_DOMAINS: rows.group_by("domain")
        .agg(pl.sum("n_repins"))
        .sort(["n_repins", "domain"], descending=[True, False])
        .limit(20),
        FILTERED: busy.group_by("category", pl.col("last_pinned_at").dt.year().alias("year")).agg(
            pl.len(), pl.max("importance")
        ),
        DISTINCT: rows.select(pl.col("image_signature").n_unique()),
    }
    return {name: lambda plan=plan: plan.collect(engine="streaming").rows() for name, plan in plans.items()}


def pyarrow_dataset(job: Job) -> Questions:
    """Read columns by `pyarrow.dataset`, and group them in memory."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    rows = ds.dataset(job.source / "pin_joins" / "light", format="parquet")

    def by_category() -> Rows:
        table = rows.to_table(columns=["category", "n_pins", "importance"]).group_by("category")
        return _tuples(table.aggregate([([], "count_all"), ("n_pins", "sum"), ("importance", "sum")]))

    def top_domains() -> Rows:
        sums = rows.to_table(columns=["domain", "n_repins"]).group_by("domain").aggregate([("n_repins", "sum")])
        return _tuples(sums.sort_by([("n_repins_sum", "descending"), ("domain", "ascending")]).slice(0, 20))

    def filtered() -> Rows:
        since = pa.scalar(SINCE, pa.timestamp("ms", "UTC"))
        columns = {
            "category": pc.field("category"),
            "year": pc.year(pc.field("last_pinned_at")),
            "importance": pc.field("importance"),
        }
        chosen = (pc.field("n_pins") >= BUSY_PINS) & (pc.field("last_pinned_at") >= since)
        table = rows.to_table(columns=columns, filter=chosen).group_by(["category", "year"])
        return _tuples(table.aggregate([([], "count_all"), ("importance", "max")]))

    def distinct() -> Rows:
        return [(pc.count_distinct(rows.to_table(columns=["image_signature"])["image_signature"]).as_py(),)]

    return {BY_CATEGORY: by_category, TOP_DOMAINS: top_domains, FILTERED: filtered, DISTINCT: distinct}


def timed_questions(run: Callable[[Job], Questions], job: Job) -> Figures:
    """Ask each question once to warm up, then a few times; write the answers and return the medians in seconds."""
    began = time.perf_counter()
    questions = run(job)
    figures: Figures = {"open_s": time.perf_counter() - began}
    answers = {}
    for name, ask in questions.items():
        answers[name] = sorted(([_plain(value) for value in row] for row in ask()), key=str)
        figures[name] = statistics.median(_seconds(ask) for _ in range(_TIMES))
    (job.output / ANSWERS_NAME).write_text(json.dumps(answers))
    return figures | {"peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def line_up() -> list[Contender]:
    """Return who is asked; ours first."""
    return [
        Contender("ours, open_sql", ours, is_ours=True, timing=timed_questions),
        Contender("ours, tier.sql (locked)", ours_locked, is_ours=True, timing=timed_questions),
        Contender("DuckDB's own file", duckdb_file, is_peer=True, timing=timed_questions),
        Contender("Polars, streaming", polars, is_peer=True, timing=timed_questions),
        Contender("pyarrow.dataset", pyarrow_dataset, is_peer=True, timing=timed_questions),
    ]


def answers_in(output: Path) -> dict[str, object]:
    """Return the answers that a contender wrote."""
    found: dict[str, object] = json.loads((output / ANSWERS_NAME).read_text())
    return found


def _seconds(ask: Callable[[], Rows]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _tuples(table: Any) -> Rows:  # noqa: ANN401 - pyarrow is imported by its contender
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return value if value is None or isinstance(value, str) else int(value)  # type: ignore[call-overload]
