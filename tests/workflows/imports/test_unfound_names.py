"""Names in others that no record has: a misspelt one is an error, one of which nothing is known is said."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.source_files import find_source

SIZES = pa.map_(pa.string(), pa.struct([("url", pa.string())]))


def said_of(folder: Path, name: str) -> list[str]:
    """Read one column of all files in a folder, and return what is said of it."""
    said: list[str] = []
    for _ in find_source(folder, "*.*", SourceForm()).read([name], said.append):
        pass
    return said


def write_records(path: Path, *boards: object) -> None:
    path.write_text("".join(json.dumps({"id": 1, "board": board}) + "\n" for board in boards), encoding="utf-8")


def write_sizes(path: Path, *sizes: object) -> None:
    pq.write_table(pa.table({"sizes": pa.array(sizes, SIZES)}), path)


@pytest.mark.parametrize("empty", [None, {"topic": None}, {"topic": {}}, {"topic": []}, {"topic": ""}, {}, False])
def test_a_misspelt_name_is_an_error_however_many_records_have_nothing_there(tmp_path: Path, empty: object) -> None:
    write_records(tmp_path / "a.jsonl", empty, {"topic": {"slug": "art", "id": 3}}, empty)
    assert said_of(tmp_path, "board.topic.slug") == []
    with pytest.raises(SourceError) as caught:
        said_of(tmp_path, "board.topic.slugg")
    problem = "has no column 'board.topic.slugg'; columns there: board.topic.id, board.topic.slug, "  # nearest first
    assert problem in str(caught.value)


def test_the_record_that_tells_may_lie_in_another_file(tmp_path: Path) -> None:
    write_records(tmp_path / "a.jsonl", None, {"topic": None})
    write_records(tmp_path / "b.jsonl", {"topic": {"slug": "art"}})
    assert said_of(tmp_path, "board.topic.slug") == []
    with pytest.raises(SourceError, match=r"has no column 'board.topic.slugg'; columns there: board.topic.slug, "):
        said_of(tmp_path, "board.topic.slugg")


@pytest.mark.parametrize(
    ("boards", "level"),
    [
        ([None, None], "board"),
        ([None, {"topic": None}, {"topic": {}}], "board.topic"),
        ([{"id": 3}, {"id": 4, "topic": None}], "board.topic"),  # a site that names levels only where it has some
        ([{}, []], "board"),
    ],
)
def test_where_nothing_is_known_the_name_may_be_right_and_that_is_said(
    tmp_path: Path, boards: list[object], level: str
) -> None:
    write_records(tmp_path / "a.jsonl", *boards)
    assert said_of(tmp_path, "board.topic.slug") == [
        f"*.*: no record has anything in {level!r}, so 'board.topic.slug' is null everywhere"
    ]


def test_a_leaf_that_is_null_in_every_record_is_there_and_nothing_is_said(tmp_path: Path) -> None:
    write_records(tmp_path / "a.jsonl", {"topic": {"slug": None}}, None)
    assert said_of(tmp_path, "board.topic.slug") == []


@pytest.mark.parametrize("name", ["bord.topic.slug", "board.topik.slug", "idd"])
def test_a_misspelt_level_is_an_error(tmp_path: Path, name: str) -> None:
    write_records(tmp_path / "a.jsonl", None, {"topic": None})
    with pytest.raises(SourceError, match=f"has no column '{name}'; columns there: "):
        said_of(tmp_path, name)


def test_a_record_that_is_null_says_nothing_of_the_names_of_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[null, {"id": 1}]', encoding="utf-8")
    with pytest.raises(SourceError, match="has no column 'idd'; columns there: id"):
        said_of(tmp_path, "idd")


def test_a_position_beyond_every_list_is_said(tmp_path: Path) -> None:
    write_records(tmp_path / "a.jsonl", [{"id": 1}], [])
    assert said_of(tmp_path, "board.0.id") == []
    assert said_of(tmp_path, "board.5.id") == [
        "*.*: no record has anything in 'board', so 'board.5.id' is null everywhere"
    ]


def test_a_key_that_no_map_of_parquet_has_is_an_error(tmp_path: Path) -> None:
    write_sizes(tmp_path / "a.parquet", None, [], [("600x", {"url": "s"})], [("orig", None)])
    assert said_of(tmp_path, "sizes.600x.url") == []
    with pytest.raises(
        SourceError, match=r"has no column 'sizes.original.url'; columns there: sizes.600x, sizes.orig, "
    ):
        said_of(tmp_path, "sizes.original.url")


def test_maps_of_parquet_that_are_empty_everywhere_are_said(tmp_path: Path) -> None:
    write_sizes(tmp_path / "a.parquet", None, [])
    assert said_of(tmp_path, "sizes.orig.url") == [
        "*.*: no record has anything in 'sizes', so 'sizes.orig.url' is null everywhere"
    ]


def test_a_table_without_rows_beside_records_says_nothing(tmp_path: Path) -> None:
    write_records(tmp_path / "a.jsonl", None)
    (tmp_path / "b.csv").write_text("", encoding="utf-8")
    assert len(said_of(tmp_path, "board.topic")) == 1
