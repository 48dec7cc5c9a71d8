"""Which columns of a Parquet file hold the names and the bytes of pictures.

Three layouts are known: columns ``image`` (text) and ``content`` (binary); any one text and any one binary column; and
a struct of ``bytes`` and ``path``, as image datasets of Hugging Face have it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

NAME_COLUMN = "image"
CONTENT_COLUMN = "content"


@dataclass(frozen=True, slots=True)
class PackColumns:
    """The text that names the rows of a pack and the pictures' bytes, as Parquet paths (``struct.field``)."""

    name: str
    content: str


def pack_columns(schema: pa.Schema) -> PackColumns:
    """Return which columns of a file hold the names and the bytes of pictures.

    A binary column ``content``, or else the only binary column; with a text column ``image``, or else the only text
    column. Where no column is binary, the fields of a struct of ``bytes`` and ``path``: ``content``, or ``image``, or
    else the only one. A ValueError says that the columns are none of this, or that it isn't clear which they are.

    Examples
    --------
    >>> pack_columns(pa.schema([("label", pa.int64()), ("image", pa.string()), ("content", pa.binary())]))
    PackColumns(name='image', content='content')
    >>> pictures = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    >>> pack_columns(pa.schema([("picture", pictures), ("caption", pa.string())]))
    PackColumns(name='picture.path', content='picture.bytes')
    """
    if any(_is_binary(field.type) for field in schema):
        wanted = f"the bytes: a binary column {CONTENT_COLUMN}, or only one binary column"
        content = _chosen(schema, _is_binary, (CONTENT_COLUMN,), wanted)
        wanted = f"the names: a text column {NAME_COLUMN}, or only one text column"
        return PackColumns(_chosen(schema, _is_text, (NAME_COLUMN,), wanted), content)
    wanted = f"the bytes: a binary column {CONTENT_COLUMN}, or a struct of bytes and path"
    struct = _chosen(schema, _is_picture_struct, (CONTENT_COLUMN, NAME_COLUMN), wanted)
    return PackColumns(f"{struct}.path", f"{struct}.bytes")


def _chosen(schema: pa.Schema, kind: Callable[[pa.DataType], bool], preferred: Sequence[str], wanted: str) -> str:
    """Return the first preferred column of a kind, or else the only one."""
    names = [field.name for field in schema if kind(field.type)]
    chosen = next((name for name in preferred if name in names), names[0] if len(names) == 1 else None)
    if chosen is None:
        columns = ", ".join(f"{field.name}: {field.type}" for field in schema)
        found = f"{len(names)} columns could be it" if names else "no column is it"
        raise ValueError(f"is no pack of pictures: it needs {wanted}; {found} among ({columns})")
    return chosen


def _is_binary(column: pa.DataType) -> bool:
    return bool(pa.types.is_binary(column) or pa.types.is_large_binary(column))


def _is_text(column: pa.DataType) -> bool:
    if pa.types.is_dictionary(column):
        return _is_text(column.value_type)
    return bool(pa.types.is_string(column) or pa.types.is_large_string(column))


def _is_picture_struct(column: pa.DataType) -> bool:
    if not pa.types.is_struct(column) or {"bytes", "path"} - {field.name for field in column}:
        return False
    return _is_binary(column.field("bytes").type) and _is_text(column.field("path").type)
