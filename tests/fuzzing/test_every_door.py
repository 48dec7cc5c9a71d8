"""Some odd input at every door, the same input every time, and more of it among the slow tests.

`make fuzz` tries a million others.
"""

import pytest

from tests.fuzzing.attempts import try_door
from tests.fuzzing.every_door import DOORS

# About a minute in all on a quiet core.
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
    "serving: plans": 1_200,
    "serving: requests": 1_800,
    "serving: expressions": 900,
    "serving: files": 600,
}


QUICK_SHARE = 6  # one in so many is tried wherever the tests run
OFTEN = {"whole day", "snapshot folders", "inspect"}  # of which a sixth would be none, or next to none


def outcomes_of(door, n_inputs, found):
    made = try_door(door, n_inputs, seed_number=2026, found=found)
    assert {kind: fault.trace for kind, fault in made.faults.items()} == {}
    assert made.n_tried == n_inputs
    assert made.n_succeeded > 0
    assert made.refusals or door.name in ("picture bytes", "output folders", "command lines", "luigi.cfg")


@pytest.mark.parametrize("door", DOORS, ids=[door.name for door in DOORS])
def test_a_door_ends_with_success_or_an_error_of_our_own(door, tmp_path):
    outcomes_of(door, N_INPUTS[door.name] // (1 if door.name in OFTEN else QUICK_SHARE), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS, ids=[door.name for door in DOORS])
def test_more_of_it_ends_no_other_way(door, tmp_path):
    outcomes_of(door, N_INPUTS[door.name], tmp_path)
