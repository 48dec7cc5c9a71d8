"""Importing other people's tables: from source files of every kind to the raw layout."""

import datetime as dt
import gzip
import hashlib
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from joins.errors import RawImportError, SourceError
from joins.raw.schemas import RAW_PINS, RAW_TABLES, all_nullable
from workflows.imports import import_raw as import_command
from workflows.imports.import_raw import import_raw
from workflows.imports.import_summary import CategoryCounts, ImportSummary, TableCounts
from workflows.tasks.raw_input.arriving_snapshot import arriving_snapshot

DATE = dt.date(2026, 11, 20)

PINS_CSV = 'pin,board,user,when,note\n12,1,7,2011-01-01,"two\nlines"\n11,1,7,,\n,2,8,2011-01-01T10:00:00+02:00,""\n'
BOARDS_JSONL = """{"board": 1, "user": 7, "title": "2011-01-01", "topic": "Art"}

{"board": 2, "user": 7}
{"board": 3, "user": 6}
"""


def stable_id(text: str) -> int:
    return int(hashlib.blake2b(text.encode(), digest_size=8).hexdigest(), 16) // 2


def text_digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Shop:
    """A source folder, an input folder and a mapping file in one temporary place."""

    def __init__(self, folder: Path, mapping) -> None:
        self.folder = folder
        self.mapping = mapping
        self.source = folder / "source"
        self.source.mkdir()
        self.input = folder / "input"
        self.progress: list[str] = []
        self.write("pins.csv", PINS_CSV)
        self.write("boards.jsonl", BOARDS_JSONL)

    def write(self, name: str, text: str) -> None:
        (self.source / name).write_text(text, encoding="utf-8")

    def run(self, mapping: str = "", *, overwrite: bool = False) -> ImportSummary:
        """Import by the shop's own mapping or another."""
        file = self.folder / "shop.toml"
        file.write_text(mapping or str(self.mapping), encoding="utf-8")
        return import_raw(file, self.source, self.input, DATE, overwrite=overwrite, report=self.progress.append)

    def parts(self, table: str) -> list[Path]:
        return sorted((self.input / table / "date=2026-11-20").glob("*"))

    def read(self, table: str) -> pa.Table:
        return pa.concat_tables([pq.read_table(path, partitioning=None) for path in self.parts(table)])

    def column(self, table: str, column: str) -> list[object]:
        return list(self.read(table)[column].to_pylist())

    def unfinished(self) -> list[Path]:
        return [path for path in self.input.glob("_staging/*") if path.is_dir()]

    def refusal(self, mapping: str = "") -> str:
        with pytest.raises(RawImportError) as caught:
            self.run(mapping)
        assert not list(self.input.glob("*/date=*"))
        assert not self.unfinished()
        return str(caught.value)


@pytest.fixture
def shop(tmp_path: Path, mapping_text) -> Shop:
    more = {"pins": 'created_at = "when"\ndescription = "note"', "boards": 'name = "title"\ncategory = "topic"'}
    return Shop(tmp_path, mapping_text("pins.csv", "boards.jsonl", "boards.jsonl", distinct=("users",), more=more))


def test_csv_and_json_lines_become_the_three_raw_tables(shop: Shop) -> None:
    summary = shop.run()
    assert [
        (row["pin_id"], row["board_id"], row["created_at"], row["description"]) for row in shop.read("pins").to_pylist()
    ] == [
        (12, 1, dt.datetime(2011, 1, 1, tzinfo=dt.UTC), "two\nlines"),
        (11, 1, None, None),
        (None, 2, dt.datetime(2011, 1, 1, 8, tzinfo=dt.UTC), ""),
    ]
    assert shop.column("boards", "name") == ["2011-01-01", None, None]
    assert shop.column("users", "user_id") == [6, 7]
    assert summary.tables == (
        TableCounts("pins", 3, 3, 1),
        TableCounts("boards", 3, 3, 1),
        TableCounts("users", 3, 2, 1),
    )
    assert shop.progress == []  # what takes no time is told once, by the summary


def test_an_import_that_takes_longer_tells_each_table_that_is_ready(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_command, "SILENT_S", -1.0)
    shop.run()
    assert shop.progress == ["pins: 3 rows are ready", "boards: 3 rows are ready", "users: 2 rows are ready"]


