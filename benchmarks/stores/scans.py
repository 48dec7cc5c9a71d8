"""SQL over a million light rows in an object store, both ways that DuckDB has without an extension of its own.

One is ours, a scan of the version through Arrow, in which each part is read by ranges of up to 32 MB. The other is
DuckDB's own reader of Parquet over a file system that is registered with it (``fsspec``, on the same client library); a
question that it can't answer is told with what it says.
The store is a real S3 server on loopback. Each question is asked five times by new connections, after once to warm up;
requests and bytes are counted at a proxy, in one more round that isn't timed.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
from obstore.fsspec import FsspecStore

from benchmarks.harness.kept import bench_folder
from benchmarks.stores.request_counts import counts_of
from benchmarks.stores.surroundings import let_in
from benchmarks.tiers.light_rows import NAME, publish_rows
from storage_tiers import open_dataset
from storage_tiers.sql_batch.sql_scans import scan_of
from storage_tiers.stores.address import root_of
from tests.servers.s3_programs import BUCKET, MissingServerError, S3Server, s3_server_in
from tests.servers.s3_proxy import proxy_before

OPTIONS: dict[str, dict[str, object]] = {
    "--rows": {"type": int, "default": 1_000_000, "help": "light rows (default: %(default)s)"},
}
_SMALL_ROWS, _TIMES = 20_000, 5
_OUTPUT = f"s3://{BUCKET}/scans"
_MB = 1e6
QUESTIONS = {
    "count": "SELECT count(*) FROM rows",
    "one column": "SELECT sum(n_pins), max(importance) FROM rows",
    "group by": "SELECT category, count(*), sum(n_repins) FROM rows GROUP BY ALL ORDER BY ALL",
    "filter": "SELECT count(*), sum(importance) FROM rows WHERE category = 'category_3' AND n_pins > 5",
    "top ten": "SELECT image_signature, importance FROM rows ORDER BY importance DESC, image_signature LIMIT 10",
}
Opened = Callable[[], duckdb.DuckDBPyConnection]


def by_arrow() -> duckdb.DuckDBPyConnection:
    """Open a DuckDB whose ``rows`` are an Arrow scan of the version, as our SQL has them."""
    connection = duckdb.connect()
    connection.register("rows", scan_of(open_dataset(_OUTPUT, NAME, "light")))
    return connection


def by_file_system() -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that reads the version's files itself, through a registered file system."""
    connection = duckdb.connect()
    connection.register_filesystem(FsspecStore("s3", skip_instance_cache=True, client_options={"allow_http": True}))
    files = [str(path) for path in open_dataset(_OUTPUT, NAME, "light").part_paths]
    connection.read_parquet(files, hive_partitioning=False).create_view("rows")
    return connection


WAYS: dict[str, Opened] = {"Arrow scan (ours)": by_arrow, "registered file system": by_file_system}


def main(asked: argparse.Namespace) -> None:
    """Print a row a question; answers that differ end with an error."""
    n_rows = _SMALL_ROWS if asked.small else asked.rows
    folder = Path(tempfile.mkdtemp(prefix="scans-", dir=bench_folder()))
    try:
        with s3_server_in(folder / "server") as server, let_in(folder, server.environment()):
            publish_rows(n_rows, root_of(_OUTPUT))
            print(f"\nSQL over {n_rows:,} light rows on S3, median of {_TIMES}\n{'':12}", end="")
            print("".join(f"{way:>26}{'requests':>10}{'MB':>8}" for way in WAYS))
            are_right = [asked_both_ways(name, folder, server) for name in QUESTIONS]
    except MissingServerError as error:
        raise SystemExit(str(error)) from None
    finally:
        shutil.rmtree(folder)
    if not all(are_right):
        raise SystemExit(1)


def asked_both_ways(name: str, folder: Path, server: S3Server) -> bool:
    """Print the row of a question; return whether both answers are the same."""
    cells, answers = [], []
    for opened in WAYS.values():
        try:
            seconds, answer = timed(opened, QUESTIONS[name])
        except duckdb.Error as error:
            if opened is by_arrow:
                raise
            cells.append(f"  failed: {str(error).splitlines()[0][:34]}")
            continue
        with proxy_before(server.url) as proxy, let_in(folder, {"AWS_ENDPOINT_URL": proxy.url}):
            opened().execute(QUESTIONS[name]).fetchall()
            counts = counts_of(proxy.requests)
        cells.append(f"{1000 * seconds:>23.0f} ms{counts.n_requests:>10,}{counts.n_down / _MB:>8.1f}")
        answers.append(answer)
    are_same = all(are_alike(answers[0], answer) for answer in answers)
    print(f"{name:12}{''.join(cells)}{'' if are_same else '  DIFFERENT'}", flush=True)
    return are_same


def timed(opened: Opened, sql: str) -> tuple[float, list[tuple[object, ...]]]:
    """Ask a question by new connections; return the median of its seconds, opening included, and the answer."""
    taken = []
    for _ in range(_TIMES + 1):
        began = time.perf_counter()
        answer = opened().execute(sql).fetchall()
        taken.append(time.perf_counter() - began)
    return median(taken[1:]), answer


def are_alike(one: list[tuple[object, ...]], other: list[tuple[object, ...]]) -> bool:
    """Return whether two answers are the same, but for the last digits of sums, which go by their order."""
    return [*map(_rounded, one)] == [*map(_rounded, other)]


def _rounded(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(float(f"{value:.9g}") if isinstance(value, float) else value for value in row)
