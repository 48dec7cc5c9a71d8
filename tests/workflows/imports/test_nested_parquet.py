"""Names of the mapping that lead into structs, lists and maps of Parquet files."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.parquet_source import parquet_batches, parquet_columns
from workflows.imports.source_files import find_source

IMAGE = pa.struct([("url", pa.string()), ("width", pa.int64())])
PINS = pa.table(
    {
        "id": [1, 2, 3, 4],
        "board": pa.array(
            [
                {"id": 7, "owner": {"name": "ann"}},
                None,
                {"id": None, "owner": None},
                {"id": 8, "owner": {"name": None}},
            ],
            pa.struct([("id", pa.int64()), ("owner", pa.struct([("name", pa.string())]))]),
        ),
        "images": pa.array(
            [[{"url": "a", "width": 1}, {"url": "b", "width": 2}], [], None, [{"url": "c"}]], pa.list_(IMAGE)
        ),
        "large": pa.array([["x", "y"], [], None, ["z"]], pa.large_list(pa.string())),
        "fixed": pa.array([["x", "y"], None, ["z", None], ["u", "v"]], pa.list_(pa.string(), 2)),
        "sizes": pa.array([[("orig", {"url": "o"})], [], None, [("600x", {"url": "s"})]], pa.map_(pa.string(), IMAGE)),
        "pinner.id": [21, 22, 23, 24],
        "pinner": pa.array([{"id": 0}] * 4),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pq.write_table(PINS, tmp_path / "pins.parquet", row_group_size=2)
    return tmp_path / "pins.parquet"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", [1, 2, 3, 4]),
        ("board.id", [7, None, None, 8]),
        ("board.owner.name", ["ann", None, None, None]),
        ("images.0.url", ["a", None, None, "c"]),
        ("images.1.width", [2, None, None, None]),
        ("large.1", ["y", None, None, None]),
        ("fixed.1", ["y", None, None, "v"]),
        ("fixed.2", [None, None, None, None]),
        ("sizes.orig.url", ["o", None, None, None]),
        ("pinner.id", [21, 22, 23, 24]),
    ],
)
def test_a_name_leads_through_structs_lists_and_maps(path: Path, name: str, values: list[object]) -> None:
    read = [value for batch in parquet_batches(path, [name]) for value in batch[name].to_pylist()]
    assert read == values


def test_only_the_fields_that_are_read_are_decoded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    read = pq.ParquetFile.iter_batches
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda *args, **how: asked.append(how["columns"]) or read(*args, **how)
    )
    list(parquet_batches(path, ["board.owner.name", "images.0.url", "sizes.orig.url"]))
    assert asked == [["board.owner.name", "images", "sizes"]]


def test_columns_are_listed_with_what_lies_in_them(path: Path) -> None:
    listed = "id, board.id, board.owner.name, images.0.url, images.0.width, large, fixed, sizes, pinner.id, pinner.id"
    assert ", ".join(parquet_columns(path)) == listed


@pytest.mark.parametrize("name", ["board.name", "board.id.x", "images.url", "id.0", "nothing", "nothing.0", "board."])
def test_a_name_that_leads_nowhere_lists_the_names_there(path: Path, name: str) -> None:
    files = find_source(path.parent, path.name, SourceForm())
    with pytest.raises(
        SourceError, match=rf"pins.parquet has no column '{name}'; columns there: id, board.id, board.own"
    ):
        files.require_columns([name])


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"])
    pq.write_table(twice, tmp_path / "pins.parquet")
    with pytest.raises(SourceError, match=r"pins.parquet has two columns 'id'; give each its own name"):
        find_source(tmp_path, "pins.parquet", SourceForm()).require_columns(["id"])


def test_a_page_that_was_damaged_on_its_way_is_refused_where_it_has_a_checksum(tmp_path: Path) -> None:
    path = tmp_path / "pins.parquet"
    notes = pa.table({"note": [f"note {number}" for number in range(1_000)]})
    pq.write_table(notes, path, compression="none", use_dictionary=False, write_page_checksum=True)
    written = path.read_bytes()
    path.write_bytes(written.replace(b"note 500", b"note 50O", 1))
    with pytest.raises(SourceError, match=r"pins\.parquet can't be read: .*CRC"):
        list(find_source(tmp_path, "pins.parquet", SourceForm()).read(["note"]))