def test_the_files_have_the_raw_schema_with_every_field_nullable(shop: Shop) -> None:
    shop.run()
    for table in RAW_TABLES:
        assert shop.read(table.name).schema.equals(all_nullable(table.schema))
        assert all_nullable(table.schema).names == table.schema.names
        assert all_nullable(table.schema).types == table.schema.types
        assert [path.name for path in shop.parts(table.name)] == ["part-00000.parquet"]
    compression = pq.read_metadata(shop.parts("pins")[0]).row_group(0).column(0).compression
    assert compression == "ZSTD"


def test_parquet_csv_and_json_lines_of_the_same_rows_give_the_same_bytes(shop: Shop) -> None:
    rows = pa.table({"board": ["b1", "b2", "b2"], "user": [7, 8, 8], "title": ["x", None, "y"]})
    mapping = """
    [pins]
    source = "SOURCE"
    [pins.columns]
    pin_id = { row_number = true }
    board_id = { column = "board", as = "id" }
    user_id = { column = "user", as = "id" }
    image_signature = { column = "user", as = "digest" }
    [boards]
    source = "SOURCE"
    [boards.columns]
    board_id = { column = "board", as = "id" }
    user_id = { column = "user", as = "id" }
    name = "title"
    [users]
    source = "SOURCE"
    distinct = true
    [users.columns]
    user_id = { column = "user", as = "id" }
    """
    json_lines = "".join(
        f'{{"board": "{board}", "user": {user}, "title": {title}}}\n'
        for board, user, title in [("b1", 7, '"x"'), ("b2", 8, "null"), ("b2", 8, '"y"')]
    )
    pq.write_table(rows.set_column(0, "board", rows["board"].dictionary_encode()), shop.source / "rows.parquet")
    pa_csv.write_csv(rows, shop.source / "rows.csv")
    (shop.source / "rows.csv.gz").write_bytes(gzip.compress((shop.source / "rows.csv").read_bytes()))
    shop.write("rows.jsonl", json_lines)
    (shop.source / "rows.jsonl.gz").write_bytes(gzip.compress(json_lines.encode()))
    seen = set()
    for name in ("rows.parquet", "rows.csv", "rows.csv.gz", "rows.jsonl", "rows.jsonl.gz"):
        shop.run(mapping.replace("SOURCE", name), overwrite=True)
        tables = ("pins", "boards", "users", "source_ids")
        seen.add(b"".join(path.read_bytes() for table in tables for path in shop.parts(table)))
    assert len(seen) == 1


def test_text_ids_become_stable_integers_and_the_dictionary_leads_back(shop: Shop) -> None:
    shop.write("pins.csv", "pin,board,user,when,note,from\np1,b1,7,,,\np2,b1,7,,,p1\n")
    shop.write("boards.jsonl", '{"board": "b1", "user": 7, "title": "t", "topic": null}\n')
    mapping = shop.mapping.replace('board_id = "board"', 'board_id = { column = "board", as = "id" }')
    mapping = mapping.replace(
        'pin_id = "pin"',
        'pin_id = { column = "pin", as = "id" }\nparent_pin_id = { column = "from", as = "id" }',
    )
    summary = shop.run(mapping)
    assert shop.column("pins", "pin_id") == [stable_id("p1"), stable_id("p2")]
    assert shop.column("pins", "parent_pin_id") == [None, stable_id("p1")]
    assert shop.column("pins", "board_id") == [stable_id("b1")] * 2
    assert shop.column("boards", "board_id") == [stable_id("b1")]
    expected = [("board", stable_id("b1"), "b1")]
    expected += sorted(("pin", stable_id(text), text) for text in ("p1", "p2"))
    assert [tuple(row.values()) for row in shop.read("source_ids").to_pylist()] == expected
    assert summary.ids_minted == (("board", 1), ("pin", 2))
    assert "1 board ids, 2 pin ids" in str(summary)


def test_integer_ids_are_kept_and_need_no_dictionary(shop: Shop) -> None:
    summary = shop.run()
    assert summary.ids_minted == ()
    assert not (shop.input / "source_ids").exists()


def test_row_numbers_run_through_all_files_of_a_glob(shop: Shop) -> None:
    shop.write("part-b.csv", "board\n5\n")
    shop.write("part-a.csv", "board\n4\n4\n")
    mapping = shop.mapping.replace("pins.csv", "part-*.csv").replace(
        'user_id = "user"\ncreated_at = "when"', 'user_id = "board"'
    )
    shop.run(mapping.replace('pin_id = "pin"', "pin_id = { row_number = true }").replace('description = "note"', ""))
    assert shop.column("pins", "pin_id") == [1, 2, 3]
    assert shop.column("pins", "board_id") == [4, 4, 5]


