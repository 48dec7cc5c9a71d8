"""Aliases of groups: what is applied of the merge candidates, and how a group's id is found after it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from joins.arrow.fields import required

GROUP_ALIASES = pa.schema(
    [
        required("group_id", pa.string(), "the group that is called otherwise from now on"),
        required("alias_of", pa.string(), "the id of the group that it is one with, on later dates"),
    ]
)


def aliases_of(candidates: pa.Table, known: pa.Table) -> pa.Table:
    """Return the aliases that make one group of each pair of candidates.

    Parameters
    ----------
    candidates
        ``group_id``, the older group, and ``other_group_id``; pairs that are to be merged.
    known
        ``GROUP_ALIASES`` that were given before.

    Returns
    -------
    pyarrow.Table
        ``GROUP_ALIASES``, new ones alone, sorted by ``group_id``. All groups that hang together get the id of one that
        no alias had, the first that `candidates` name.

    Examples
    --------
    >>> candidates = pa.table({"group_id": ["a", "b"], "other_group_id": ["b", "c"]})
    >>> aliases_of(candidates, GROUP_ALIASES.empty_table()).to_pylist()
    [{'group_id': 'b', 'alias_of': 'a'}, {'group_id': 'c', 'alias_of': 'a'}]
    """
    older, newer = (resolved(candidates[name], known) for name in ("group_id", "other_group_id"))
    every = pa.chunked_array([*older.chunks, *newer.chunks], pa.string()).combine_chunks().dictionary_encode()
    if not len(every):
        return GROUP_ALIASES.empty_table()
    number, n_groups = every.indices.to_numpy(), len(every.dictionary)
    one, other = np.split(number, 2)
    links = sparse.coo_array((np.ones(len(one), np.int8), (one, other)), shape=(n_groups, n_groups))
    _, together = csgraph.connected_components(links, directed=False)
    _, first = np.unique(together, return_index=True)  # numbers follow the order in which candidates name groups
    table = pa.table([every.dictionary, every.dictionary.take(pa.array(first[together]))], schema=GROUP_ALIASES)
    return table.filter(pc.not_equal(table["group_id"], table["alias_of"])).sort_by("group_id")


def resolved(group_ids: pa.ChunkedArray, aliases: pa.Table) -> pa.ChunkedArray:
    """Return the ids that groups are called by now.

    Parameters
    ----------
    group_ids
        Strings; null stays null.
    aliases
        ``GROUP_ALIASES`` of all dates, oldest first; an alias may have become one itself on a later date.

    Examples
    --------
    >>> aliases = pa.table({"group_id": ["b", "a"], "alias_of": ["a", "z"]})
    >>> resolved(pa.chunked_array([["a", "b", "c", None]]), aliases).to_pylist()
    ['z', 'z', 'c', None]
    """
    while True:
        place = pc.index_in(group_ids, value_set=aliases["group_id"])
        if place.null_count == len(place):
            return group_ids
        group_ids = pc.coalesce(aliases["alias_of"].take(place), group_ids)
