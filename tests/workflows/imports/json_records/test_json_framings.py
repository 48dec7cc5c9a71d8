"""The same records in every way that JSON is handed out: what is read never depends on how it was written."""

import gzip
import json
import math
import re
import tempfile
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.raw.mapped.source_form import SourceForm
from workflows.imports import json_source
from workflows.imports.json_records import json_lines, text_cursor
from workflows.imports.json_source import RECORD_KEY, json_batches

NAMES = ("id", "board.id", "board.owner.name", "images.0.url", "a.b", 'quo"ted')
Record = dict[str, object] | None

texts = st.text(st.characters(exclude_categories=()), max_size=8)  # half surrogates among them
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True, allow_infinity=True)
    | texts
    | st.sampled_from(["", [], {}, "7", 7, 7.0])
)
boards = (
    st.none()
    | st.just([])
    | st.fixed_dictionaries(
        {},
        optional={
            "id": scalars,
            "owner": st.none() | st.fixed_dictionaries({}, optional={"name": scalars}),
            "url": texts,
        },
    )
)
images = st.none() | st.lists(st.fixed_dictionaries({}, optional={"url": scalars, "width": scalars}), max_size=3)
records = st.lists(
    st.none()
    | st.fixed_dictionaries(
        {},
        optional={
            "id": scalars,
            "board": boards,
            "images": images,
            "a": st.fixed_dictionaries({}, optional={"b": scalars}),
            "a.b": scalars,
            'quo"ted': scalars,
            "not read": st.recursive(scalars, lambda below: st.lists(below, max_size=3), max_leaves=5),
        },
    ),
    max_size=12,
)


class Writing:
    """One way of writing records as JSON: their framing, spelling and encoding."""

    def __init__(self, framing: str, encoding: str, *, ascii_only: bool, indent: int | None, packed: bool) -> None:
        self.framing, self.encoding, self.packed = framing, encoding, packed
        self.ascii_only, self.indent = ascii_only, indent

    def __repr__(self) -> str:
        return str(vars(self))

    @property
    def form(self) -> SourceForm:
        return SourceForm(records=PLACES.get(self.framing, ""))

    def text(self, records: list[Record]) -> str:
        keyed = {f"k{number}": record for number, record in enumerate(records)}
        halves = [records[: len(records) // 2], records[len(records) // 2 :]]
        pages = [self.dumped({"data": {"items": half}, "status": None}, indent=None) for half in halves]
        return {
            "lines": "\n".join(self.dumped(record, indent=None) for record in records),
            "concatenated": " ".join(map(self.dumped, records)),
            "list": self.dumped(records),
            "lists": "".join(map(self.dumped, halves)),
            "page": self.dumped({"bookmark": "x", "more": [{"id": 5}], "items": records, "n": 3}),
            "pages": "\r\n".join(pages),
            "list of pages": self.dumped([{"items": halves[0]}, {"items": None}, {"items": halves[1]}]),
            "by key": self.dumped(keyed),
            "page by key": self.dumped({"pins": keyed}),
        }[self.framing]

    def dumped(self, value: object, indent: int | None = -1) -> str:
        return json.dumps(value, ensure_ascii=self.ascii_only, indent=self.indent if indent == -1 else indent)

    def write(self, records: list[Record], path: Path) -> None:
        written = self.text(records).encode(self.encoding, "surrogatepass")
        path.write_bytes(gzip.compress(written) if self.packed else written)


PLACES = {"page": "items", "pages": "data.items", "list of pages": "items", "by key": ".", "page by key": "pins"}
FRAMINGS = ("lines", "concatenated", "list", "lists", "page", "pages", "list of pages", "by key", "page by key")
writings = st.builds(
    Writing,
    st.sampled_from(FRAMINGS),
    st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 0, 2]),
    packed=st.booleans(),
)


def value_of(record: Record, name: str) -> object:
    """What a name leads to in a record, by the rules of the manual, one after the other."""
    if record is None:
        return None
    if name in record:
        return record[name]
    value: object = record
    for key in name.split("."):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def as_text(value: object) -> str | None:
    """A value as text, by the rules of the manual."""
    if value is None or value in ([], {}) or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        whole = re.sub(
            "[\ud800-\udbff][\udc00-\udfff]",
            lambda pair: chr(0x10000 + (ord(pair[0][0]) - 0xD800) * 0x400 + ord(pair[0][1]) - 0xDC00),
            value,
        )
        return re.sub("[\ud800-\udfff]", "\ufffd", whole)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return json.dumps(value)


@settings(max_examples=150, deadline=None)
@given(records, writings, st.integers(1, 300), st.integers(1, 300))
def test_what_is_read_does_not_depend_on_how_it_is_written(
    written: list[Record], writing: Writing, block: int, chunk: int
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.multiple(json_lines, _BLOCK_BYTES=block),
        mock.patch.multiple(text_cursor, _CHUNK_BYTES=chunk),
        mock.patch.multiple(json_source, _BLOCK_CHARACTERS=block),
    ):
        path = Path(folder) / ("pins.json.gz" if writing.packed else "pins.json")
        writing.write(written, path)
        batches = list(json_batches(path, NAMES, writing.form))
        keyed = [batch.batch for batch in json_batches(path, [RECORD_KEY], writing.form)]
    read = [row for batch in batches for row in batch.batch.to_pylist()]
    assert len(read) == len(written)
    for name in NAMES:
        column = [text for batch in batches for text in batch.batch[name].cast(pa.string()).to_pylist()]
        assert column == [as_text(value_of(record, name)) for record in written]
    replaced = sum(sum(batch.n_replaced.values()) for batch in batches)
    halves = [value_of(record, name) for record in written for name in NAMES]
    assert replaced == sum(
        isinstance(text, str) and "\ufffd" in str(as_text(text)) and "\ufffd" not in text for text in halves
    )
    if "key" in writing.framing:
        assert [row for batch in keyed for row in batch[RECORD_KEY].to_pylist()] == [
            f"k{n}" for n in range(len(written))
        ]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_file_without_records_has_no_rows(framing: str, tmp_path: Path) -> None:
    writing = Writing(framing, "utf-8", ascii_only=True, indent=None, packed=False)
    writing.write([], tmp_path / "pins.json")
    assert list(json_batches(tmp_path / "pins.json", ["id"], writing.form)) == []
    for blank in ("", "\n\n \n", "\ufeff"):
        (tmp_path / "pins.json").write_text(blank, encoding="utf-8")
        assert list(json_batches(tmp_path / "pins.json", ["id"], writing.form)) == []
