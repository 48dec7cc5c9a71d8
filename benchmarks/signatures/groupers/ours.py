"""Ours, as `features.same_picture.grouping` does it: equal signatures once, those with most copies lead first."""

import numpy as np

from benchmarks.signatures.grouped import Grouped
from benchmarks.signatures.planted import Words
from features.same_picture.equal_signatures import equal_signatures
from features.same_picture.leaders import group_around_leaders
from features.same_picture.views import SignedPictures


def group(words: Words, known: Words, variant: str) -> Grouped:  # noqa: ARG001 - there is one way
    """Return the groups."""
    equal = equal_signatures(words)
    turn = np.argsort(-np.bincount(equal.number), kind="stable")
    first = equal.first[turn]
    grouping = group_around_leaders(_whole_views(words[first]), _whole_views(known))
    place = np.empty(turn.size, np.int64)
    place[turn] = np.arange(turn.size)
    return Grouped(grouping.leader[place[equal.number]], first[grouping.new_leaders])


def _whole_views(words: Words) -> SignedPictures:
    return SignedPictures(words[:, None], np.ones((len(words), 1), np.bool_))
