"""``verify`` names a manifest that somebody edited, and a repair makes it again from what the date was made from."""

import datetime as dt
import json
import shutil

import pytest

from storage_tiers import DamagedVersionError, open_dataset
from workflows.commands.days.run import run_day
from workflows.commands.outputs.verify import verify_output

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def output(built_day, tmp_path):
    """A copy of what the day built."""
    return shutil.copytree(built_day.output_root, tmp_path / "output")


def change_a_parameter(content):
    content["parameters"]["damping"] = 0.5


def change_a_count(content):
    content["counts"]["sweeps"] += 1


def pass_a_check(content):
    content["checks"].append({"name": "all is well", "passed": True, "detail": "", "level": "error"})


def change_its_time(content):
    content["created_at"] = "2026-01-01T00:00:00Z"


def shift_a_key_range(content):
    content["parts"][0]["first_key"] += 1


def forget_an_input(content):
    del content["inputs"][0]


EDITS = [change_a_parameter, change_a_count, pass_a_check, change_its_time, shift_a_key_range, forget_an_input]


def edit_manifest(output, edit, *, with_digest):
    path = open_dataset(output, "board_ranks").place.manifest
    content = json.loads(path.read_text())
    edit(content)
    if not with_digest:
        del content["manifest_digest"]
    path.write_text(json.dumps(content, indent=1))
    return path


def told(output):
    """What verify says, but of the database, which knows that this is a copy of the output."""
    return [line for line in verify_output(output).lines if "discovery.duckdb" not in line]


@pytest.mark.parametrize("with_digest", [True, False], ids=["with its digest", "without"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_manifest_is_named_whatever_was_edited(output, edit, with_digest):
    path = edit_manifest(output, edit, with_digest=with_digest)
    (line,) = told(output)
    assert line.startswith(f"{path}: ")
    assert "was edited or" in line
    assert "run --repair --date 2026-11-20" in line
    with pytest.raises(DamagedVersionError, match="was edited or"):
        open_dataset(output, "board_ranks", date=DAY, iteration=2)


def test_a_repair_writes_an_edited_manifest_anew(built_day, output, day_of):
    before = open_dataset(output, "board_ranks").manifest
    edit_manifest(output, change_a_parameter, with_digest=False)
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    after = open_dataset(output, "board_ranks").manifest
    assert (after.parameters, after.digest) == (before.parameters, before.digest)
    assert verify_output(output).faults == []


def test_one_of_an_earlier_release_without_a_digest_is_said_to_be_unchecked_until_a_repair(built_day, output, day_of):
    place = open_dataset(output, "board_ranks").place
    edit_manifest(output, lambda _: None, with_digest=False)
    place.manifest.rename(place.inner_manifest)
    (line,) = told(output)
    assert "nobody can tell whether it was edited" in line
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert verify_output(output).faults == []
    edit_manifest(output, change_a_parameter, with_digest=True)
    assert "was edited or" in told(output)[0]
