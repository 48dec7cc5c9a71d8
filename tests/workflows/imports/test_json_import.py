"""JSON and nested names through the import, from the mapping file to raw rows and what is said of them."""

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import RawImportError
from workflows.imports.import_raw import import_raw
from workflows.imports.json_records import json_lines

DATE = dt.date(2026, 11, 20)


class Folder:
    """Source files of one pattern that all three tables are read from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.source.mkdir()
        self.said: list[str] = []

    def write(self, name: str, written: object) -> None:
        text = written if isinstance(written, str) else json.dumps(written)
        (self.source / name).write_text(text, encoding="utf-8")

    def bring_in(
        self, pins: dict[str, str], *keys: str, source: str = "pins*", users: dict[str, str] | None = None
    ) -> str:
        entries = {"pins": pins, "boards": {"board_id": '"board.id"', "user_id": '"pinner.id"'}}
        entries["users"] = users or {"user_id": '"pinner.id"'}
        sections = []
        for table, columns in entries.items():
            more = "" if table == "pins" else "distinct = true\n"
            mapped = "".join(f"{field} = {column}\n" for field, column in columns.items())
            sections.append(
                f'[{table}]\nsource = "{source}"\n{more}' + "\n".join(keys) + f"\n[{table}.columns]\n{mapped}"
            )
        file = self.folder / "site.toml"
        file.write_text("\n".join(sections), encoding="utf-8")
        return str(import_raw(file, self.source, self.folder / "input", DATE, overwrite=True, report=self.said.append))

    def refusal(self, pins: dict[str, str], *keys: str, source: str = "pins*") -> str:
        with pytest.raises(RawImportError) as caught:
            self.bring_in(pins, *keys, source=source)
        return str(caught.value)

    def column(self, table: str, name: str) -> list[object]:
        return list(pq.read_table(self.folder / "input" / table / f"date={DATE}", partitioning=None)[name].to_pylist())


IDS = {"pin_id": '"id"', "board_id": '"board.id"', "user_id": '"pinner.id"'}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def pin(pin_id: object, board: object = 7, user: object = 9, **more: object) -> dict[str, object]:
    return {"id": pin_id, "board": {"id": board}, "pinner": {"id": user}} | more


@pytest.mark.parametrize("name", ["pins.json", "pins.ndjson", "pins.jsonl", "pins.JSON", "pins.Jsonl"])
def test_every_name_of_json_is_read_whatever_the_file_holds(folder: Folder, name: str) -> None:
    folder.write(name, [pin(1), pin(2)])
    folder.bring_in(IDS, source=name)
    assert folder.column("pins", "pin_id") == [1, 2]
    folder.write(name, "\n".join(json.dumps(pin(number)) for number in (3, 4)))
    folder.bring_in(IDS, source=name)
    assert folder.column("pins", "pin_id") == [3, 4]
    assert folder.column("boards", "board_id") == [7]


def test_row_numbers_run_through_the_pages_of_a_glob(folder: Folder) -> None:
    folder.write("pins-1.json", {"items": [pin(1), pin(2)], "bookmark": "x"})
    folder.write("pins-2.json", {"items": [pin(3)], "bookmark": None})
    folder.bring_in(IDS | {"pin_id": "{ row_number = true }"}, 'records = "items"')
    assert folder.column("pins", "pin_id") == [1, 2, 3]


def test_a_page_without_the_key_records_is_named_with_its_list(folder: Folder) -> None:
    folder.write("pins.json", {"data": {"items": [pin(1)]}, "bookmark": "x"})
    message = folder.refusal(IDS)
    assert message == "pins* has no column 'id'; say where its records lie: records = \"data.items\""


def test_records_by_key_are_named_and_their_keys_become_ids(folder: Folder) -> None:
    folder.write("pins.json", {"123": pin(None), "124": pin(None)})
    assert folder.refusal(IDS).endswith('say where its records lie: records = "."')
    folder.bring_in(IDS | {"pin_id": '"$key"'}, 'records = "."')
    assert folder.column("pins", "pin_id") == [123, 124]
    folder.bring_in(IDS | {"pin_id": '{ column = "$key", as = "id" }'}, 'records = "."')
    assert len(set(folder.column("pins", "pin_id"))) == 2


def test_a_name_that_no_record_has_lists_the_nested_ones(folder: Folder) -> None:
    folder.write("pins.json", [pin(1, images=[{"url": "x"}])])
    message = folder.refusal(IDS | {"link": '"board.url"'})
    assert message == "pins* has no column 'board.url'; columns there: board.id, id, images.0.url, pinner.id"


def test_records_is_for_json_alone(folder: Folder) -> None:
    folder.write("pins.csv", "id,board.id,pinner.id\n1,7,9\n")
    message = folder.refusal(IDS, 'records = "items"')
    assert message == (
        "records is for JSON files, and source 'pins*' matches pins.csv; "
        "drop records: every row of such a file is a record"
    )


@pytest.mark.parametrize("block_bytes", [1, 100, 2**20])
def test_an_id_is_the_same_however_it_is_written_and_wherever_a_batch_ends(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(json_lines, "_BLOCK_BYTES", block_bytes)
    spellings = ["7", '"7"', "7.0", "7.00", "70e-1", '"7"', "7"]
    lines = [f'{{"id": {n}, "board": {{"id": {board}}}, "pinner": {{"id": 9}}}}' for n, board in enumerate(spellings)]
    folder.write("pins.jsonl", "\n".join(lines))
    folder.bring_in(IDS)
    assert folder.column("pins", "board_id") == [7] * len(spellings)
    assert folder.column("boards", "board_id") == [7]
    folder.bring_in(IDS | {"image_signature": '{ column = "board.id", as = "digest" }', "description": '"board.id"'})
    assert len(set(folder.column("pins", "image_signature"))) == 1
    assert set(folder.column("pins", "description")) == {"7"}


@pytest.mark.parametrize(
    ("value", "complaint"),
    [("true", "'true'"), ("7.5", "'7.5'"), (str(2**63), f"'{2**63}'"), ("1.5e20", "1.5e"), ("Infinity", "'Infinity'")],
)
def test_a_number_that_is_no_id_is_refused_alone_and_among_others(folder: Folder, value: str, complaint: str) -> None:
    for others in ("", json.dumps(pin(1)) + "\n", json.dumps(pin("2")) + "\n"):
        folder.write("pins.jsonl", f'{others}{{"id": {value}, "board": {{"id": 7}}, "pinner": {{"id": 9}}}}')
        message = folder.refusal(IDS)
        assert complaint in message
        assert "column 'id'" in message


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_named_null_values_mean_nothing_as_numbers_too(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(json_lines, "_BLOCK_BYTES", block_bytes)
    folder.write(
        "pins.jsonl", "\n".join(json.dumps(pin(n, via=via)) for n, via in enumerate([0, "0", 1, None, "none"], 1))
    )
    folder.bring_in(IDS | {"parent_pin_id": '"via"'}, 'null_values = ["0", "none"]')
    assert folder.column("pins", "parent_pin_id") == [None, None, 1, None, None]


def test_a_nested_value_equal_to_another_is_null(folder: Folder) -> None:
    folder.write("pins.json", [pin(1, origin={"pin": 1}), pin(2, origin={"pin": "1"}), pin(3, origin=None)])
    folder.bring_in(IDS | {"parent_pin_id": '{ column = "origin.pin", null_if_equal = "id" }'})
    assert folder.column("pins", "parent_pin_id") == [None, 1, None]


def test_half_characters_are_counted_by_table_and_column(folder: Folder) -> None:
    cut = "cut \ud83d"
    folder.write("pins.json", [pin(1, note=cut), pin(2, note="whole \U0001f600"), pin(3, note=cut)])
    told = folder.bring_in(IDS | {"description": '"note"'})
    assert "pins.description: 2 texts held half a character, now U+FFFD" in told
    assert folder.column("pins", "description") == ["cut \ufffd", "whole \U0001f600", "cut \ufffd"]
    folder.write("pins.json", [pin(1, note="whole")])
    assert "half a character" not in folder.bring_in(IDS | {"description": '"note"'})


def test_null_records_are_rows_for_the_check_to_set_aside(folder: Folder) -> None:
    folder.write("pins.json", [pin(1), None, pin(2)])
    assert "pins: 3 rows read, 3 written" in folder.bring_in(IDS)
    assert folder.column("pins", "pin_id") == [1, None, 2]


def test_parquet_and_json_of_the_same_records_give_the_same_rows(folder: Folder) -> None:
    pins = [
        pin(1, images=[{"url": "a"}]),
        pin(2, board=None, images=[]),
        {"id": 3, "board": None, "pinner": {"id": 9}, "images": None},
    ]
    folder.write("pins.json", pins)
    columns = IDS | {"link": '"images.0.url"'}
    folder.bring_in(columns, source="pins.json")
    expected = [folder.column("pins", name) for name in ("pin_id", "board_id", "user_id", "link")]
    pq.write_table(pa.Table.from_pylist(pins), folder.source / "pins.parquet")
    folder.bring_in(columns, source="pins.parquet")
    assert [folder.column("pins", name) for name in ("pin_id", "board_id", "user_id", "link")] == expected
    assert expected[3] == ["a", None, None]
