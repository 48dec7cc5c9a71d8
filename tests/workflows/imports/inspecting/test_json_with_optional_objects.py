"""JSON whose records have an object, a list or nothing under the same key."""

import json
from pathlib import Path

import pytest

from workflows.imports.inspecting.inspect_source import inspect_source


@pytest.fixture
def write_pins(maker):
    """Write 60 pins whose further columns have values in turn."""

    def write(path: Path, **columns: list[object]) -> None:
        in_turn = {name: lambda n, values=values: values[n % len(values)] for name, values in columns.items()}
        maker.write_lines(path, maker.pins(60, **in_turn))

    return write


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_what_lies_in_an_optional_object_is_sampled(nothing: object, write_pins, tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.jsonl", resaved_from=[nothing, {"id": 5000, "at": "x"}])
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert inspection.guess.pins["parent_pin_id"].column == "resaved_from.id"


@pytest.mark.parametrize("values", [[[], ["a"]], [["a"], []], [None, ["a", "b"]], [["a"]]])
def test_lists_of_texts_fill_no_field(values: list[object], write_pins, tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.jsonl", tags=values)
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert not inspection.guess.boards["category"].is_found


def test_a_key_of_two_kinds_is_left_out_and_said(write_pins, tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.jsonl", extra=["text", {"k": 1}], more=[[1], "text"])
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    (read,) = inspection.sources
    assert sorted(doubt.split()[0] for doubt in read.form.doubts) == ["'extra.k'", "'more.0'"]
    assert read.sample.rows.num_rows == 60


def test_what_lies_in_an_object_that_comes_late_is_sampled(write_pins, tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.jsonl", tags=[None])
    with (tmp_path / "pins.jsonl").open("a") as file:
        for n in range(3000):
            record = {
                "id": n,
                "board_id": 300,
                "user_id": 7,
                "signature": "f" * 16,
                "tags": {"a": 1} if n > 2000 else None,
            }
            file.write(json.dumps(record) + "\n")
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert not inspection.sources[0].form.doubts
    assert inspection.sources[0].sample.profiles["tags.a"].n_valid == 999


def test_a_broken_record_is_a_problem_of_the_file(write_pins, tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.jsonl")
    with (tmp_path / "pins.jsonl").open("a") as file:
        file.write("{broken\n")
    assert inspect_source(tmp_path).problems
