"""How a part is cut into row groups: small ones for lookups, larger ones for scans.

Row groups of at most 1,024 rows let a single key be read with one small read, at 6 % more space than groups of
64k rows; those of light rows are larger, as these are scanned and not looked up. Both are bounded by bytes as well:
nested strings past 2 GiB in one row group can be written and not be read back (apache/arrow#21526).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

_AT_ONCE = 4  # row groups, where all of them together are within the bound of one


@dataclass(frozen=True, slots=True)
class GroupBounds:
    """How large a row group may become, in rows and in uncompressed bytes, of which a file has a third or less."""

    n_rows: int
    n_bytes: int


# A lookup reads a whole group: without a bound of bytes 0.7 MB of pictures and 6 MB of users, with this one 0.5 MB.
# Files of pictures are 3 % larger for it, those of boards and users 11 to 19 %.
FOR_LOOKUPS = GroupBounds(1_024, 3 * 2**19)
# SQL over light rows spends more than half of its time on the beginnings of groups of 1,024 rows.
FOR_SCANS = GroupBounds(8_192, 256 * 2**20)


def row_groups(table: pa.Table, bounds: GroupBounds = FOR_LOOKUPS) -> Iterator[pa.Table]:
    """Cut a table into row groups bounded in rows and in bytes; a single row is never cut."""
    for start in range(0, table.num_rows, bounds.n_rows):
        yield from _bounded(table.slice(start, bounds.n_rows), bounds.n_bytes)


def written_at_once(table: pa.Table, bounds: GroupBounds) -> Iterator[tuple[pa.Table, int]]:
    """Cut a table into rows that are written in one call, each with the rows of a group; groups as by `row_groups`.

    Asking each small group for its bytes would cost as much as a tenth of writing it.
    """
    several = _AT_ONCE * bounds.n_rows
    for start in range(0, table.num_rows, several):
        rows = table.slice(start, several)
        if rows.nbytes <= bounds.n_bytes:
            yield rows, bounds.n_rows
        else:
            yield from ((group, group.num_rows) for group in row_groups(rows, bounds))


def _bounded(group: pa.Table, most_bytes: int) -> Iterator[pa.Table]:
    if group.nbytes <= most_bytes or group.num_rows == 1:
        yield group
        return
    half = group.num_rows // 2
    yield from _bounded(group.slice(0, half), most_bytes)
    yield from _bounded(group.slice(half), most_bytes)
