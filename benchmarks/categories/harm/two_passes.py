"""One side of the table: two passes over the labels of a folder, by the checkout whose Python runs this file.

``PYTHON -P two_passes.py SOURCE OUTPUT`` reads ``pins.parquet`` and every ``labels-*.parquet`` of the source, calls the
public functions of `features` as the workflow does, and writes the boards' categories after each pass and, last, which
passes were kept. It imports nothing of `benchmarks`, of which another checkout may have none or others.
"""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq

from features import category_fit, correct_categories

N_PASSES = 2
KEPT_NAME = "pass_kept.json"


def main() -> None:
    """Correct everything that lies in the folder that the command line names."""
    source, output = map(Path, sys.argv[1:])
    pins, kept = pq.read_table(source / "pins.parquet"), {}
    for labels in sorted(source.glob("labels-*.parquet")):
        boards, table = pq.read_table(labels), None
        for number in range(1, N_PASSES + 1):
            table = correct_categories(pins, boards, previous=table)
            columns = table.select(["board_id", "category", "confidence"]).sort_by("board_id")
            pq.write_table(columns, output / f"{labels.stem}-{number}.parquet")
        kept[labels.stem] = category_fit(table).pass_kept
    (output / KEPT_NAME).write_text(json.dumps(kept))


if __name__ == "__main__":
    main()
