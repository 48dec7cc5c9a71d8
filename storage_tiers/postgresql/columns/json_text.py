"""Lists and structs as JSON text, made of whole columns at a time.

Lists are arrays and structs objects, in the order of their fields. Times are ISO 8601, bytes are hex, and the numbers
that JSON hasn't are the texts ``NaN``, ``Infinity`` and ``-Infinity``, so that nothing is lost.
"""

import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers.postgresql.columns.storable_text import is_bytes, is_list, is_text, list_parts

_TEXT = pa.large_string()
_NULL = "null"
_NO_NUMBERS = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
_CONTROLS = [chr(code) for code in range(0x20)]
_ANY_CONTROL = "[\\x00-\\x1f]"


def json_texts(array: pa.Array) -> pa.Array:
    r"""Return the JSON text of each value; null where the value is.

    Examples
    --------
    >>> json_texts(pa.array([[{"term": 'a "b"', "n": 1}], [], None])).to_pylist()
    ['[{"term":"a \\"b\\"","n":1}]', '[]', None]
    """
    if pa.types.is_dictionary(array.type):
        return json_texts(array.dictionary_decode())
    for is_of, texts_of in _TEXTS_OF:
        if is_of(array.type):
            return texts_of(array)
    return array.cast(_TEXT)  # whole numbers, true and false, nothing


def _lists(array: pa.Array) -> pa.Array:
    offsets, items = list_parts(array)
    texts = pa.LargeListArray.from_arrays(offsets.cast(pa.int64()), _or_null(json_texts(items)), mask=pc.is_null(array))
    return _joined("[", pc.binary_join(texts, _text(",")), "]")


def _structs(array: pa.Array) -> pa.Array:
    pieces: list[pa.Array | str] = []
    for place in range(array.type.num_fields):
        name = json.dumps(array.type.field(place).name, ensure_ascii=False)
        pieces += [f"{',' if place else '{'}{name}:", _or_null(json_texts(array.field(place)))]
    texts = _joined(*pieces, "}") if pieces else pa.array(["{}"] * len(array), _TEXT)
    return pc.if_else(pc.is_null(array), pa.scalar(None, _TEXT), texts)


def _floats(array: pa.Array) -> pa.Array:
    texts = array.cast(_TEXT)
    if pc.all(pc.is_finite(array)).as_py() is not False:
        return texts
    for written, text in _NO_NUMBERS.items():
        texts = pc.if_else(pc.equal(texts, written), text, texts)
    return texts


def _escaped(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    if pc.any(pc.match_substring_regex(texts, _ANY_CONTROL)).as_py():
        for control in _CONTROLS:
            texts = pc.replace_substring(texts, control, json.dumps(control)[1:-1])
    return texts


def _or_null(texts: pa.Array) -> pa.Array:
    return texts.fill_null(_NULL) if texts.null_count else texts


def _joined(*pieces: pa.Array | str) -> pa.Array:
    """Put pieces behind each other, row by row; null where one of them is."""
    return pc.binary_join_element_wise(*(_text(one) if isinstance(one, str) else one for one in pieces), _text(""))


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _quoted(texts: pa.Array) -> pa.Array:
    return _joined('"', texts, '"')


_TEXTS_OF: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.Array]], ...] = (
    (is_list, _lists),
    (pa.types.is_struct, _structs),
    (is_text, lambda array: _quoted(_escaped(array.cast(_TEXT)))),
    (pa.types.is_floating, _floats),
    (pa.types.is_timestamp, lambda array: _quoted(pc.replace_substring(array.cast(_TEXT), " ", "T"))),
    (pa.types.is_date, lambda array: _quoted(array.cast(_TEXT))),
    (is_bytes, lambda array: _quoted(pa.array([_hex(value) for value in array.to_pylist()], _TEXT))),
)
