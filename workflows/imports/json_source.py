"""Read JSON files in batches: JSON Lines, and documents that hold records in a list, in pages or by key.

Which of them a file is, its contents tell, not its name. Values keep the kind that JSON gives them: a text that looks
like a date or number stays a text (pyarrow's own reader makes timestamps of some). A null record is a row of nulls.
"""

import codecs
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.first_bytes import first_bytes, refuse_no_text, unpacked
from workflows.imports.json_records.json_documents import document_records
from workflows.imports.json_records.json_lines import first_line_is_object, line_blocks
from workflows.imports.json_records.lenient_json import narrowed, number
from workflows.imports.json_records.nested_names import MISSING, NestedNames, shown
from workflows.imports.json_records.record_columns import column
from workflows.imports.json_records.text_cursor import TextCursor
from workflows.imports.source_names import leaf_names

RECORD_KEY = "$key"  # the column that holds the key under which a record stands
_SAMPLE_RECORDS = 1_000
_BLOCK_CHARACTERS = 4 * 2**20
_BUFFERED_BYTES = 2**20
_LINE_ENCODINGS = ("utf-8", "utf-8-sig")  # msgspec reads these, JSON Lines in others are read as documents
_RECORD_KINDS = (msgspec.Struct, dict, type(None))
_Block = tuple[Sequence[str | None] | None, Sequence[object]]  # the keys of records, if they may have some, and records


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Consecutive rows of a file, as a batch of the columns asked for."""

    batch: pa.RecordBatch
    found: frozenset[str]  # the columns that a row has, be it as null; nothing is null because of what lies above it
    n_replaced: dict[str, int] = field(default_factory=dict)  # by column: texts whose half surrogates became U+FFFD


def json_columns(path: Path, form: SourceForm) -> tuple[str, ...]:
    """Return the names that the first records have, those of values in objects too, in the order they come up."""
    with _opened(path) as stream:
        cursor = TextCursor(stream, _encoding(path, form), path.name)
        names = dict[str, None]()
        for (key, record), _ in zip(document_records(cursor, form.records), range(_SAMPLE_RECORDS), strict=False):
            names |= dict.fromkeys([] if key is None else [RECORD_KEY])
            names |= dict.fromkeys(leaf_names(record))
            if cursor.position > _BLOCK_CHARACTERS:
                break
    return tuple(names)


def json_batches(path: Path, columns: Sequence[str], form: SourceForm) -> Iterator[ReadBatch]:
    """Yield batches of the columns asked for, null where a record lacks one.

    A SourceError names what is no JSON, a record that is no object, and a name that leads through no object.
    """
    names = NestedNames(columns)
    n_rows = 0
    for block in _blocks(path, names.record_type, form):
        yield _batch(columns, names, block, path.name, n_rows + 1)
        n_rows += len(block[1])


def json_values(path: Path, key: str, form: SourceForm) -> Iterator[Sequence[object]]:
    """Yield what stands under a key in every record, whole, block by block; `MISSING` where a record lacks it."""
    names = NestedNames([key])
    for _, records in _blocks(path, names.record_type, form):
        yield names.values(records, key, path.name)


def json_names(path: Path, form: SourceForm) -> Iterator[tuple[int, Iterator[str]]]:
    """Yield how many records a block has, the same as those of batches, and the names in each of them in turn."""
    for keys, records in _blocks(path, Any, form):
        has_key = keys is not None and any(key is not None for key in keys)
        yield len(records), chain([RECORD_KEY] if has_key else [], chain.from_iterable(map(leaf_names, records)))


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    with unpacked(path) as stream, BufferedReader(stream, _BUFFERED_BYTES) as buffered:
        yield buffered


def _encoding(path: Path, form: SourceForm) -> str:
    """Return the encoding that a mark or the zeros in front tell, as JSON may have them, else that of the mapping."""
    head = first_bytes(path)
    refuse_no_text(head, path.name)
    told = json.detect_encoding(head[:4])
    return form.encoding if told == "utf-8" else told


def _blocks(path: Path, record_type: Any, form: SourceForm) -> Iterator[_Block]:  # noqa: ANN401 - of any fields
    encoding = _encoding(path, form)
    if not form.records and codecs.lookup(encoding).name in _LINE_ENCODINGS:
        with _opened(path) as stream:
            are_lines = first_line_is_object(stream)
        if are_lines:
            decoder = msgspec.json.Decoder(record_type, float_hook=number)
            with _opened(path) as stream:
                yield from ((None, records) for records in line_blocks(stream, decoder, path.name))
            return
    with _opened(path) as stream:
        yield from _document_blocks(TextCursor(stream, encoding, path.name), record_type, form.records)


def _document_blocks(cursor: TextCursor, record_type: Any, place: str) -> Iterator[_Block]:  # noqa: ANN401 - as above
    keys, records, start = list[str | None](), list[object](), 0
    for key, record in document_records(cursor, place):
        keys.append(key)
        records.append(narrowed(record, record_type))
        if cursor.position - start > _BLOCK_CHARACTERS:
            yield keys, records
            keys, records, start = [], [], cursor.position
    if records:
        yield keys, records


def _batch(columns: Sequence[str], names: NestedNames, block: _Block, file: str, first: int) -> ReadBatch:
    keys, records = block
    _require_objects(block, file, first)
    arrays, found, replaced = [], set[str](), {}
    for name in columns:
        values = names.values(records, name, file, first)
        if name == RECORD_KEY and keys is not None:
            values = [value if key is None else key for key, value in zip(keys, values, strict=True)]
        if any(value is not MISSING for value in values):
            found.add(name)
        array, n_replaced = column(values, name, file, first)
        arrays.append(array)
        if n_replaced:
            replaced[name] = n_replaced
    if not columns:  # rows are counted all the same
        return ReadBatch(pa.RecordBatch.from_struct_array(pa.array([{}] * len(records), pa.struct([]))), frozenset())
    return ReadBatch(pa.RecordBatch.from_arrays(arrays, names=list(columns)), frozenset(found), replaced)


def _require_objects(block: _Block, file: str, first: int) -> None:
    keys, records = block
    if all(issubclass(kind, _RECORD_KINDS) for kind in set(map(type, records))):
        return
    position = next(place for place, record in enumerate(records) if not isinstance(record, _RECORD_KINDS))
    key = None if keys is None else keys[position]
    raise SourceError(
        f"the record{'' if key is None else f' under key {shown(key)}'} is no JSON object: {shown(records[position])}",
        where=f"{file}, row {first + position:,}",
        remedy="records in the mapping says which list holds the records, or which object holds them by key",
    )
