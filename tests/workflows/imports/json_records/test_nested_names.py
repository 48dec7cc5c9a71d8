"""What a name of the mapping leads to inside a JSON record."""

from pathlib import Path

import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.json_source import RECORD_KEY, json_batches, json_columns


def column(folder: Path, written: str, name: str, records: str = "") -> list[object]:
    path = folder / "pins.json"
    path.write_text(written, encoding="utf-8")
    return [
        row
        for batch in json_batches(path, [name], SourceForm(records=records))
        for row in batch.batch[name].to_pylist()
    ]


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        ('{"board": {"id": 7}}', "board.id", 7),
        ('{"board": {"owner": {"id": 7}}}', "board.owner.id", 7),
        ('{"images": [{"url": "a"}, {"url": "b"}]}', "images.1.url", "b"),
        ('{"images": {"0": {"url": "a"}}}', "images.0.url", "a"),
        ('{"tags": ["x", "y"]}', "tags.1", "y"),
        ('{"images": [{"url": "a"}]}', "images.1.url", None),
        ('{"board": null}', "board.id", None),
        ('{"board": {}}', "board.id", None),
        ('{"board": []}', "board.id", None),
        ('{"board": ""}', "board.id", None),
        ('{"board": false}', "board.id", None),
        ('{"board": {"owner": null}}', "board.owner.id", None),
        ("{}", "board.id", None),
        ("null", "board.id", None),
        ('{"board.id": 8, "board": {"id": 7}}', "board.id", 8),
        ('{"board.id": 8, "board": "none"}', "board.id", 8),
        ('{"board.id": null, "board": {"id": 7}}', "board.id", None),
        ('{"a\\"b": {"c": 7}}', 'a"b.c', 7),
        ('{"images": {"600x": {"url": "a"}}}', "images.600x.url", "a"),
        ('{"板": {"编号": 7}}', "板.编号", 7),
        ('{"²": {"x": 7}}', "².x", 7),
    ],
)
def test_a_name_leads_through_objects_and_lists(tmp_path: Path, record: str, name: str, value: object) -> None:
    other = '{"other": 1}'
    for written in (record, f"[{record}]", f"{other}\n{record}\n", f'{record}\n{{"other": NaN}}\n'):
        assert column(tmp_path, written, name)[written.startswith(other)] == value


@pytest.mark.parametrize(
    ("record", "name", "complaint"),
    [
        ('{"board": "B7"}', "board.id", "column 'board.id': 'board' holds 'B7' here, which is no object"),
        ('{"board": 0}', "board.id", "'board' holds 0 here"),
        ('{"board": true}', "board.id", "'board' holds true here"),
        ('{"board": {"owner": "ann"}}', "board.owner.id", "'board.owner' holds 'ann' here"),
        (
            '{"images": [{"url": "a"}]}',
            "images.url",
            "'images' is a list here; name a position in it, such as images.0.url",
        ),
        (
            '{"images": {"url": "a"}}',
            "images",
            "column 'images' holds an object: {'url': 'a'}; name a value in it: images.url",
        ),
        ('{"images": [{"url": "a"}]}', "images", "holds a list: [{'url': 'a'}]; name a value in it: images.0.url"),
    ],
)
def test_a_name_that_leads_through_something_else_names_file_row_and_column(
    tmp_path: Path, record: str, name: str, complaint: str
) -> None:
    for written in (f"{{}}\n{record}\n", f"[{{}}, {record}]"):
        with pytest.raises(SourceError) as caught:
            column(tmp_path, written, name)
        assert str(caught.value).startswith("pins.json, row 2: ")
        assert complaint in str(caught.value)


def test_a_level_that_is_read_itself_and_below_is_read_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    path.write_text('{"board": {"id": 7}}\n{"board": null}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"column 'board' holds an object: .*; name a value in it: board.id"):
        list(json_batches(path, ["board", "board.id"], SourceForm()))


def test_keys_of_records_are_a_column(tmp_path: Path) -> None:
    by_key = '{"pins": {"123": {"likes": 1}, "124": {"likes": 2, "$key": "own"}}}'
    assert column(tmp_path, by_key, RECORD_KEY, "pins") == ["123", "124"]
    assert column(tmp_path, '[{"$key": "own"}]', RECORD_KEY) == ["own"]
    assert json_columns(tmp_path / "pins.json", SourceForm()) == (RECORD_KEY,)


def test_only_names_that_a_record_has_count_as_found(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    path.write_text('{"board": null, "pinner": {}}\n', encoding="utf-8")
    (batch,) = json_batches(path, ["board.id", "pinner.id", "id"], SourceForm())
    assert batch.found == set()  # neither a board that is null nor an empty pinner says what it would hold
