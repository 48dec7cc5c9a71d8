"""The rule of the earliest pin through a whole import: times that can't be, in any source, however it is read."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from workflows.imports import import_raw as import_command
from workflows.imports.import_raw import import_raw
from workflows.imports.import_summary import ImportSummary

ImportPins = Callable[..., tuple[ImportSummary, pa.Table]]

DATE = dt.date(2026, 11, 20)
RULE = "[pins.rules]\nearliest_pin_is_parent = true"
# Of picture x, 4 is the earliest that can be. Of y no time can be, and of z none is known. Pin 8 shows nothing.
PINS = [
    (1, "x", "1956-03-06"),
    (2, "x", "2011-01-02"),
    (3, "x", "9999-12-31"),
    (4, "x", "1995-06-01"),
    (5, "y", "0001-01-01"),
    (6, "y", "1970-01-01"),
    (7, "z", None),
    (8, None, "1970-01-01"),
    (9, "z", None),
]
PARENTS = [None, 4, None, None, None, None, None, None, 7]
LINE = (
    "  earliest_pin_is_parent: of 8 pins, 4 left out (3 before 1990, 1 after 2026-11-21, such as pin 1: "
    "1956-03-06 00:00:00.000Z): no pin can have been saved then, so they get no parent and are nobody's parent; "
    "2 without created_at come last, by pin_id"
)


def write_pins(folder: Path, ending: str) -> None:
    pin, picture, when = (list(column) for column in zip(*PINS, strict=True))
    table = pa.table({"pin": pin, "picture": picture, "when": when, "board": pin, "user": pin})
    if ending == "csv":
        pa_csv.write_csv(table, folder / "pins.csv")
    elif ending == "jsonl":
        (folder / "pins.jsonl").write_text("\n".join(json.dumps(row) for row in table.to_pylist()), encoding="utf-8")
    else:
        times = table["when"].cast(pa.timestamp("s"))
        table = table.set_column(2, "when", times.cast(pa.timestamp("ms")))
        pq.write_table(table.slice(0, 4), folder / "pins-0.parquet")
        pq.write_table(table.slice(4), folder / "pins-1.parquet")


@pytest.fixture
def import_pins(tmp_path: Path, mapping_text: Callable[..., object]) -> ImportPins:
    """Import pins, boards and users of one source, and return what was said and the pins by id."""

    def import_them(
        source: str, options: str = "", rule: str = RULE, pin_id: str = '"pin"'
    ) -> tuple[ImportSummary, pa.Table]:
        more = {"pins": f'image = "picture"\ncreated_at = "when"\n{rule}'}
        text = str(mapping_text(source, source, source, distinct=("boards", "users"), more=more))
        text = text.replace('pin_id = "pin"', f"pin_id = {pin_id}")
        file = tmp_path / "shop.toml"
        file.write_text(text.replace("[pins.columns]", f"{options}\n[pins.columns]"), encoding="utf-8")
        summary = import_raw(file, tmp_path, tmp_path / "input", DATE, overwrite=True)
        return summary, pq.read_table(tmp_path / f"input/pins/date={DATE}", partitioning=None).sort_by("pin_id")

    return import_them


@pytest.mark.parametrize("options", ["", "distinct = true"])
@pytest.mark.parametrize(
    ("ending", "source"), [("csv", "pins.csv"), ("jsonl", "pins.jsonl"), ("parquet", "pins-*.parquet")]
)
@pytest.mark.parametrize("rows_per_part", [2, 100])
def test_pins_whose_time_cannot_be_are_left_out_and_counted_once(
    tmp_path: Path,
    import_pins: ImportPins,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    source: str,
    options: str,
    rows_per_part: int,
) -> None:
    monkeypatch.setattr(import_command, "ROWS_PER_PART", rows_per_part)
    write_pins(tmp_path, ending)
    summary, pins = import_pins(source, options)
    assert pins["parent_pin_id"].to_pylist() == PARENTS
    assert pins["created_at"][0].as_py() == dt.datetime(1956, 3, 6, tzinfo=dt.UTC)
    assert LINE in str(summary).splitlines()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_ids_made_of_texts_are_told_to_say_nothing_of_time(
    tmp_path: Path, import_pins: ImportPins, ending: str
) -> None:
    write_pins(tmp_path, ending)
    source = "pins.csv" if ending == "csv" else "pins-*.parquet"
    summary, _ = import_pins(source, pin_id='{ column = "pin", as = "id" }')
    warned = "where created_at is equal or missing, the smallest pin_id is the parent; these ids were made of texts"
    assert sum(warned in line for line in str(summary).splitlines()) == 1
    summary, _ = import_pins(source)
    assert "made of texts" not in str(summary)


def test_rows_that_become_one_are_counted_as_one(tmp_path: Path, import_pins: ImportPins) -> None:
    (tmp_path / "pins.csv").write_text(
        "pin,board,user,picture,when\n" + 2 * "1,1,1,x,1956-03-06\n" + "2,2,2,x,2011-01-01\n", "utf-8"
    )
    summary, pins = import_pins("pins.csv", "distinct = true")
    assert (summary.earliest.n_pins, summary.earliest.n_left_out) == (2, 1)
    assert pins["parent_pin_id"].to_pylist() == [None, None]


def test_a_filler_is_told_and_null_values_make_it_an_unknown_time(tmp_path: Path, import_pins: ImportPins) -> None:
    n_pictures, filler = 20, dt.datetime(2000, 1, 1)  # noqa: DTZ001  as a naive column has it
    pins = {
        **dict.fromkeys(("pin", "board", "user"), range(2 * n_pictures)),
        "picture": [str(n // 2) for n in range(2 * n_pictures)],
        "when": [filler if n % 2 else dt.datetime(2011, 1, 1, 10, n) for n in range(2 * n_pictures)],  # noqa: DTZ001
    }
    pq.write_table(pa.table(pins), tmp_path / "pins.parquet")
    told, ruled = import_pins("pins.parquet")
    assert "20 of 20 pictures have created_at 2000-01-01 00:00:00.000Z; if that stands for an unknown time" in str(told)
    assert ruled["parent_pin_id"].to_pylist()[:4] == [1, None, 3, None]
    told, ruled = import_pins("pins.parquet", 'null_values = ["2000-01-01 00:00:00.000Z", "none"]')
    assert "pictures have created_at" not in str(told)
    assert "of 40 pins, 20 without created_at come last" in str(told)
    assert ruled["parent_pin_id"].to_pylist()[:4] == [None, 0, None, 2]


def test_an_import_without_the_rule_says_nothing_of_it(tmp_path: Path, import_pins: ImportPins) -> None:
    write_pins(tmp_path, "csv")
    summary, _ = import_pins("pins.csv", rule="")
    assert "earliest_pin" not in str(summary)
