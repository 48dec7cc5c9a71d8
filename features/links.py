"""Canonical link: where most pins of a picture point to, once tracking is taken off the address."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints, distinct_pairs, rank_in_groups

_SEPARATOR = "[#?&]"
_FRAGMENT = r"#.*$"
_TRACKING = r"([?&])(?:utm_[a-z_]+|fbclid|gclid|mc_cid|mc_eid|igshid|ref)=[^&]*"
_DANGLING_SEPARATORS = r"[?&]+$"


def canonical_links(links: pa.ChunkedArray | pa.Array, group: Ints, n_groups: int) -> pa.Array:
    """Return the most frequent link of each group of pins, ties in alphabetical order.

    There is one link a pin, null or empty where it has none; a group is null where no pin has one.

    Examples
    --------
    >>> links = pa.array(["https://a.org/x?utm_source=n", "https://a.org/x#top", "https://b.org/"])
    >>> canonical_links(links, np.array([0, 0, 0]), 1).to_pylist()
    ['https://a.org/x']
    """
    array = one_array(links)
    encoded = array.dictionary_encode()
    clean = without_tracking(encoded.dictionary)
    names = clean.unique().drop_null().sort()
    code_of_link = pc.index_in(clean, names)
    code = code_of_link.take(encoded.indices).fill_null(-1).cast(pa.int64()).to_numpy(zero_copy_only=False)
    linked = np.flatnonzero(code >= 0)
    uses = distinct_pairs(group[linked], code[linked])
    ranked = rank_in_groups(uses.group, uses.n_rows, n_groups, most=1)
    return names.take(ranked.best_of(pa.array(uses.member)))


def without_tracking(links: pa.Array) -> pa.Array:
    """Take fragments and tracking parameters off; an address of which nothing is left is null.

    Examples
    --------
    >>> without_tracking(pa.array(["https://a.org/x?utm_medium=pin&id=3", " "])).to_pylist()
    ['https://a.org/x?id=3', None]
    """
    links = pc.utf8_trim_whitespace(links)
    has_more = pc.match_substring_regex(links, _SEPARATOR).fill_null(fill_value=False)  # what can lose something
    links = pc.replace_with_mask(links, has_more, _shortened(links.filter(has_more)))
    return pc.if_else(pc.equal(links, ""), pa.scalar(None, links.type), links)


def _shortened(links: pa.Array) -> pa.Array:
    links = pc.replace_substring_regex(links, _FRAGMENT, "")
    links = pc.replace_substring_regex(links, _TRACKING, r"\1")
    links = pc.replace_substring_regex(links, r"([?&])&+", r"\1")
    return pc.replace_substring_regex(links, _DANGLING_SEPARATORS, "")
