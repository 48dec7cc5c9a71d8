"""What is wrong with a JSON file is one line: the file, the place, what stands there, and what to do."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.json_records import text_cursor
from workflows.imports.json_source import json_batches, json_columns

DEEP = 100_000


def read(folder: Path, written: str | bytes, *columns: str, **form: str) -> list[dict[str, object]]:
    path = folder / "pins.json"
    path.write_bytes(written if isinstance(written, bytes) else written.encode("utf-8", "surrogatepass"))
    batches = json_batches(path, columns or ("id",), SourceForm(**form))
    return [row for batch in batches for row in batch.batch.to_pylist()]


def refusal(folder: Path, written: str | bytes, *columns: str, **form: str) -> str:
    with pytest.raises(SourceError) as caught:
        read(folder, written, *columns, **form)
    message = str(caught.value)
    assert message.startswith("pins.json, ")
    assert "\n" not in message
    message.encode("utf-8")  # a half surrogate could not be printed
    return message


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('[{"id": 1},\n {"id": 2', "line 2, column 2: the value that begins here is cut off by the end of the file"),
        ('[{"id": 1},\n {"id": "a\n', "line 2, column 2: the value that begins here is cut off by the end of the file"),
        ('[{"id": 1}', "line 1, column 11: it ends in place of ',' or ']'"),
        ('[{"id": 1},', "line 1, column 12: the value that begins here is cut off by the end of the file"),
        ('{"id": 1}\n{"id": 2', "line 2, column 9: the line ends within its value"),
        ('{"id": 1}\n{"id": "two\n', "line 2, column 8: the line ends within its value"),
    ],
)
def test_a_file_that_is_cut_off_is_named_with_the_place(tmp_path: Path, written: str, complaint: str) -> None:
    assert complaint in refusal(tmp_path, written)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('[{"id": 1},\n {"id": x}]', "line 2, column 9: this is no JSON: Expecting value"),
        ('[{"id": 1} {"id": 2}]', "line 1, column 12: here stands '{' in place of ',' or ']'"),
        ('{"id": 1}\n{"id": 2,}\n', "line 2, column "),
        ('{"id": 1}\n{"id": 2} {"id": x}\n', "line 2, column 18: this is no JSON: Expecting value"),
        ('{"id": 1}\n{"id":\n2}\n', "line 2, column 7: the line ends within its value"),
        ("window.pins = []", "line 1, column 1: this is no JSON: Expecting value"),
        ("{'id': 1}", "line 1, column 2: this is no JSON: Expecting property name enclosed in double quotes"),
        ('{"id": "a\tb"}', "line 1, column 10: this is no JSON: Invalid control character"),
        ('{"id": 1}\n{"id": "a\tb"}', "line 2, column 10: this is no JSON: Invalid control character"),
        ('{"id": 1}\0\0', "line 1, column 10: this is no JSON"),
        ('{"id":' + "[" * DEEP + "]" * DEEP + "}", "line 1, column 1: the value that begins here is nested too deeply"),
        (
            '{"id": 1}\n{"id":' + "[" * DEEP + "]" * DEEP + "}",
            "line 2: the value that begins here is nested too deeply",
        ),
    ],
)
def test_what_is_no_json_is_named_with_the_place(tmp_path: Path, written: str, complaint: str) -> None:
    assert complaint in refusal(tmp_path, written)


def test_places_are_right_far_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_cursor, "_CHUNK_BYTES", 7)
    rows = ",\n".join(f'{{"id": {number}, "note": "é"}}' for number in range(50))
    assert "line 51, column 12: this is no JSON" in refusal(tmp_path, f'[{rows},\n    {{"id": x}}]')


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("5", "row 1: the record is no JSON object: 5"),
        ("[[1]]", "row 1: the record is no JSON object: [1]"),
        ('[{"id": 1}, "x"]', "row 2: the record is no JSON object: 'x'"),
        ('{"id": 1}\n\n[2]\n', "row 2: the record is no JSON object: [2]"),
        ('{"id": 1}\ntrue\n', "row 2: the record is no JSON object: true"),
    ],
)
def test_a_record_that_is_no_object_is_named_by_its_position(tmp_path: Path, written: str, complaint: str) -> None:
    assert complaint in refusal(tmp_path, written)


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        (
            "pins",
            "line 2, column 2: the object that ends here has no 'pins', where records are looked for; keys there: ",
        ),
        ("data.pins", "line 1, column 32: the object that ends here has no 'pins'"),
        ("data", "row 1: the record under key 'items' is no JSON object: [{'id': 1}]; records in the mapping says"),
        ("n", "is no list and no object that holds records by key"),
        ("n.items", "line 1, column 39: records 'items' is looked for here, and here stands no object"),
    ],
)
def test_a_page_without_the_list_of_records_is_named(tmp_path: Path, records: str, complaint: str) -> None:
    assert complaint in refusal(tmp_path, '{"data": {"items": [{"id": 1}]}, "n": 3\n}', records=records)


def test_a_list_of_records_that_stands_twice_is_no_page(tmp_path: Path) -> None:
    assert "the key 'items' of records stands twice" in refusal(tmp_path, '{"items": [], "items": []}', records="items")


@pytest.mark.parametrize("records", ["", "items"])
def test_a_value_beyond_bounds_is_taken_for_a_page(
    tmp_path: Path, records: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_cursor, "LONGEST_VALUE", 2**20)
    page = '{\n"items": [' + ", ".join('{"id": "' + "x" * 500 + '"}' for _ in range(9_000)) + "]}"
    if records:
        assert len(read(tmp_path, page, records=records)) == 9_000
    else:
        message = refusal(tmp_path, page)
        assert "line 1, column 1: the value that begins here has more than 1 MiB" in message
        assert 'say in the mapping where its records lie, such as records = "items"' in message


@pytest.mark.parametrize("written", [b'{"id": "x"}\n{"id": "caf\xe9"}\n', b'[{"id": "x"},\n{"id": "caf\xe9"}]'])
def test_bytes_of_another_encoding_name_the_line_and_the_key_that_helps(tmp_path: Path, written: bytes) -> None:
    message = refusal(tmp_path, written)
    assert "pins.json, line 2: it holds bytes that are no UTF-8: b'\\xe9" in message
    assert 'encoding = "cp1252"' in message
    assert read(tmp_path, written, encoding="cp1252") == [{"id": "x"}, {"id": "café"}]


def test_a_mark_in_front_tells_the_encoding_whatever_the_mapping_says(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read(tmp_path, '[{"id": "é"}]'.encode(encoding), encoding="cp1252") == [{"id": "é"}]


def test_marks_and_separators_may_stand_before_every_record(tmp_path: Path) -> None:
    assert read(tmp_path, '\ufeff{"id": 1}\n\ufeff{"id": 2}\n') == [{"id": 1}, {"id": 2}]
    assert read(tmp_path, '\ufeff[{"id": 1}]\n\ufeff[{"id": 2}]\n') == [{"id": 1}, {"id": 2}]
    assert read(tmp_path, '\x1e{"id": 1}\n\x1e{"id": 2}\n') == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("NaN", None),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e400", "1e400"),
        ("7.0", 7),
        ("7.50", "7.5"),
        ("1.6E9", 1_600_000_000),
        ("1125968000000564001.0", "1125968000000564001.0"),
        ("18446744073709551616", "18446744073709551616"),
        ("9" * 5_000, "9" * 5_000),
        ("true", "true"),
        ("[]", None),
        ('"\\ud83d"', "\ufffd"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
    ],
)
@pytest.mark.parametrize("framing", ["{}", "[{}]", '{{"id": null}}\n{}'])
def test_a_value_is_the_same_in_lines_and_documents(tmp_path: Path, framing: str, value: str, expected: object) -> None:
    read_last = read(tmp_path, framing.format(f'{{"id": {value}}}'))[-1]["id"]
    assert read_last == expected
    assert type(read_last) is type(expected)


@pytest.mark.parametrize("last", ['{"id": 4}', '{"id": "\\ud83d"}'])
def test_lines_may_hold_several_records_whichever_decoder_reads_them(tmp_path: Path, last: str) -> None:
    rows = read(tmp_path, f'{{"id": 1}}\n\n{{"id": 2}}{{"id": 3}}\n \n{last}')
    assert [row["id"] for row in rows[:3]] == [int(n) if last[7].isdigit() else str(n) for n in (1, 2, 3)]
    assert len(rows) == 4


def test_the_last_value_of_a_key_counts(tmp_path: Path) -> None:
    for framing in ("{}", "[{}]", '{}{{"a": NaN}}'):
        assert read(tmp_path, framing.format('{"id": 1, "id": 2}'))[0] == {"id": 2}


def test_a_key_with_half_a_surrogate_pair_is_passed_over_and_listed_with_a_mark(tmp_path: Path) -> None:
    written = '{"\\ud83d": 1, "id": 2}\n'
    assert read(tmp_path, written) == [{"id": 2}]
    assert json_columns(tmp_path / "pins.json", SourceForm()) == ("?", "id")
    assert "name a value in it: id.?" in refusal(tmp_path, '{"id": {"\\ud83d": 1}}')


def test_records_without_the_columns_that_are_read_are_rows_all_the_same(tmp_path: Path) -> None:
    assert len(read(tmp_path, "[{}, {}, null]")) == 3
    path = tmp_path / "pins.json"
    assert [len(batch.batch) for batch in json_batches(path, [], SourceForm())] == [3]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gzip", "bzip2"])
@pytest.mark.parametrize("name", ["pins.json", "pins.json.gz", "pins.jsonl.bz2"])
def test_first_bytes_tell_compression_whatever_the_name(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    for written in (b'{"id": 7}\n{"id": 8}\n', b'[{"id": 7}, {"id": 8}]'):
        for stored in (written, pack(written)):
            path.write_bytes(stored)
            assert json_columns(path, SourceForm()) == ("id",)
            (read_batch,) = json_batches(path, ["id"], SourceForm())
            assert read_batch.batch.to_pylist() == [{"id": 7}, {"id": 8}]


@pytest.mark.parametrize("name", ["pins.json.gz", "pins.json"])
def test_a_compressed_file_that_is_cut_off_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b'[{"id": 1}]' * 50)[:-9])
    with pytest.raises(OSError, match="Truncated"):
        list(json_batches(path, ["id"], SourceForm()))


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (b"PK\x03\x04 and more", "ZIP"),
        (b"PAR1 and more", "Parquet"),
        (b"\n <!DOCTYPE html><p>502 Bad Gateway", "HTML or XML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "HTML or XML"),
        (gzip.compress(b"<html>Not found</html>", mtime=0), "HTML or XML"),
    ],
)
def test_what_is_no_text_or_a_page_of_a_site_is_called_so(tmp_path: Path, written: bytes, kind: str) -> None:
    path = tmp_path / "pins.json"
    path.write_bytes(written)
    for read_file in (lambda: json_columns(path, SourceForm()), lambda: list(json_batches(path, ["id"], SourceForm()))):
        with pytest.raises(SourceError, match=kind):
            read_file()


@pytest.mark.parametrize(
    ("written", "helps"),
    [
        ("// pins\n[]", "no comments"),
        ('[{"id": 1}, /* two */ {"id": 2}]', "no comments"),
        ('{"id": 1,}', "comma behind the last"),
        ('[{"id": 1},]', "comma behind the last"),
        ("{'id': 1}", "json.dumps"),
        ('{"id": True}', "json.dumps"),
        ("{id: 1}", "names stand in double quotes"),
        ('{"id": 0x1F}', ""),
        ('{"id": +1}', "texts in double quotes"),
        ('{"id": 1},\n{"id": 2}', "put [ in front"),
        ("window.pins = [{}]", "before the first"),
        (")]}'\n[{}]", "before the first"),
        ('{"id": "a\nb"}', "as an escape"),
        ('{"id": "C:\\new\\pins"}', "twice"),
        ('{"id": 1}\n{"id": undefined}', "null"),
    ],
)
def test_what_is_written_by_other_rules_than_those_of_json_is_told_what_helps(
    tmp_path: Path, written: str, helps: str
) -> None:
    assert helps in refusal(tmp_path, written).partition("this is no JSON")[2]


@pytest.mark.parametrize("written", ['{"id": [1, 2]}', '{"id": {"0": 1, "1": 2}}'])
def test_a_file_of_whole_columns_is_told_to_be_written_by_rows(tmp_path: Path, written: str) -> None:
    assert 'orient="records"' in refusal(tmp_path, written)


@pytest.mark.parametrize("written", ['{"id": {"value": 1}}', '{"id": [{"value": 1}, {"value": 2}]}', '{"id": [1]}'])
def test_a_value_within_others_is_no_column(tmp_path: Path, written: str) -> None:
    assert "orient" not in refusal(tmp_path, written)
