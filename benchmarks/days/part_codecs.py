"""How published parts could be compressed: size, and CPU time to write and to read, for each dataset of a day.

The first part of each dataset is written to a file and read back whole by each codec, with the encodings and row groups
of every part; without digest and fsync, which cost the same for all. Told are medians, and ratios to how parts are
compressed.
"""

import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness.kept import bench_folder, kept_folder, run_interest_graph
from storage_tiers import open_dataset
from storage_tiers.versioned.parts import parquet_writer
from storage_tiers.versioned.row_groups import row_groups
from storage_tiers.versioned.versions import dataset_names

OPTIONS = {"--output": {"type": Path, "help": "output folder of a run, in place of a generated day"}}
_N_PINS, _SMALL_PINS = 1_000_000, 2_000
_FEWEST_BYTES = 100_000  # of a part: smaller ones cost nothing either way
_DATE = "2026-11-20"


@dataclass(frozen=True, slots=True)
class Codec:
    """How a part may be compressed."""

    name: str
    level: int | None = None

    def __str__(self) -> str:
        """Return how it is called."""
        return self.name if self.level is None else f"{self.name} {self.level}"


OURS = Codec("zstd", 1)
CODECS = (OURS, *(Codec("zstd", level) for level in (-5, -1, 3, 9)), Codec("lz4"), Codec("snappy"), Codec("none"))


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes of a part, and CPU seconds to write and to read it."""

    n_bytes: int
    write_s: float
    read_s: float


def main(asked: Namespace) -> None:
    """Measure every dataset with every codec, and print a block each."""
    output = asked.output or _generated_day(_SMALL_PINS if asked.small else _N_PINS)
    fewest_bytes = 0 if asked.small else _FEWEST_BYTES
    print(f"\nFirst parts of {output.name}, median of {asked.rounds} rounds; in brackets over that of {OURS}")
    print(f"{'':20}{'MB':>16}{'write CPU ms':>18}{'read CPU ms':>18}")
    for name in dataset_names(output):
        dataset = open_dataset(output, name)
        if dataset.manifest.parts[0].n_bytes < fewest_bytes:
            continue
        table = dataset.reader()(0)
        costs = {codec: cost_of(table, dataset.manifest.key, codec, asked.rounds) for codec in CODECS}
        print(f"{name}, {table.num_rows:,} rows")
        for codec, cost in costs.items():
            cells = (_cell(of(cost), of(costs[OURS])) for of in (_megabytes, _write_ms, _read_ms))
            print(f"  {codec!s:18}{'  '.join(cells)}", flush=True)


def cost_of(table: pa.Table, key: str, codec: Codec, n_rounds: int) -> Cost:
    """Write a part to a file and read it back, so many times each."""
    groups = list(row_groups(table))
    with tempfile.TemporaryDirectory(dir=bench_folder()) as folder:
        path = Path(folder) / "part.parquet"

        def write() -> None:
            with parquet_writer(path, table.schema, key, compression=codec.name, level=codec.level) as writer:
                for group in groups:
                    writer.write_table(group, row_group_size=max(1, group.num_rows))

        write_s = _median_cpu(write, n_rounds)
        read_s = _median_cpu(lambda: pq.read_table(path, use_threads=False), n_rounds)
        return Cost(path.stat().st_size, write_s, read_s)


def _median_cpu(run: Callable[[], object], n_rounds: int) -> float:
    took = []
    for _ in range(n_rounds):
        start = time.process_time()
        run()
        took.append(time.process_time() - start)
    return statistics.median(took)


def _megabytes(cost: Cost) -> float:
    return cost.n_bytes / 1e6


def _write_ms(cost: Cost) -> float:
    return cost.write_s * 1e3


def _read_ms(cost: Cost) -> float:
    return cost.read_s * 1e3


def _cell(value: float, ours: float) -> str:
    return f"{value:8.2f} ({value / ours:4.2f})" if ours else f"{value:8.2f}       "


def _generated_day(n_pins: int) -> Path:
    make = partial(_make, n_pins=n_pins)
    return kept_folder("codecs", str(n_pins), [Path(__file__)], f"a day of {n_pins:,} pins", make) / "output"


def _make(folder: Path, n_pins: int) -> None:
    folder.mkdir(parents=True)
    given = ("--date", _DATE, "--input", str(folder / "input"))
    run_interest_graph("generate", *given, "--pins", str(n_pins))
    run_interest_graph("run", *given, "--output", str(folder / "output"))
