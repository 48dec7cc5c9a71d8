"""Repin chains: which pin a repin was saved from, and where the chain of such saves began.

A repin shows its parent's picture, so the chains of a picture lie within its own pins. What owners recorded is
not always a chain, and each such parent is set aside under a status of its own and is no edge:

``missing``        no accepted pin has that id
``other_picture``  the parent shows another picture
``self``           a pin names itself
``cycle``          following parents leads back; the cycle is cut at its smallest pin id, which becomes the root

Every other parent has status ``repin``; an original pin has none.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.fields import described, required
from joins.arrow.groups import Ints, codes_of
from joins.arrow.id_lookup import IdLookup

CHAIN_FIELDS = (
    described("parent_status", pa.string(), "null: an original; `repin`, or why its parent is no edge; see below"),
    described("parent_board_id", pa.int64(), "the board it was saved from"),
    described("parent_user_id", pa.int64(), "whose pin it was saved from"),
    required("root_pin_id", pa.int64(), "the pin its chain began with"),
    required("depth", pa.int32(), "repins between this pin and its root", "repins"),
)

STATUSES = pa.array(["repin", "missing", "other_picture", "self", "cycle"])
_REPIN, _MISSING, _OTHER_PICTURE, _SELF, _CYCLE = range(5)
_ORIGINAL = -1
_NO_ROW = -1


def trace_repins(pins: pa.Table, all_pin_ids: npt.NDArray[np.int64]) -> pa.Table:
    """Add the chain columns to all pins of some pictures.

    Parameters
    ----------
    pins
        Columns ``pin_id``, ``image_signature``, ``board_id``, ``user_id``, ``parent_pin_id`` and any others; all
        pins of every picture it holds, in any order, shape ``(n_pins, ...)``.
    all_pin_ids
        The ids of all accepted pins, of these pictures and of all others, ascending; tells a parent that isn't
        there from one with another picture.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order with ``CHAIN_FIELDS`` appended.

    Notes
    -----
    Roots and depths by pointer doubling: ``O(n log d)`` for chains of depth ``d``, whatever their shape.
    """
    pin_ids = _int64(pins["pin_id"])
    parent, status = _parent_rows(pins, pin_ids, all_pin_ids)
    _cut_cycles(parent, status, pin_ids)
    root, depth = _roots_and_depths(parent)
    has_parent = parent != _NO_ROW
    columns = (
        STATUSES.take(pa.array(status, mask=status == _ORIGINAL)),
        pa.array(_int64(pins["board_id"])[parent], mask=~has_parent),
        pa.array(_int64(pins["user_id"])[parent], mask=~has_parent),
        pa.array(pin_ids[root]),
        pa.array(depth.astype(np.int32)),
    )
    for field, column in zip(CHAIN_FIELDS, columns, strict=True):
        pins = pins.append_column(field, column.cast(field.type))
    return pins


def trace_repins_among(pins: pa.Table, known_parents: pa.Table) -> pa.Table:
    """Add the same chain columns where the ids of all pins aren't at hand.

    Parameters
    ----------
    pins
        As for `trace_repins`.
    known_parents
        Column ``parent_pin_id``: the accepted ones among the parents that these pins name, and any other accepted
        pins; in any order, repeated or not.
    """
    return trace_repins(pins, np.unique(known_parents["parent_pin_id"].to_numpy()))


def count_parents(parts: Iterable[pa.Table]) -> dict[str, int]:
    """Count the parents that pins name, by status.

    Parameters
    ----------
    parts
        Facts, with ``parent_status``.

    Returns
    -------
    dict of str to int
        Every status, also those that no pin has.

    Examples
    --------
    >>> count_parents([pa.table({"parent_status": ["repin", None, "repin", "self"]})])
    {'repin': 2, 'missing': 0, 'other_picture': 0, 'self': 1, 'cycle': 0}
    """
    counts = dict.fromkeys(STATUSES.to_pylist(), 0)
    for pins in parts:
        for entry in pins["parent_status"].drop_null().value_counts().to_pylist():
            counts[entry["values"]] += entry["counts"]
    return counts


def _int64(column: pa.ChunkedArray) -> Ints:
    values: Ints = column.to_numpy()
    return values


def _parent_rows(pins: pa.Table, pin_ids: Ints, all_pin_ids: Ints) -> tuple[Ints, npt.NDArray[np.int8]]:
    """Find each parent's row among these pins, and say why not where there is none."""
    named = pins["parent_pin_id"].is_valid().to_numpy()
    parent_ids = pins["parent_pin_id"].fill_null(0).to_numpy()
    row = IdLookup.of(pin_ids).find(parent_ids)
    row[~named] = _NO_ROW
    pictures = codes_of(pins["image_signature"])
    status = np.full(len(pin_ids), _ORIGINAL, dtype=np.int8)
    status[named] = _REPIN
    absent = named & (row == _NO_ROW)
    status[absent] = np.where(_contains(all_pin_ids, parent_ids[absent]), _OTHER_PICTURE, _MISSING)
    status[(row != _NO_ROW) & (pictures[row] != pictures)] = _OTHER_PICTURE
    status[row == np.arange(len(row))] = _SELF
    row[status != _REPIN] = _NO_ROW
    return row, status


def _contains(sorted_ids: Ints, ids: Ints) -> npt.NDArray[np.bool_]:
    if not len(sorted_ids):
        return np.zeros(len(ids), dtype=bool)
    place = np.minimum(np.searchsorted(sorted_ids, ids), len(sorted_ids) - 1)
    return np.asarray(sorted_ids[place] == ids)


def _cut_cycles(parent: Ints, status: npt.NDArray[np.int8], pin_ids: Ints) -> None:
    """Give every cycle a root: its smallest pin id loses its parent.

    Pointers doubled until they have gone further than any chain is long end on a cycle or nowhere; around each
    cycle the smallest id is found by doubling, too.
    """
    far = parent.copy()
    for _ in range(len(parent).bit_length()):
        if (far == _NO_ROW).all():
            return
        far = np.where(far == _NO_ROW, _NO_ROW, far[far])
    on_cycle = np.unique(far[far != _NO_ROW])
    step = np.searchsorted(on_cycle, parent[on_cycle])
    smallest = pin_ids[on_cycle]
    for _ in range(len(on_cycle).bit_length()):
        smallest = np.minimum(smallest, smallest[step])
        step = step[step]
    cut = on_cycle[pin_ids[on_cycle] == smallest]
    parent[cut] = _NO_ROW
    status[cut] = _CYCLE


def _roots_and_depths(parent: Ints) -> tuple[Ints, Ints]:
    rows = np.arange(len(parent))
    ancestor = np.where(parent == _NO_ROW, rows, parent)
    depth = (parent != _NO_ROW).astype(np.int64)
    while (ancestor[ancestor] != ancestor).any():
        depth += depth[ancestor]
        ancestor = ancestor[ancestor]
    return ancestor, depth