def test_a_table_of_constants_and_row_numbers_has_a_row_for_each_source_row(shop: Shop) -> None:
    columns = """[pins.columns]
    pin_id = { row_number = true }
    board_id = { constant = 4 }
    user_id = { constant = 5 }
    link = { constant = "" }
    created_at = { constant = 2011-01-01T10:00:00+02:00 }
    """
    shop.run(f'[pins]\nsource = "pins.csv"\n{columns}{shop.mapping.boards}{shop.mapping.users}')
    assert shop.column("pins", "pin_id") == [1, 2, 3]
    assert shop.column("pins", "link") == ["", "", ""]
    assert shop.column("pins", "created_at") == [dt.datetime(2011, 1, 1, 8, tzinfo=dt.UTC)] * 3
    assert shop.column("pins", "image") == [None] * 3


def test_a_value_equal_to_another_column_is_null(shop: Shop) -> None:
    shop.write("pins.csv", "pin,board,user,when,note,origin\n1,1,7,,,1\n2,1,7,,,1\n3,1,7,,,\n")
    field = 'parent_pin_id = { column = "origin", null_if_equal = "pin" }'
    shop.run(shop.mapping.replace('pin_id = "pin"', f'pin_id = "pin"\n{field}'))
    assert shop.column("pins", "parent_pin_id") == [None, 1, None]


def test_named_null_values_mean_nothing_in_every_text_column(shop: Shop) -> None:
    shop.write("pins.csv", "pin;board;user;when;note\nNULL;1;7;NULL;NULL\n3;1;7;;-\n")
    shop.run(
        shop.mapping.replace('source = "pins.csv"', 'source = "pins.csv"\ndelimiter = ";"\nnull_values = ["NULL", "-"]')
    )
    assert shop.column("pins", "pin_id") == [None, 3]
    assert shop.column("pins", "description") == [None, None]


def test_categories_are_respelled_and_counted(shop: Shop) -> None:
    topics = ['"Art "', '"art"', '"DIY & Crafts"', '"diy_crafts"', '"None"', '""', "null"]
    shop.write(
        "boards.jsonl", "".join(f'{{"board": 1, "user": 7, "title": "", "topic": {topic}}}\n' for topic in topics)
    )
    rules = '[boards.category]\ntrim = true\ncasefold = true\naliases = { "diy & crafts" = "diy_crafts", none = "" }\n'
    summary = shop.run(f"{shop.mapping}{rules}")
    assert shop.column("boards", "category") == ["art", "art", "diy_crafts", "diy_crafts", None, None, None]
    assert summary.categories == CategoryCounts(
        n_before=5, n_after=2, rows_changed_by_spelling=1, rows_changed_by_alias=2, rows_without_category=3
    )
    assert "categories: 5 before, 2 after; 1 row respelled, 2 changed by an alias, 3 without a category" in str(summary)


def test_without_rules_categories_stay_as_they_are(shop: Shop) -> None:
    assert shop.run().categories is None
    assert shop.column("boards", "category") == ["Art", None, None]


@pytest.fixture
def parent_rule(mapping_text) -> str:
    columns = 'image_signature = { column = "picture", as = "digest" }\ncreated_at = "when"'
    rules = "[pins.rules]\nearliest_pin_is_parent = true"
    text = mapping_text(*["saves.csv"] * 3, distinct=("boards", "users"), more={"pins": f"{columns}\n{rules}"})
    return text.replace('user_id = "user"', 'user_id = "board"')


def test_the_earliest_pin_of_a_picture_is_the_parent_of_its_later_pins(shop: Shop, parent_rule: str) -> None:
    # Picture x: pin 9 has the earliest time. Picture y: pins 2 and 5 share a time, so the smaller id is first,
    # and pin 1, without a time, is last. The pin without a picture has no parent.
    shop.write(
        "saves.csv",
        "pin,board,picture,when\n3,1,x,2011-01-02\n9,2,x,2011-01-01\n5,1,y,2011-01-01\n2,2,y,2011-01-01\n1,3,y,\n7,3,,\n",
    )
    shop.run(parent_rule)
    assert shop.column("pins", "parent_pin_id") == [9, None, 2, None, 2, None]
    assert shop.column("pins", "image_signature")[0] == text_digest("x")
    assert shop.column("boards", "board_id") == [1, 2, 3]
    assert shop.column("users", "user_id") == [1, 2, 3]


