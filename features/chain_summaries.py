"""What the repin chains of a picture look like: their sizes, depths and edges, and the pin it all began with."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.grouping import Groups, Ints, groups_of_sorted


def _required(name: str, type_: pa.DataType) -> pa.Field:
    return pa.field(name, type_, nullable=False)


REPIN_CHAINS = pa.list_(
    _required(
        "item",
        pa.struct(
            [
                _required("root_pin_id", pa.int64()),
                _required("n_pins", pa.int32()),  # the root and all that was saved from it
                _required("depth", pa.int32()),  # repins between the root and its furthest pin
                _required(
                    "edges",
                    pa.list_(
                        _required(
                            "item",
                            pa.struct([_required("pin_id", pa.int64()), _required("parent_pin_id", pa.int64())]),
                        )
                    ),
                ),
            ]
        ),
    )
)


def canonical_pins(pins: pa.Table, groups: Groups) -> pa.Array:
    """Return the root of each picture's largest repin chain, the smallest id among equals.

    Parameters
    ----------
    pins
        Traced pins (``root_pin_id``), grouped by picture.
    groups
        The pictures.

    Returns
    -------
    pyarrow.Array
        int64, shape ``(n_pictures,)``.
    """
    # A root belongs to one picture, so runs of equal roots are the chains.
    root: Ints = pins["root_pin_id"].to_numpy()
    order = np.lexsort((root, groups.number))
    chains = groups_of_sorted(pa.array(root[order]))
    chain_group, chain_root = groups.number[order][chains.starts], root[order][chains.starts]
    best_first = np.lexsort((chain_root, -chains.sizes, chain_group))
    first_of_group = np.searchsorted(chain_group[best_first], np.arange(len(groups)))
    return pa.array(chain_root[best_first][first_of_group], pa.int64())


def repin_chains(pins: pa.Table, groups: Groups) -> pa.Array:
    """List the chains of each picture that have a repin at all, the largest first, ties by root.

    Parameters
    ----------
    pins
        Traced pins (``pin_id``, ``parent_pin_id``, ``parent_status``, ``root_pin_id``, ``depth``), grouped by
        picture and sorted by ``pin_id`` in it.
    groups
        The pictures.

    Returns
    -------
    pyarrow.Array
        ``REPIN_CHAINS``, shape ``(n_pictures,)``; edges in ``pin_id`` order.
    """
    root: Ints = pins["root_pin_id"].to_numpy()
    order = np.lexsort((root, groups.number))
    chains = groups_of_sorted(pa.array(root[order]))
    size_of_row = chains.sizes[chains.number]
    linked = size_of_row > 1
    order, size_of_row = order[linked], size_of_row[linked]
    order = order[np.lexsort((order, root[order], -size_of_row, groups.number[order]))]

    chains = groups_of_sorted(pa.array(root[order]))
    depth: Ints = pins["depth"].to_numpy()
    is_edge = pc.equal(pins["parent_status"], "repin").fill_null(fill_value=False).to_numpy()[order]
    edge_rows = pa.array(order[is_edge])
    chain_type = REPIN_CHAINS.value_type
    edges_type = chain_type.field("edges").type
    edges = pa.StructArray.from_arrays(
        [pins["pin_id"].take(edge_rows).combine_chunks(), pins["parent_pin_id"].take(edge_rows).combine_chunks()],
        fields=list(edges_type.value_type),
    )
    n_edges = chains.sum(is_edge.astype(np.int64))
    entries = pa.StructArray.from_arrays(
        [
            pa.array(root[order][chains.starts]),
            pa.array(chains.sizes.astype(np.int32)),
            pa.array(chains.max(depth[order]).astype(np.int32)),
            pa.ListArray.from_arrays(_offsets(n_edges), edges, type=edges_type),
        ],
        fields=list(chain_type),
    )
    n_chains = np.bincount(groups.number[order][chains.starts], minlength=len(groups))
    return pa.ListArray.from_arrays(_offsets(n_chains), entries, type=REPIN_CHAINS)


def _offsets(counts: Ints) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
