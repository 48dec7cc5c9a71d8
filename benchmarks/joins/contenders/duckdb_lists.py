"""DuckDB: sorted lists of structs, the fastest form tried (`list(... ORDER BY ...)` takes a fifth longer)."""

import duckdb

from benchmarks.joins.grouping import KEY, PIN_FIELDS
from benchmarks.joins.job import Job


def run(job: Job) -> None:
    """Group and write with one statement; a struct sorts by its first field, which is ``pin_id``."""
    pin = ", ".join(f"'{name}': {name}" for name in PIN_FIELDS)
    shards = ", ".join(f"'{path}'" for path in job.shards)
    with duckdb.connect(config={"temp_directory": str(job.scratch), "threads": job.n_cores}) as connection:
        connection.execute(f"""
            COPY (
                SELECT
                    {KEY},
                    pins,
                    len(pins) AS n_pins,
                    len(boards) AS n_boards,
                    len(users) AS n_users,
                    list_sort(boards) AS board_ids
                FROM (
                    SELECT
                        {KEY},
                        list_sort(list({{{pin}}})) AS pins,
                        list_distinct(list(board_id)) AS boards,
                        list_distinct(list(user_id)) AS users
                    FROM read_parquet([{shards}])
                    GROUP BY {KEY}
                )
                ORDER BY {KEY}
            ) TO '{job.output / "part-00000.parquet"}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
        """)  # noqa: S608 - our own paths and column names
