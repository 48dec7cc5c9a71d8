"""Pin rows made bad on purpose, with a list of what was done, so that tests can compare what the checks find.

Only pins that nobody repinned are touched: a defect stays in its row and makes no other row wrong.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DEFECTS = (
    "null_board",
    "non_hex_signature",
    "no_signature",
    "exact_duplicate",
    "conflicting_duplicate",
    "dangling_board",
    "dangling_user",
    "dangling_parent",
    "self_parent",
)
"""What can be wrong with a pin row. Duplicates are rows added at the end; the rest are rows changed in place."""

DEFECT_ROWS = pa.schema(
    [pa.field("pin_id", pa.int64(), nullable=False), pa.field("defect", pa.string(), nullable=False)]
)
"""Schema of the list of defects."""

_FAR = 10**15  # added to an id, leads to an id that no generated graph has


def plant_defects(pins: pa.Table, dirty_share: float, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    """Make a share of pin rows bad, every kind of `DEFECTS` as often as the others, and no pin in two ways.

    Of clean pins, schema `joins.raw.schemas.PINS`, those that nobody repinned can be made bad, so many at most. A
    dangling id is 10**15 above the id it replaces, a dangling parent above the pin's own.

    Returns
    -------
    pins : Table
        The pins in their order, ``board_id`` nullable unless `dirty_share` is 0; behind them the exact duplicates,
        then the conflicting ones (the board and user of another pin, another description), each in order of pin_id.
    defects : Table
        ``pin_id`` and ``defect``, one row for each bad row, in the order of `DEFECTS`, then of pin_id. A duplicate is
        named by the pin it repeats, which itself is clean.
    """
    if dirty_share == 0:
        return pins, DEFECT_ROWS.empty_table()
    unused = np.flatnonzero(pc.invert(pc.is_in(pins["pin_id"], value_set=pins["parent_pin_id"])).to_numpy())
    n_bad = min(round(dirty_share * len(pins)), len(unused))
    parts = np.array_split(rng.permutation(unused)[:n_bad], len(DEFECTS))
    rows = {defect: np.sort(part) for defect, part in zip(DEFECTS, parts, strict=True)}
    duplicates = [
        pins.take(rows["exact_duplicate"]),
        _conflicting(pins, rows["conflicting_duplicate"]),
    ]
    spoilt = pa.concat_tables([_spoil(pins, rows), *duplicates])
    board = spoilt.schema.get_field_index("board_id")
    nullable = spoilt.schema.set(board, spoilt.schema.field(board).with_nullable(True))
    return spoilt.cast(nullable), _list_defects(pins, rows)


def _spoil(pins: pa.Table, rows: dict[str, np.ndarray]) -> pa.Table:
    """Change the rows that are made bad in place."""
    pin_id = pins["pin_id"]
    for defect, column, value in (
        ("null_board", "board_id", None),
        ("non_hex_signature", "image_signature", "not a hex number"),
        ("no_signature", "image_signature", None),
        ("dangling_board", "board_id", pc.add(pins["board_id"], _FAR)),
        ("dangling_user", "user_id", pc.add(pins["user_id"], _FAR)),
        ("dangling_parent", "parent_pin_id", pc.add(pin_id, _FAR)),
        ("self_parent", "parent_pin_id", pin_id),
    ):
        place = pins.schema.get_field_index(column)
        is_bad = np.zeros(len(pins), np.bool_)
        is_bad[rows[defect]] = True
        new = pa.scalar(value, pins.schema.field(place).type) if value is None or isinstance(value, str) else value
        pins = pins.set_column(place, pins.schema.field(place), pc.if_else(is_bad, new, pins[column]))
    return pins


def _conflicting(pins: pa.Table, rows: np.ndarray) -> pa.Table:
    """Copy pins so that the copies say something else under the same pin_id."""
    copies = pins.take(rows)
    others = pins.take((rows + 1) % max(len(pins), 1))
    for column, new in (
        ("board_id", others["board_id"]),
        ("user_id", others["user_id"]),
        ("description", pa.array(["not what the other copy says"] * len(rows), pa.string())),
    ):
        place = copies.schema.get_field_index(column)
        copies = copies.set_column(place, copies.schema.field(place), new)
    return copies


def _list_defects(pins: pa.Table, rows: dict[str, np.ndarray]) -> pa.Table:
    pin_id = pins["pin_id"].take(np.concatenate([rows[defect] for defect in DEFECTS]))
    names = pa.array(DEFECTS).take(np.repeat(np.arange(len(DEFECTS)), [len(rows[defect]) for defect in DEFECTS]))
    return pa.table([pin_id, names], schema=DEFECT_ROWS)