def test_many_pins_are_written_in_parts_of_fixed_size(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_command, "ROWS_PER_PART", 2)
    summary = shop.run()
    assert [path.name for path in shop.parts("pins")] == ["part-00000.parquet", "part-00001.parquet"]
    assert shop.column("pins", "pin_id") == [12, 11, None]
    assert summary.tables[0] == TableCounts("pins", 3, 3, 2)


def test_a_source_without_rows_gives_an_empty_part_for_the_check_to_judge(shop: Shop) -> None:
    shop.write("pins.csv", "pin,board,user,when,note\n")
    shop.write("boards.jsonl", "")
    summary = shop.run()
    assert [counts.n_written for counts in summary.tables] == [0, 0, 0]
    assert shop.read("pins").schema.equals(all_nullable(RAW_PINS.schema))


def test_parts_without_rows_count_as_none(shop: Shop) -> None:
    (shop.source / "pins").mkdir()
    for name, text in {"a": "", "b": PINS_CSV, "c": "pin,board,user,when,note", "d": "\n", "e": "\ufeff"}.items():
        shop.write(f"pins/{name}.csv", text)
    summary = shop.run(shop.mapping.replace("pins.csv", "pins/*.csv"))
    assert shop.column("pins", "pin_id") == [12, 11, None]
    assert summary.tables[0] == TableCounts("pins", 3, 3, 1)


def test_parts_without_any_row_are_said(shop: Shop) -> None:
    (shop.source / "pins").mkdir()
    shop.write("pins/a.csv", "")
    shop.write("pins/b.csv", "\n")
    assert shop.run(shop.mapping.replace("pins.csv", "pins/*.csv")).tables[0] == TableCounts("pins", 0, 0, 1)
    assert shop.progress[:1] == ["pins: no row in pins/*.csv"]


def test_parts_may_differ_in_order_and_unused_columns_but_not_lack_one(shop: Shop) -> None:
    (shop.source / "pins").mkdir()
    shop.write("pins/a.csv", "pin,board,user,when,note,,\n1,1,7,,x,,\n")
    shop.write("pins/b.csv", "more,note,when,user,board,pin\n-,y,,7,2,2\n")
    shop.run(shop.mapping.replace("pins.csv", "pins/*.csv"))
    assert shop.column("pins", "description") == ["x", "y"]
    shop.write("pins/c.csv", "pin,board,user,when\n3,1,7,\n")
    with pytest.raises(SourceError, match=r"c.csv has no column 'note'; columns there: pin, board, user, when"):
        shop.run(shop.mapping.replace("pins.csv", "pins/*.csv"), overwrite=True)


def test_a_mapping_says_how_its_csv_is_written(shop: Shop) -> None:
    text = '12\x011\x017\x01\x01caf\xe9 "open\n11\x011\x017\x01\x01a\\\x01b\n'
    (shop.source / "pins.csv").write_bytes(text.encode("cp1252"))
    keys = """delimiter = "\\u0001"
    quote = ""
    escape = "\\\\"
    encoding = "cp1252"
    column_names = ["pin", "board", "user", "when", "note"]
    """
    shop.run(shop.mapping.replace('source = "pins.csv"\n', f'source = "pins.csv"\n{keys}'))
    assert shop.column("pins", "description") == ['café "open', "a\x01b"]


