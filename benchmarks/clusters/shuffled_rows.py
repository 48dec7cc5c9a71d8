"""What a shard of a shuffle becomes for more and more partitions: bytes a row, blocks, and CPU seconds.

The shard has 131,072 pins of five columns, on boards drawn evenly from 40 million, so that next to no two rows go the
same way. How many partitions there are must cost next to nothing.
"""

import argparse
import time
from statistics import median

import numpy as np
import pyarrow as pa

from joins.arrow.hashing import partition_of
from joins.engine.shuffle.blocks import blocks_of_shard
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import PartitionStep, Shuffled
from joins.raw.schemas import RAW_PINS

N_ROWS = 131_072
_N_BOARDS = 40_000_000
_PARTITIONS = (77, 770, 7_700, 76_294)
_SMALL_ROWS = 8_192
_BEGAN_MS = 1_795_000_000_000
_SECOND_MS = 1_000


def main(asked: argparse.Namespace) -> None:
    """Print a row for each number of partitions."""
    rows = made_up_pins(_SMALL_ROWS if asked.small else N_ROWS)
    print(f"\nA shard of {len(rows):,} rows, five columns\n")
    print(f"{'partitions':>10}{'groups':>8}{'blocks':>8}{'bytes a row':>13}{'ratio':>7}{'CPU s':>8}{'ratio':>7}")
    first: tuple[float, float] | None = None
    for n_partitions in _PARTITIONS:
        groups = PartitionGroups.of(n_partitions)
        step = PartitionStep(
            n_partitions, {}, dict, len, {"pins": Shuffled(lambda _: rows, 1, "board_id")}, partition_of
        )
        took = []
        for _ in range(max(3, asked.rounds)):
            began_s = time.process_time()
            blocks = list(blocks_of_shard(step, "pins", 0, groups))
            took.append(time.process_time() - began_s)
        each, cpu_s = sum(block.content.size for _, block in blocks) / len(rows), median(took)
        first = first or (each, cpu_s)
        ratios = (each / first[0], cpu_s / first[1])
        print(
            f"{n_partitions:10,}{groups.n_groups:8,}{len(blocks):8,}{each:13.1f}{ratios[0]:7.2f}"
            f"{cpu_s:8.3f}{ratios[1]:7.2f}",
            flush=True,
        )


def made_up_pins(n_rows: int) -> pa.Table:
    """Return pins in the order of their ids, on boards that are drawn evenly."""
    random = np.random.default_rng(1)
    columns = {
        "board_id": random.integers(0, _N_BOARDS, n_rows),
        "user_id": random.integers(0, _N_BOARDS // 10, n_rows),
        "pin_id": np.arange(n_rows),
        "image_signature": [f"{number:016x}" for number in random.integers(0, 2**62, n_rows)],
        "created_at": _BEGAN_MS + _SECOND_MS * np.arange(n_rows),
    }
    schema = pa.schema([RAW_PINS.schema.field(name) for name in columns])
    return pa.table({name: pa.array(values).cast(schema.field(name).type) for name, values in columns.items()})
