"""A day as somebody would write it by hand with DuckDB: two scripts of SQL, and igraph for the ranks between them.

Reads ``pins``, ``boards`` and ``users`` of the raw layout and writes a Parquet file for each join, sorted by its key.
Pins are read from their files by each statement that wants them; only counts, votes and features become tables. Lists
of pins are in ``pin_id`` order, lists of boards, users and pictures in none.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from benchmarks.whole_day.igraph_ranks import igraph_ranks

JOINS = ("pin_joins", "board_joins", "user_joins")
_SCRIPTS = Path(__file__).parent
_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"

RankBoards = Callable[..., NDArray[np.float64]]


def write_day(source: Path, output: Path, scratch: Path, n_threads: int, rank: RankBoards = igraph_ranks) -> None:
    """Compute the day of a folder of raw input, and write its joins; `rank` is called as `igraph_ranks` is."""
    with duckdb.connect(config={"temp_directory": str(scratch), "threads": n_threads}) as connection:
        for table in ("pins", "boards", "users"):
            connection.read_parquet(f"{source}/{table}/date=*/*.parquet").create_view(table)
        connection.execute((_SCRIPTS / "counts.sql").read_text())
        _rank(connection, rank)
        connection.execute((_SCRIPTS / "joins.sql").read_text())
        for join in JOINS:
            connection.execute(f"COPY {join} TO '{output / join}.parquet' ({_PARQUET})")


def _rank(connection: duckdb.DuckDBPyConnection, rank: RankBoards) -> None:
    """Make the table of ranks."""
    board_ids = connection.execute("SELECT board_id FROM boards ORDER BY board_id").fetchnumpy()["board_id"]
    repins = connection.execute("SELECT board_id, parent_board_id, n_repins FROM repins").fetchnumpy()
    ranks = {"board_id": board_ids, "page_rank": rank(board_ids, *repins.values())}  # noqa: F841 - the SQL names it
    connection.execute("CREATE TABLE ranks AS SELECT * FROM ranks")
