"""Readers in other processes beside loads: none is ever refused, and none sees two datasets of different versions."""

import json

import pyarrow as pa
import pytest

from storage_tiers.sql_batch import DATABASE_NAME, SqlBatchTier

NAMES = ("board_joins", "pin_joins", "user_joins")
N_ROWS = 50
READ = """
import collections, json, select, sys
import duckdb
from storage_tiers import open_sql
root, how = sys.argv[1:]
names = ("board_joins", "pin_joins", "user_joins")
each = ", ".join(f"(SELECT [min(v), max(v), count(*)] FROM {name})" for name in names)
opened = {
    "open_sql": lambda: open_sql(root),
    "file": lambda: duckdb.connect(f"{root}/_sql_batch/discovery.duckdb", read_only=True),
}[how]
seen, failed = collections.Counter(), []
print("begun", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        with opened() as sql:
            answers = sql.execute(f"SELECT {each}").fetchone()
            seen[json.dumps(answers)] += 1
    except Exception as error:
        failed.append(f"{type(error).__name__}: {error}")
print(json.dumps({"seen": seen, "failed": failed}))
"""


@pytest.mark.parametrize("n_loads", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_two_processes_read_through_loads_without_an_error_or_a_mix(tmp_path, publish, run_python, n_loads):
    tier = SqlBatchTier(tmp_path)

    def load(iteration):
        rows = pa.table({"id": range(N_ROWS), "v": [iteration] * N_ROWS})
        made = [publish(tmp_path, rows, name, key="id", n_parts=1, iteration=iteration) for name in NAMES]
        for dataset in made:
            tier.load(dataset)
        tier.advance({dataset.name: dataset.version for dataset in made})

    load(1)
    readers = [run_python(READ, tmp_path, how) for how in ("file", "open_sql")]
    assert [reader.stdout.readline() for reader in readers] == ["begun\n"] * 2
    for iteration in range(2, n_loads + 2):
        load(iteration)
    for reader in readers:
        out, error = reader.communicate("end\n")
        said = json.loads(out)
        assert (said["failed"], error) == ([], "")
        whole = {json.dumps([[number, number, N_ROWS]] * 3) for number in range(1, n_loads + 2)}
        assert said["seen"].keys() <= whole
        assert len(said["seen"]) > 1
    assert (tier.home / DATABASE_NAME).is_file()
