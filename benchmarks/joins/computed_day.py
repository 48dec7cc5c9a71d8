"""A generated snapshot and the day that the workflow computed from it: what the wide joins are measured on.

``python -m benchmarks.joins.computed_day INPUT OUTPUT`` runs the tasks of ``interest-graph run --iterations 1`` up
to the three joins; the tiers are not loaded, as nothing here reads them.
"""

import datetime as dt
import sys

import luigi

from workflows.tasks.derived import TASKS

DATE = "2026-11-20"
ITERATION = 1


def main() -> None:
    """Compute the day."""
    day = {"date": dt.date.fromisoformat(DATE), "input_root": sys.argv[1], "output_root": sys.argv[2]}
    joins = [TASKS[join](iteration=ITERATION, **day) for join in ("PinJoins", "BoardJoins", "UserJoins")]
    sys.exit(not luigi.build(joins, local_scheduler=True, workers=1, log_level="WARNING"))


if __name__ == "__main__":
    main()
