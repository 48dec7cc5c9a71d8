"""What engines call the types of columns, Hive and Trino, and how they write names and texts."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.versioned.datasets import Dataset

PARTITION_COLUMNS = ("date", "iteration")
_ALLOWED = (
    "booleans, integers up to int64 and uint32, floats, strings, binary, timestamps, dates, lists and structs of these"
)
_PLAIN_TYPES = (
    (pa.types.is_boolean, "boolean", "boolean"),
    (pa.types.is_int8, "tinyint", "tinyint"),
    (pa.types.is_int16, "smallint", "smallint"),
    (pa.types.is_uint8, "smallint", "smallint"),
    (pa.types.is_int32, "int", "integer"),
    (pa.types.is_uint16, "int", "integer"),
    (pa.types.is_int64, "bigint", "bigint"),
    (pa.types.is_uint32, "bigint", "bigint"),
    (pa.types.is_float32, "float", "real"),
    (pa.types.is_float64, "double", "double"),
    (pa.types.is_string, "string", "varchar"),
    (pa.types.is_large_string, "string", "varchar"),
    (pa.types.is_binary, "binary", "varbinary"),
    (pa.types.is_large_binary, "binary", "varbinary"),
    (pa.types.is_fixed_size_binary, "binary", "varbinary"),
    (pa.types.is_timestamp, "timestamp", "timestamp(3)"),
    (pa.types.is_date32, "date", "date"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine writes types and names."""

    engine: str
    quote: str  # around names; doubled inside them
    place: int  # of its names among those of plain types
    array: str
    struct: str
    member: str  # of a struct
    between: str  # two members

    def name(self, name: str) -> str:
        """Return a name as the engine writes it."""
        return f"{self.quote}{name.replace(self.quote, 2 * self.quote)}{self.quote}"

    def type_of(self, type_: pa.DataType) -> str:
        """Return the engine's name of an Arrow type; unsigned integers take the next larger signed one.

        Raises DatasetError if the engine has no such type.

        Examples
        --------
        >>> nested = pa.list_(pa.struct([("board_id", pa.int64()), ("page_rank", pa.float64())]))
        >>> HIVE.type_of(nested)
        'array<struct<`board_id`:bigint,`page_rank`:double>>'
        >>> TRINO.type_of(nested)
        'array(row("board_id" bigint, "page_rank" double))'
        """
        if pa.types.is_dictionary(type_):
            return self.type_of(type_.value_type)
        if pa.types.is_list(type_) or pa.types.is_large_list(type_):
            return self.array.format(self.type_of(type_.value_type))
        if pa.types.is_struct(type_):
            members = (self.member.format(self.name(field.name), self.type_of(field.type)) for field in type_)
            return self.struct.format(self.between.join(members))
        for is_type, *names in _PLAIN_TYPES:
            if is_type(type_):
                return str(names[self.place])
        raise DatasetError(f"{self.engine} has no type for {type_}; allowed: {_ALLOWED}")

    def columns(self, dataset: Dataset) -> Iterator[str]:
        """Yield the columns of a table: name and type.

        Raises DatasetError if a column is called like a partition or, but for upper case, like another, or has a type
        that the engine doesn't know.
        """
        seen: dict[str, str] = {}
        for field in dataset.schema:
            self._check_name(field.name, seen)
            try:
                yield f"{self.name(field.name)} {self.type_of(field.type)}"
            except DatasetError as error:
                raise DatasetError(error.problem, where=f"column {field.name}") from None

    def _check_name(self, name: str, seen: dict[str, str]) -> None:
        if name.lower() in PARTITION_COLUMNS:
            raise DatasetError(
                f"column {name} is called like a partition of the {self.engine} table",
                remedy=f"rename it, {' and '.join(PARTITION_COLUMNS)} come from the folder names",
            )
        other = seen.setdefault(name.lower(), name)
        if other != name:
            what = f"columns {other} and {name} have one name to {self.engine}, which knows no upper case"
            raise DatasetError(what, remedy="rename one of them")


HIVE = Dialect("Hive", "`", 0, "array<{}>", "struct<{}>", "{}:{}", ",")
TRINO = Dialect("Trino", '"', 1, "array({})", "row({})", "{} {}", ", ")