def test_what_is_passed_over_or_looks_wrong_is_said_once(shop: Shop, parent_rule: str) -> None:
    (shop.source / "saves").mkdir()
    shop.write("saves/a.csv", 'board,picture,when,pin\n2,x,,1\n2,"y\n2,z,,3\n",,2\n')
    shop.write("saves/.a.csv", "")
    shop.run(
        parent_rule.replace('[pins]\nsource = "saves.csv"', '[pins]\nsource = "saves"').replace(
            "saves.csv", "saves/a.csv"
        )
    )
    assert shop.progress[:2] == [
        "pins: saves is a folder; files read from it: 1",
        "pins: saves: passed over as hidden, temporary or a folder: saves/.a.csv",
    ]
    of_quotes = [line for line in shop.progress if "a text in quotes holds lines that look like rows" in line]
    assert [line.partition(":")[0] for line in of_quotes] == ["a.csv, line 3"] * 3  # once for each table


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        (0, "x12", "pins.csv, row 2: column 'pin' holds 'x12', which can't become pin_id (int64)"),
        (0, "1.5", "row 2: column 'pin' holds '1.5'"),
        (0, "9223372036854775808", "row 2: column 'pin' holds '9223372036854775808'"),
        (
            3,
            "01/02/2011",
            "row 2: column 'when' holds '01/02/2011', which can't become created_at (timestamp[ms, tz=UTC])",
        ),
        (0, "x" * 99, f"holds '{'x' * 59}..., which"),
    ],
)
def test_a_value_that_fails_names_its_file_row_and_column(shop: Shop, column: int, value: str, complaint: str) -> None:
    fields = ["2", "1", "7", "", ""]
    fields[column] = value
    shop.write("pins.csv", f"pin,board,user,when,note\n1,1,7,,\n{','.join(fields)}\n{','.join(fields)}\n")
    assert complaint in shop.refusal()


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (pa.array([1.0, 2.0**60]), "row 2: column 'pin' holds 1.152921504606847e+18"),
        (pa.array([1.0, 1.5]), "row 2: column 'pin' holds 1.5"),
        (pa.array([1, 2**63], pa.uint64()), "row 2: column 'pin' holds 9223372036854775808"),
        (pa.array([True]), "column 'pin' holds bool, which can't become pin_id"),
        (pa.array([[1]]), "column 'pin' holds list<"),
    ],
)
def test_a_number_that_would_lose_something_is_refused(shop: Shop, values: pa.Array, complaint: str) -> None:
    pq.write_table(pa.table({"pin": values}), shop.source / "pins.parquet")
    mapping = shop.mapping.replace("pins.csv", "pins.parquet").replace('created_at = "when"\ndescription = "note"', "")
    mapping = mapping.replace('board_id = "board"\nuser_id = "user"', 'board_id = "pin"\nuser_id = "pin"', 1)
    assert complaint in shop.refusal(mapping)


def test_a_number_without_a_unit_is_no_time(shop: Shop) -> None:
    shop.write("boards.jsonl", '{"board": 1, "user": 7, "title": "", "topic": "", "at": 1293962400}\n')
    message = shop.refusal(shop.mapping.replace('name = "title"', 'name = "title"\ncreated_at = "at"'))
    assert "column 'at' holds int64, which can't become created_at (timestamp[ms, tz=UTC]): a number" in message
    assert message.endswith('import the number with unit = "s", "ms", "us" or "ns" in the mapping')


def test_a_json_column_of_mixed_kinds_becomes_text(shop: Shop) -> None:
    shop.write(
        "boards.jsonl", '{"board": "1", "user": 7, "title": 5, "topic": "a"}\n{"board": 2, "user": 8, "title": "x"}\n'
    )
    shop.run()
    assert shop.column("boards", "board_id") == [1, 2]
    assert shop.column("boards", "name") == ["5", "x"]


def test_a_bad_json_line_is_named(shop: Shop) -> None:
    shop.write("boards.jsonl", '{"board": 1, "user": 7, "title": "", "topic": ""}\n[1]\n')
    assert "boards.jsonl, row 2: the record is no JSON object: [1]" in shop.refusal()


def test_a_missing_column_lists_the_columns_there(shop: Shop) -> None:
    message = shop.refusal(shop.mapping.replace('description = "note"', 'description = "notes"'))
    assert message == "pins.csv has no column 'notes'; columns there: pin, board, user, when, note"


def test_a_key_that_no_json_line_has_lists_the_keys_there(shop: Shop) -> None:
    message = shop.refusal(shop.mapping.replace('name = "title"', 'name = "titel"'))
    assert message == "boards.jsonl has no column 'titel'; columns there: board, title, topic, user"


