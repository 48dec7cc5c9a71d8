"""``interest-graph pin``: what a person wants to keep is kept, whatever becomes of the note."""

import datetime as dt

import pyarrow as pa
import pytest

from storage_tiers import DatasetError, Version, VersionNotFoundError
from storage_tiers.versioned.versions import published_versions
from workflows.commands.days.replace import PinnedVersionError, refuse_pinned
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.monitoring.machine_status import machine_status
from workflows.retention.cleaning import clean
from workflows.retention.pins import PINS_FOLDER, Pin, command_of_unpin, held_pins, put_pin, remove_pin
from workflows.settings.of_retention import read_kept

DAY, NEXT = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
ROWS = pa.table({"board_id": [1, 2]})


@pytest.fixture
def output(tmp_path, publish):
    """Two dates of facts, and of a dataset of one's own whose name needs care."""
    for date in (DAY, NEXT):
        publish(tmp_path, ROWS, "facts", date=date)
    publish(tmp_path, ROWS, "my.own iteration=3.of=x")
    return tmp_path


@pytest.mark.parametrize(
    ("pin", "covered"),
    [
        (Pin(DAY), {("facts", 1), ("facts", 2), ("boards", 1)}),
        (Pin(DAY, 1), {("facts", 1), ("boards", 1)}),
        (Pin(DAY, None, "facts"), {("facts", 1), ("facts", 2)}),
        (Pin(DAY, 2, "facts"), {("facts", 2)}),
        (Pin(NEXT), set()),
    ],
)
def test_a_pin_is_of_a_date_an_iteration_or_a_dataset(pin, covered):
    there = [("facts", 1), ("facts", 2), ("boards", 1)]
    assert {(name, number) for name, number in there if pin.covers(name, Version(DAY, number))} == covered


@pytest.mark.parametrize(
    "pin", [Pin(DAY), Pin(DAY, 1), Pin(NEXT, 1, "facts"), Pin(DAY, None, "my.own iteration=3.of=x")]
)
def test_a_pin_is_a_file_whose_name_says_what_stays(output, pin):
    held = put_pin(output, pin, "because\n\x1b[31m")
    assert held_pins(output) == [held]
    assert [path.name for path in (output / PINS_FOLDER).iterdir() if path.name != ".lock"] == [pin.file_name]
    assert put_pin(output, pin, "another note").note == held_pins(output)[0].note == "another note"
    assert command_of_unpin(pin).startswith(f"interest-graph unpin {pin.date}")
    remove_pin(output, pin)
    assert held_pins(output) == []
    with pytest.raises(VersionNotFoundError, match="is not pinned; pins there: none"):
        remove_pin(output, pin)


@pytest.mark.parametrize(
    "pin", [Pin(dt.date(2020, 1, 1)), Pin(DAY, 9), Pin(DAY, None, "nothing"), Pin(NEXT, 2, "facts")]
)
def test_what_is_not_there_can_not_be_pinned(output, pin):
    with pytest.raises(VersionNotFoundError, match=f"there is no version {pin} under"):
        put_pin(output, pin)
    assert held_pins(output) == []


def test_status_tells_pins_and_what_clean_keeps(output, configure):
    configure("retention", keep_dates="7 facts:2")
    put_pin(output, Pin(DAY, 1, "facts"), "asked for by Ada")
    found = status_of(output)
    assert [str(held) for held in found.pins] == ["date=2026-11-20 iteration=1 of facts (asked for by Ada)"]
    assert found.retention == "keep_dates = 7 facts:2, keep_iterations = 0, when clean is run"
    told = machine_status(output)
    assert (told.pins[0].iteration, told.pins[0].dataset, told.pins[0].note) == (1, "facts", "asked for by Ada")
    assert (told.retention.keep_dates, told.retention.keeps_all) == ("7 facts:2", False)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b"[]", b'{"note": 1}'])
def test_a_pin_whose_content_is_damaged_holds_and_is_told(output, content):
    path = output / PINS_FOLDER / Pin(DAY).file_name
    put_pin(output, Pin(DAY))
    path.write_bytes(content)
    clean(output, keep_dates=read_kept("1"))
    assert [version.date for version in published_versions(output, "facts")] == [DAY, NEXT]
    told = f"{path}: the pin holds, but its note can't be read"
    assert any(told in line for line in problems_of(status_of(output)))
    assert any(told in line for line in verify_output(output).lines)


@pytest.mark.parametrize(
    "name", ["date=2026-11-20.iteration=01.json", "date=2026-02-30.json", "pin.json", "date=2026-11-20"]
)
def test_nothing_is_removed_while_a_file_may_be_a_pin_and_does_not_say_of_what(output, name):
    (output / PINS_FOLDER).mkdir()
    (output / PINS_FOLDER / name).write_text("{}")
    with pytest.raises(DatasetError, match="it is no pin by its name, and may have been one; rename it like date="):
        clean(output, keep_dates=read_kept("1"))
    assert any("it is no pin by its name" in line for line in problems_of(status_of(output)))
    assert len(published_versions(output, "facts")) == 2


def test_a_file_in_place_of_the_folder_of_pins_stops_a_clean(output):
    (output / PINS_FOLDER).write_text("")
    with pytest.raises(DatasetError, match="a file lies where a folder belongs"):
        clean(output, keep_dates=read_kept("1"))


def test_a_rebuild_in_place_of_what_is_pinned_is_refused_and_names_the_pin(output, day_of):
    day = day_of(output.parent / "input", output, base=2)
    refuse_pinned(day)
    put_pin(output, Pin(DAY, 1), "for the talk")
    with pytest.raises(PinnedVersionError, match=r"is pinned by .*\(for the talk\); .*unpin 2026-11-20 --iteration 1"):
        refuse_pinned(day)


def test_the_commands_say_in_a_line_what_they_did(output, run_here):
    def run(*arguments):
        return run_here(*arguments, "--output", output, cwd=output.parent)

    assert run("pin", DAY, "--dataset", "facts", "--note", "why").stdout == (
        "pinned: date=2026-11-20 of facts (why); to take it away: interest-graph unpin 2026-11-20 --dataset facts\n"
    )
    failed = run("unpin", DAY)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    assert run("unpin", DAY, "--dataset", "facts").returncode == 0
