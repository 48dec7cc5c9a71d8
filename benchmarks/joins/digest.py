"""Whether two engines gave the same groups: a digest over all rows and fields that doesn't depend on row order.

Every row is written down as JSON, its pins and boards in their order, and hashed; the digest is the sum of all hashes
modulo 2**64. One changed value, one swapped pair of pins or one row too many gives another sum. DuckDB reads what the
engines wrote, whatever width or unit they gave to numbers, times and text.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.joins.contenders import COLUMNS, KEY, PIN_FIELDS

_MODULUS = 2**64
_PIN = ", ".join(f"{name} := pin.{name}" for name in PIN_FIELDS)
_TEXT = frozenset({"image", "description", "link"})
_PIN_TYPE = ", ".join(f"{name} {'VARCHAR' if name in _TEXT else 'BIGINT'}" for name in PIN_FIELDS)
_JSON_TYPES = dict.fromkeys(COLUMNS, "BIGINT") | {
    KEY: "VARCHAR",
    "pins": f"STRUCT({_PIN_TYPE})[]",
    "board_ids": "BIGINT[]",
}


@dataclass(frozen=True, slots=True)
class GroupDigest:
    """How many rows there are, the sum of all hashes, and whether the rows of every file are sorted."""

    n_rows: int
    digest: int
    rows_sorted: bool

    def __str__(self) -> str:
        return f"{self.n_rows:,} rows, {self.digest:016x}" + ("" if self.rows_sorted else ", not sorted")


def digest_groups(folder: Path) -> GroupDigest:
    """Return the digest of the groups that an engine wrote, as Parquet or as JSON lines."""
    whole = GroupDigest(0, 0, rows_sorted=True)
    with duckdb.connect() as connection:
        for path in sorted(path for path in folder.rglob("part-*") if path.is_file() and path.stat().st_size):
            rows = connection.read_parquet(str(path)) if path.suffix == ".parquet" else _json_lines(connection, path)
            pin = _PIN.replace("pin.created_at", "epoch_ms(pin.created_at)") if _has_times(path) else _PIN
            fields = ", ".join(COLUMNS).replace("pins,", f"list_transform(pins, lambda pin: struct_pack({pin})),", 1)
            query = f"""
                SELECT count(*), sum(hash(to_json(row({fields}))::VARCHAR)::HUGEINT), coalesce(bool_and(is_next), true)
                FROM (SELECT *, coalesce(lag({KEY}) OVER () < {KEY}, true) AS is_next FROM groups)
            """  # noqa: S608 - our own column names
            ((n_rows, hashes, is_sorted),) = rows.query("groups", query).fetchall()
            digest = (whole.digest + int(hashes or 0)) % _MODULUS
            whole = GroupDigest(whole.n_rows + n_rows, digest, whole.rows_sorted and is_sorted)
    return whole


def _json_lines(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    return connection.read_json(str(path), format="newline_delimited", columns=_JSON_TYPES)


def _has_times(path: Path) -> bool:
    """Whether times are told as such and not as milliseconds."""
    if path.suffix != ".parquet":
        return False
    pin = pq.read_schema(path).field("pins").type.value_type
    return bool(pa.types.is_timestamp(pin.field("created_at").type))
