"""Half a minute of odd input at every door, the same input every time; `make fuzz` tries a million others."""

import pytest

from tests.fuzzing.attempts import try_door
from tests.fuzzing.every_door import DOORS

# About 30 seconds in all on a quiet core.
N_INPUTS = {
    "mapping files": 3_000,
    "import of CSV": 500,
    "import of JSON": 1_000,
    "import of Parquet": 1_000,
    "inspect": 30,
    "raw check": 1_500,
    "whole day": 4,
    "snapshot folders": 8,
    "output folders": 40,
    "picture bytes": 1_500,
    "same-picture": 80,
    "command lines": 250,
    "luigi.cfg": 300,
}


@pytest.mark.parametrize("door", DOORS, ids=[door.name for door in DOORS])
def test_a_door_ends_with_success_or_an_error_of_our_own(door, tmp_path):
    made = try_door(door, N_INPUTS[door.name], seed_number=2026, found=tmp_path)
    assert {kind: fault.trace for kind, fault in made.faults.items()} == {}
    assert made.n_tried == N_INPUTS[door.name]
    assert made.n_succeeded > 0
    assert made.refusals or door.name in ("picture bytes", "output folders", "command lines", "luigi.cfg")
