"""Rows of a mapped sample that a run refuses: those of one key that differ, and those that lack a needed field."""

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.schemas import PICTURE_FIELDS, RawTable

_REFUSED = 0.05  # of the keys or rows of a sample, from which a mapping isn't called complete


def conflict_of(name: str, rows: pa.Table) -> str:
    """Say of which key of a raw table rows differ, in which field, and what helps; empty if few do.

    ``rows`` are raw rows, whose first column is the table's key; those without a key are no rows of one key.

    Examples
    --------
    >>> print(conflict_of("boards", pa.table({"board_id": [1, 1, 2], "user_id": [7, 8, 9], "name": ["a", "a", "b"]})))
    boards: 1 of 2 board_id of the sample have several rows that differ in user_id, and a run refuses all of these; \
name a column with one value for each board_id, or for user_id the same column as for board_id
    >>> conflict_of("boards", pa.table({"board_id": [1, 1, 2], "user_id": [7, 7, 9]}))
    ''
    """
    key, *others = rows.schema.names
    distinct = rows.filter(rows[key].is_valid()).group_by(rows.schema.names).aggregate([])
    n_each = distinct.group_by(key).aggregate([([], "count_all")])["count_all"]
    n_conflicts, n_keys = pc.sum(pc.greater(n_each, 1)).as_py() or 0, len(n_each)
    if n_conflicts <= _REFUSED * n_keys:
        return ""
    fields = [one for one in others if _differs(distinct, key, one)]
    optional = [one for one in fields if one != "user_id"]
    helps = [f"name a column with one value for each {key}"]
    helps += [f"for user_id the same column as for {key}"] if name == "boards" and "user_id" in fields else []
    helps += [f"leave out {', '.join(optional)}"] if optional and name != "pins" else []
    helps = ["name another column for pin_id, or let it be { row_number = true }"] if name == "pins" else helps
    return (
        f"{name}: {n_conflicts:,} of {n_keys:,} {key} of the sample have several rows that differ in "
        f"{', '.join(fields)}, and a run refuses all of these; {', or '.join(helps)}"
    )


def _differs(rows: pa.Table, key: str, name: str) -> bool:
    pairs = rows.select([key, name]).group_by([key, name]).aggregate([])
    return bool(pairs.num_rows > pc.count_distinct(pairs[key], mode="all").as_py())


def gap_of(table: RawTable, rows: pa.Table) -> str:
    """Say which field that every row needs is empty in many raw rows of a table, and what helps; empty if none is.

    Examples
    --------
    >>> from joins.raw.schemas import RAW_USERS
    >>> print(gap_of(RAW_USERS, pa.table({"user_id": [7, None, None, 8]})))
    users: 2 of 4 rows of the sample have no user_id, and a run refuses all of these; name a column that is filled in \
every row, or correct the source
    """
    needed: dict[tuple[str, ...], pa.ChunkedArray] = {
        (field.name,): rows[field.name].is_null() for field in table.schema if not field.nullable
    }
    if PICTURE_FIELDS[0] in table.schema.names:
        empty = [rows[name].is_null() for name in PICTURE_FIELDS]
        needed[PICTURE_FIELDS] = pc.and_(*empty)
    for names, is_empty in needed.items():
        n_empty = pc.sum(is_empty).as_py() or 0
        if n_empty > _REFUSED * rows.num_rows:
            return (
                f"{table.name}: {n_empty:,} of {rows.num_rows:,} rows of the sample have no {' or '.join(names)}, "
                "and a run refuses all of these; name a column that is filled in every row, or correct the source"
            )
    return ""
