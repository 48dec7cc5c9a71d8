"""What the repin chains of a picture look like: their sizes, depths and edges, and the pin it all began with."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.fields import required
from joins.arrow.groups import Groups, Ints, groups_of_sorted, offsets_of, spread
from joins.arrow.ordering import order_by_all

_EDGE = pa.struct(
    [
        required("pin_id", pa.int64(), "the repin"),
        required("parent_pin_id", pa.int64(), "the pin it was saved from"),
    ]
)
_CHAIN = pa.struct(
    [
        required("root_pin_id", pa.int64(), "the pin it began with"),
        required("n_pins", pa.int32(), "the root and all that was saved from it", "pins"),
        required("depth", pa.int32(), "repins from the root to its furthest pin", "repins"),
        required("edges", pa.list_(pa.field("item", _EDGE, nullable=False)), "its repins"),
    ]
)
REPIN_CHAINS = pa.list_(pa.field("item", _CHAIN, nullable=False))


def canonical_pins_and_chains(pins: pa.Table, groups: Groups) -> tuple[pa.Array, pa.Array]:
    """Tell what each picture began with, and list its chains.

    Parameters
    ----------
    pins
        Traced, grouped by picture and sorted by ``pin_id`` in it.
    groups
        The pictures.

    Returns
    -------
    canonical_pins : pyarrow.Array
        int64: the root of each picture's largest chain; the smallest id among equals.
    repin_chains : pyarrow.Array
        ``REPIN_CHAINS``: the chains that have a repin at all, the largest first, ties by root; edges stand in the
        order of the pins.
    """
    root: Ints = pins["root_pin_id"].to_numpy()
    depth: Ints = pins["depth"].to_numpy()
    ranked, size = _largest_chains_first(root, groups)
    canonical = pa.array(root[ranked[groups.starts]], pa.int64())
    order = ranked[size[ranked] > 1]  # pins that are linked at all
    chains = groups_of_sorted(pa.array(root[order]))
    entries = pa.StructArray.from_arrays(
        [
            pa.array(root[order][chains.starts]),
            pa.array(chains.sizes.astype(np.int32)),
            pa.array(chains.max(depth[order]).astype(np.int32)),
            _edges(pins, order, chains),
        ],
        fields=list(REPIN_CHAINS.value_type),
    )
    n_chains = np.bincount(groups.number[order][chains.starts], minlength=len(groups))
    return canonical, _lists(entries, n_chains, REPIN_CHAINS)


def _largest_chains_first(root: Ints, groups: Groups) -> tuple[Ints, Ints]:
    """Rank rows picture after picture, the largest chain first, ties by root, then as they come.

    Returned are the rows in that order, and the size of each row's chain in the order of the rows.
    """
    # A root belongs to one picture, so runs of equal roots are the chains.
    order = order_by_all(groups.number, root)
    chains = groups_of_sorted(pa.array(root[order]))
    size = np.empty(len(order), np.int64)
    size[order] = chains.sizes[chains.number]
    largest_first = order_by_all(groups.number[order[chains.starts]], -chains.sizes)
    return order[spread(chains.starts[largest_first], chains.sizes[largest_first])[1]], size


def _edges(pins: pa.Table, order: Ints, chains: Groups) -> pa.Array:
    is_edge = pc.equal(pins["parent_status"], "repin").fill_null(fill_value=False).to_numpy()[order]
    ends = pins.select(["pin_id", "parent_pin_id"]).take(pa.array(order[is_edge]))
    type_ = REPIN_CHAINS.value_type.field("edges").type
    edges = pa.StructArray.from_arrays(
        [column.combine_chunks() for column in ends.columns], fields=list(type_.value_type)
    )
    return _lists(edges, chains.sum(is_edge.astype(np.int64)), type_)


def _lists(values: pa.Array, counts: Ints, type_: pa.ListType) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets_of(counts).astype(np.int32)), values, type=type_)
