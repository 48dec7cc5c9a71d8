"""A document may be larger than memory: what is held is a few megabytes of it."""

import json
import tracemalloc
from pathlib import Path

import pytest

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.json_source import json_batches, json_columns

N_RECORDS = 10_000  # of 5 kB: tracing memory takes its time for each record
RECORD = json.dumps({"id": 1, "board": {"id": 7, "name": "x" * 1_500}, "note": "n" * 3_450})
MOST_BYTES = 32 * 2**20


def peak_bytes(path: Path, form: SourceForm) -> int:
    tracemalloc.start()
    try:
        json_columns(path, form)
        assert sum(len(batch.batch) for batch in json_batches(path, ["id", "board.id"], form)) == N_RECORDS
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("before", "between", "after", "records"),
    [
        ("[", ",", "]", ""),
        ('{"other": [1], "items": [', ",\n", '], "n": 1}', "items"),
        ("", "\n", "", ""),
        ("", "", "", ""),
    ],
)
def test_fifty_megabytes_are_read_in_thirty(
    tmp_path: Path, before: str, between: str, after: str, records: str
) -> None:
    path = tmp_path / "pins.json"
    path.write_text(before + between.join([RECORD] * N_RECORDS) + after, encoding="utf-8")
    assert path.stat().st_size > 50 * 10**6
    assert peak_bytes(path, SourceForm(records=records)) < MOST_BYTES


def test_a_long_list_that_is_passed_over_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    path.write_text(
        f'{{"skipped": [{", ".join([RECORD] * N_RECORDS)}], "items": [{", ".join(["{}"] * N_RECORDS)}]}}',
        encoding="utf-8",
    )
    assert peak_bytes(path, SourceForm(records="items")) < MOST_BYTES