def test_a_missing_source_lists_the_files_there(shop: Shop) -> None:
    message = shop.refusal(shop.mapping.replace("pins.csv", "pin.csv"))
    assert "no file matches source 'pin.csv'" in message
    assert message.endswith("files there: boards.jsonl, pins.csv")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("notes*", "source 'notes*' matches notes.md, whose name tells no kind of file; known are Parquet (.parquet"),
        ("broken.parquet", "broken.parquet can't be read"),
        ("torn.csv", "torn.csv, row 2 (line 3): 3 columns instead of 2: '1,2,3'"),
        ("twice.csv", "twice.csv: 2 columns have the name 'pin' (1, 2)"),
        ("cut.csv.gz", "cut.csv.gz can't be read: Truncated compressed stream"),
        ("cut.jsonl.gz", "cut.jsonl.gz can't be read"),
        ("/pins.csv", "source '/pins.csv' is absolute"),
    ],
)
def test_a_source_that_can_not_be_read_is_named(shop: Shop, source: str, complaint: str) -> None:
    shop.write("notes.md", "")
    shop.write("broken.parquet", "no parquet")
    shop.write("torn.csv", "pin,board\n1,2\n1,2,3\n")
    shop.write("twice.csv", "pin,pin\n1,2\n")
    (shop.source / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"pin": 1}\n' * 50)[:-9])
    (shop.source / "cut.csv.gz").write_bytes(gzip.compress(b"pin\n" + b"1\n" * 50)[:-9])
    columns = '[pins.columns]\npin_id = "pin"\nboard_id = "pin"\nuser_id = "pin"\n'
    assert complaint in shop.refusal(f'[pins]\nsource = "{source}"\n{columns}{shop.mapping.boards}{shop.mapping.users}')


def test_a_missing_mapping_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RawImportError, match=r"the mapping file .*shop.toml can't be read"):
        import_raw(tmp_path / "shop.toml", tmp_path, tmp_path / "input", DATE)


def test_a_required_field_without_a_column_lists_the_columns_of_the_source(shop: Shop) -> None:
    message = shop.refusal(str(shop.mapping).replace('board_id = "board"\n', "", 1))
    assert "[pins.columns] lacks board_id" in message
    assert message.endswith("columns of pins.csv: pin, board, user, when, note")


def test_a_date_that_is_there_is_refused_and_left_alone(shop: Shop) -> None:
    shop.run()
    before = [path.read_bytes() for path in shop.parts("pins")]
    shop.write("pins.csv", "pin,board,user,when,note\n")
    with pytest.raises(RawImportError, match=r"is there already; import another date, or replace .* --overwrite"):
        shop.run()
    assert [path.read_bytes() for path in shop.parts("pins")] == before


def test_what_an_import_left_that_died_after_its_last_table_goes_with_the_next(shop: Shop) -> None:
    shop.run()
    left = shop.input / "_staging" / f"import-{DATE}-0123456789ab"
    left.mkdir(parents=True)
    for lock in (left.with_name(f"{left.name}.lock"), left.with_name(".lock")):
        lock.touch()
    with pytest.raises(RawImportError, match="is there already"):
        shop.run()
    assert {path.name for path in shop.input.iterdir()} == {"pins", "boards", "users"}


def test_overwriting_replaces_the_snapshot_whole(shop: Shop) -> None:
    minting = shop.mapping.replace('"user"', '{ column = "user", as = "id" }')
    shop.run(minting)
    assert shop.column("source_ids", "source_id")
    shop.write("pins.csv", "pin,board,user,when,note\n5,1,7,,\n")
    shop.run(overwrite=True)
    assert shop.column("pins", "pin_id") == [5]
    assert shop.column("pins", "user_id") == [7]
    assert not shop.parts("source_ids")
    assert not shop.unfinished()


def test_a_failure_while_overwriting_keeps_the_old_snapshot(shop: Shop) -> None:
    shop.run()
    shop.write("boards.jsonl", "{")
    with pytest.raises(SourceError):
        shop.run(overwrite=True)
    assert shop.column("pins", "pin_id") == [12, 11, None]


def test_an_import_that_died_between_two_tables_is_finished_by_the_same_command(shop: Shop) -> None:
    shop.run()
    whole = {table.name: shop.read(table.name) for table in RAW_TABLES}
    with pytest.raises(RawImportError, match="it is there already"):
        shop.run()
    shutil.rmtree(shop.input / "pins" / "date=2026-11-20")
    with pytest.raises(KeyboardInterrupt), arriving_snapshot(shop.input, DATE):
        raise KeyboardInterrupt
    shop.run()
    assert {table.name: shop.read(table.name) for table in RAW_TABLES} == whole
    assert {path.name for path in shop.input.iterdir()} == {"pins", "boards", "users"}
