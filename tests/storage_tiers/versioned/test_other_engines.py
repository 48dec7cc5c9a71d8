"""Other engines open a dataset's folder as it lies: below ``full`` and ``light`` is Parquet, and an empty marker."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from storage_tiers import Dataset, open_dataset
from storage_tiers.versioned.versions import VARIANTS, dataset_names, published_versions

N_ROWS = 30
NAMES = ("facts", "board_ranks", "board_categories", "pin_features", "pin_joins", "user_joins")


@pytest.fixture
def folder(tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]) -> Path:
    """The folder of a dataset of two versions, the second with 20 rows."""
    publish(tmp_path, wide_table(10), iteration=1)
    publish(tmp_path, wide_table(20), iteration=2)
    return tmp_path / "board_joins" / "full"


def strangers_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".parquet" and path.stat().st_size]


def test_a_day_leaves_nothing_but_parquet_where_engines_read(built_day) -> None:
    folders = [built_day.output_root / name / variant for name in dataset_names(built_day.output_root)
               for variant in VARIANTS]  # fmt: skip
    assert [path for folder in folders for path in strangers_below(folder)] == []
    assert sum(len(list(folder.rglob("*.parquet"))) for folder in folders) > len(folders) / 2


def test_pyarrow_opens_the_folder(folder: Path) -> None:
    table = ds.dataset(folder, format="parquet", partitioning="hive").to_table()
    assert table.num_rows == N_ROWS
    assert table.filter(pa.compute.equal(table["iteration"], 2)).num_rows == 20


def test_duckdb_opens_the_folder(folder: Path) -> None:
    query = "SELECT iteration, count(*) FROM read_parquet(?, hive_partitioning = true) GROUP BY ALL ORDER BY ALL"
    with duckdb.connect() as connection:
        assert connection.execute(query, [f"{folder}/**/*.parquet"]).fetchall() == [(1, 10), (2, 20)]


# Run by a Python that has the library, ours or that of the benchmarks' peers; what is printed was read.
POLARS = """
import sys, polars
for read in (polars.read_parquet(sys.argv[1]), polars.scan_parquet(sys.argv[1] + "/").collect()):
    print(read.height, read.filter(polars.col("iteration") == 2).height, read["date"][0])
"""
PYARROW = """
import sys, pyarrow as pa, pyarrow.dataset
partitions = pyarrow.dataset.partitioning(pa.schema([("date", pa.string()), ("iteration", pa.int32())]), flavor="hive")
for folder in sys.argv[1:]:
    dataset = pyarrow.dataset.dataset(folder, format="parquet", partitioning=partitions)
    rows = dataset.to_table(columns=["date", "iteration"])
    counted = rows.group_by(["date", "iteration"]).aggregate([([], "count_all")])
    print(sorted(zip(*(counted[name].to_pylist() for name in ("date", "iteration", "count_all")))))
"""
DUCKDB = """
import sys, duckdb
for folder in sys.argv[1:]:
    rows = duckdb.read_parquet(folder + "/**/*.parquet", hive_partitioning=True)
    print(sorted(rows.aggregate("date::VARCHAR, iteration::INT, count(*)").fetchall()))
"""
POLARS_COUNTS = """
import sys, polars
for folder in sys.argv[1:]:
    rows = polars.scan_parquet(folder + "/").group_by("date", "iteration").len().collect()
    print(sorted((str(date), iteration, n) for date, iteration, n in rows.rows()))
"""
SPARK = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
for folder in sys.argv[1:]:
    rows = spark.read.parquet(folder).groupBy("date", "iteration").count().collect()
    print(sorted((str(row["date"]), row["iteration"], row["count"]) for row in rows))
"""
PANDAS = """
import sys, pandas
read = pandas.read_parquet(sys.argv[1])
print(len(read), (read["iteration"].astype(int) == 2).sum(), read["date"].astype(str)[0])
"""


def python_with(library: str) -> Path:
    """Find a Python that has a library, or skip."""
    peers = os.environ.get("BENCH_PYTHON") or Path(__file__).parents[3] / ".venv-bench" / "bin" / "python"
    for python in (Path(sys.executable), Path(peers)):
        finds = ["-c", f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{library}') is None)"]
        if python.exists() and not subprocess.run([python, *finds], check=False).returncode:
            return python
    return pytest.skip(f"no Python has {library}: make .venv-bench/.ready")


@pytest.mark.parametrize(
    ("library", "script"),
    [
        ("duckdb", DUCKDB),
        ("polars", POLARS_COUNTS),
        ("pyarrow", PYARROW),
        pytest.param("pyspark", SPARK, marks=pytest.mark.slow),
    ],
)
def test_every_engine_counts_the_rows_that_the_manifests_say(
    built_day, folder: Path, library: str, script: str
) -> None:
    """Each counts by date and iteration: a dataset of two versions, and datasets of every kind of a day."""
    if library == "pyspark" and not shutil.which("java"):
        pytest.skip("Spark needs Java")
    root = built_day.output_root
    places = [(folder.parents[1], "board_joins"), *((root, name) for name in NAMES)]
    said = [
        [(str(one.date), one.iteration, open_dataset(output, name, date=one.date, iteration=one.iteration).n_rows)
         for one in published_versions(output, name)]
        for output, name in places
    ]  # fmt: skip
    command = [python_with(library), "-c", script, *(str(output / name / "full") for output, name in places)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert [ast.literal_eval(line) for line in done.stdout.splitlines()] == said, done.stderr
    assert said[0] == [("2026-11-20", 1, 10), ("2026-11-20", 2, 20)]
    assert all(counted for counted in said)


@pytest.mark.parametrize(("library", "script"), [("polars", POLARS), ("pandas", PANDAS)])
def test_data_frames_open_the_folder(folder: Path, library: str, script: str) -> None:
    command = [python_with(library), "-c", script, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert {*done.stdout.splitlines()} == {f"{N_ROWS} 20 2026-11-20"}
