"""Who takes part: the contenders of each comparison, in the order of the printed table."""

from dataclasses import dataclass

import benchmarks.line_up

SMALL_PINS = 200_000
FLOOR, OURS = "floor: read, write, no grouping", "ours, in process"


@dataclass(frozen=True, slots=True)
class Contender(benchmarks.line_up.Contender):
    """One contender; ours and the floor are no peers.

    Pyarrow imports pandas wherever that is installed, half a second and 50 MB in every process.

    Parameters
    ----------
    most_pins
        Where it would take too long: it gets this many pins and what it takes is extrapolated.
    reads_json
        Whether it reads the pins as JSON lines.
    """

    runner: str = "benchmarks.joins.contender"
    most_pins: int | None = None
    reads_json: bool = False


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
