"""Who takes part: the contenders of each comparison, in the order of the printed table."""

import os
import sys
from dataclasses import dataclass

from benchmarks.joins.bench_folder import REPOSITORY

SMALL_PINS = 200_000
FLOOR, OURS = "floor: read, write, no grouping", "ours, in process"


@dataclass(frozen=True, slots=True)
class Contender:
    """One contender.

    Parameters
    ----------
    label
        Its row in the table.
    run
        Its module and variant.
    is_peer
        Whether it runs on the Python of ``requirements-bench.lock``. Ours and the floor run on the project's own:
        pyarrow imports pandas wherever that is installed, half a second and 50 MB in every process.
    most_pins
        Where it would take too long: it gets this many pins and what it takes is extrapolated.
    reads_json
        Whether it reads the pins as JSON lines.
    """

    label: str
    run: str
    is_peer: bool = False
    most_pins: int | None = None
    reads_json: bool = False

    @property
    def python(self) -> str:
        """The interpreter."""
        peers = os.environ.get("BENCH_PYTHON") or REPOSITORY / ".venv-bench" / "bin" / "python"
        return str(peers) if self.is_peer else sys.executable


GROUPING = (
    Contender(FLOOR, "floor"),
    Contender(OURS, "ours"),
    Contender("ours, mrjob local", "ours_mrjob:local"),
    Contender("ours, mrjob on Spark local", "ours_mrjob:spark"),
    Contender("Polars, streaming", "polars_lists:streaming", is_peer=True),
    Contender("Polars, in memory", "polars_lists:memory", is_peer=True),
    Contender("DuckDB", "duckdb_lists", is_peer=True),
    Contender("PySpark DataFrame, local", "spark_frame", is_peer=True),
    Contender("pandas", "pandas_lists", is_peer=True, most_pins=SMALL_PINS),
    Contender("plain mrjob local, JSON lines", "mrjob_json", is_peer=True, most_pins=SMALL_PINS, reads_json=True),
)

WIDE_JOINS = {"PinJoins": "pin_joins", "BoardJoins": "board_joins", "UserJoins": "user_joins"}
ALL_THREE = "+".join(WIDE_JOINS)


def wide_floor(joins: str) -> Contender:
    """Return the floor of one of the workflow's joins, or of several joined by ``+``."""
    return Contender(f"floor of {_called(joins)}", f"wide_floor:{joins}")


def wide_join(joins: str) -> Contender:
    """Return one of the workflow's joins, or several joined by ``+``, one after the other."""
    return Contender(f"{_called(joins)}, full and light", f"wide_join:{joins}")


def wide_datasets(contender: Contender) -> list[str]:
    """Return the names of the datasets that a wide join or its floor writes."""
    return [WIDE_JOINS[join] for join in contender.run.partition(":")[2].split("+")]


def _called(joins: str) -> str:
    return "all three joins" if joins == ALL_THREE else joins
