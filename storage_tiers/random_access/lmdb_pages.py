"""How large an LMDB file comes out: a reckoning of its pages, for rows that are appended in key order.

Appending fills a page until the next row doesn't fit; a row of more than half a page has its value on pages of its own;
above the leaves lie branch pages, each entry of which names a page by its first key. Every commit copies the pages from
the root to the last leaf. Of 20,000 pages the reckoning was at most 20 off: good for choosing, so that what was written
is measured all the same.
"""

import mmap

import numpy as np
import numpy.typing as npt

Sizes = npt.NDArray[np.int64]

PAGE_BYTES = min(mmap.PAGESIZE, 2**15)  # LMDB takes the system's, up to this
_HEADER_BYTES = 16  # of a page
_NODE_BYTES = 8  # before the key of an entry
_PLACE_BYTES = 2  # by which a page finds an entry
_PAGE_NUMBER_BYTES = 8
_N_META_PAGES = 2
_ROOM_BYTES = PAGE_BYTES - _HEADER_BYTES
_MOST_ON_A_LEAF_BYTES = (_ROOM_BYTES // 2 & -2) - _PLACE_BYTES


def file_bytes(key_bytes: Sizes, value_bytes: Sizes, commit_rows: int) -> int:
    """Return about how many bytes the file of rows takes, a little too many rather than too few.

    Parameters
    ----------
    key_bytes, value_bytes
        The lengths of keys and values in key order, shape ``(n_rows,)``.
    commit_rows
        After how many rows the load commits.

    Examples
    --------
    >>> file_bytes(np.array([8]), np.array([100]), 1_000) == 3 * PAGE_BYTES
    True
    """
    node_bytes = _NODE_BYTES + key_bytes + value_bytes
    is_apart = node_bytes > _MOST_ON_A_LEAF_BYTES
    apart = np.where(is_apart, (_HEADER_BYTES - 1 + value_bytes) // PAGE_BYTES + 1, 0)
    on_leaf = np.where(is_apart, _NODE_BYTES + key_bytes + _PAGE_NUMBER_BYTES, node_bytes)
    first_keys = key_bytes[_first_of_pages(_taken(on_leaf))]
    n_pages, depth = _N_META_PAGES + int(apart.sum()) + len(first_keys), 1
    while len(first_keys) > 1:
        entries = _taken(_NODE_BYTES + first_keys)
        entries[0] = _NODE_BYTES + _PLACE_BYTES  # the first of a level needs no key
        first_keys = first_keys[_first_of_pages(entries)]
        n_pages, depth = n_pages + len(first_keys), depth + 1
    n_more_commits = max(0, len(key_bytes) - 1) // commit_rows
    return PAGE_BYTES * (n_pages + n_more_commits * (depth + 1))


def _taken(entry_bytes: Sizes) -> Sizes:
    """Return what entries take on a page: an even number of bytes, and their place."""
    return entry_bytes + (entry_bytes & 1) + _PLACE_BYTES


def _first_of_pages(taken: Sizes) -> Sizes:
    """Return the places of the entries that begin a page, where each page is filled before the next is begun."""
    ends = np.cumsum(taken)
    following = np.searchsorted(ends, ends - taken + _ROOM_BYTES, side="right").tolist()
    firsts, entry = [], 0
    while entry < len(following):
        firsts.append(entry)
        entry = following[entry]
    return np.array(firsts, np.int64)
