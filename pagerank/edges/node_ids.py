"""Integer ids of nodes: read from whatever array they arrive in, and found again in a sorted list of ids."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.errors import InvalidGraphError, shown

MAX_ID = np.iinfo(np.int64).max
MANY = 8  # looked up for so many in the list, an index of the list pays


def as_node_ids(values: ArrayLike | pa.Array | pa.ChunkedArray, name: str) -> NDArray[np.int64]:
    """Return ids as one int64 array, in the order given, in the memory of `values` where it can be shared.

    The ids are integers of any width, none missing, or an Arrow dictionary of them; `name` is what they are called in
    an error. They never pass through float64, which would merge neighbours above ``2**53``.

    Raises
    ------
    InvalidGraphError
        The values are not a flat array of integers, one is missing, or one does not fit into int64.

    Examples
    --------
    >>> as_node_ids([2**63 - 1, 2**63 - 2], "src")
    array([9223372036854775807, 9223372036854775806])
    """
    return as_integers(values, name).astype(np.int64, copy=False)


def as_integers(values: ArrayLike | pa.Array | pa.ChunkedArray, name: str) -> NDArray[np.integer]:
    """Return ids as one array of the width they come in, which is at most int64; checked as `as_node_ids` does.

    Examples
    --------
    >>> as_integers(np.array([7, 8], np.uint16), "src").dtype
    dtype('uint16')
    """
    if isinstance(values, pa.Array | pa.ChunkedArray):
        values = _without_nulls(values, name)
    if isinstance(values, list | tuple):
        _check_are_integers(values, name)
    ids = np.asarray(values)
    if ids.ndim != 1:
        problem = f"ids have shape {ids.shape}"
        raise InvalidGraphError(problem, where=name, remedy="give a flat array of one id per row")
    if ids.size == 0:
        return np.empty(0, np.int64)
    if ids.dtype.kind not in "iu":
        raise _no_integers(str(ids.dtype), ids[0], name)
    if ids.dtype == np.uint64 and ids.max() > MAX_ID:
        row = int(np.argmax(ids > MAX_ID))
        problem = f"id {ids[row]} in row {row} does not fit into int64; allowed are ids up to {MAX_ID}"
        raise InvalidGraphError(problem, where=name)
    return ids.astype(np.int64, copy=False) if ids.dtype == np.uint64 else ids


def find_positions(sorted_ids: NDArray[np.int64], ids: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where each id stands in a list of ascending ids, and whether it stands there at all.

    Examples
    --------
    >>> positions, found = find_positions(np.array([3, 5, 9]), np.array([9, 4]))
    >>> int(positions[0]), found.tolist()
    (2, [True, False])
    """
    if sorted_ids.size == 0:
        return np.zeros(ids.size, np.intp), np.zeros(ids.size, np.bool_)
    if ids.size * MANY > sorted_ids.size:
        return SortedPlaces(sorted_ids).find(ids)
    positions = np.minimum(np.searchsorted(sorted_ids, ids), sorted_ids.size - 1)
    return positions, sorted_ids[positions] == ids


def sorted_once(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids in ascending order, each once; several times faster than `numpy.unique`, which hashes.

    Examples
    --------
    >>> sorted_once(np.array([7, 3, 7]))
    array([3, 7])
    """
    ordered = np.sort(ids)
    if ordered.size == 0:
        return ordered
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]


class SortedPlaces:
    """Finds ids in a list of ascending ids, at least one, several times faster than by binary search.

    The first bits of an id tell where to begin, the way a reader opens a dictionary; a few comparisons do the rest
    where ids are spread evenly, and binary search where they are not. Cost: 8 to 16 bytes an id.

    Examples
    --------
    >>> SortedPlaces(np.array([3, 500, 900])).of(np.array([900, 3])).tolist()
    [2, 0]
    """

    def __init__(self, sorted_ids: NDArray[np.int64]) -> None:
        self._ids = sorted_ids
        span = int(sorted_ids[-1]) - int(sorted_ids[0])
        self._shift = np.uint64(max(0, span.bit_length() - sorted_ids.size.bit_length()))
        n_in_slot = np.bincount(self._slots(sorted_ids))
        self._first = np.cumsum(n_in_slot) - n_in_slot

    def of(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the places of ids, all of which stand in the list."""
        places = self._first[self._slots(ids)]
        for _ in range(4):
            places += self._ids[places] < ids
        missed = np.flatnonzero(self._ids[places] != ids)
        places[missed] = np.searchsorted(self._ids, ids[missed])
        return places

    def find(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the places of ids, and which of them stand in the list at all; as `find_positions`."""
        inside = (ids >= self._ids[0]) & (ids <= self._ids[-1])
        places = self.of(ids if inside.all() else np.where(inside, ids, self._ids[0]))
        return places, inside & (self._ids[places] == ids)

    def _slots(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        offsets = ids.view(np.uint64) - self._ids[:1].view(np.uint64)  # of 64 bits: wraps around to what is right
        return (offsets >> self._shift).astype(np.intp)


def check_each_once(ordered: NDArray[np.int64], kind: str, where: str, remedy: str) -> None:
    """Raise unless each of some ordered ids stands there once; `kind` is what they are ids of."""
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if repeated.size:
        raise InvalidGraphError(f"{kind} {repeated[0]} stands more than once", where=where, remedy=remedy)


def _check_are_integers(values: Sequence[object], name: str) -> None:
    """Raise unless all are integers: NumPy makes numbers of truth values, and texts of what stands beside a text."""
    others = {kind for kind in set(map(type, values)) if kind is bool or not issubclass(kind, int | np.integer)}
    if others:
        odd = next(value for value in values if type(value) in others)
        raise _no_integers(type(odd).__name__, odd, name)


def _no_integers(kind: str, first: object, name: str) -> InvalidGraphError:
    return InvalidGraphError(
        f"ids are {kind} (first: {shown(first)}); allowed are integers from -2**63 to 2**63 - 1",
        where=name,
        remedy="number other ids first, as numpy.unique(ids, return_inverse=True) does",
    )


def _without_nulls(values: pa.Array | pa.ChunkedArray, name: str) -> NDArray[np.generic]:
    if pa.types.is_dictionary(values.type):  # categories of pandas: the ids are what they stand for
        values = values.cast(values.type.value_type)
    if values.null_count:
        row = values.is_null().index(True).as_py()
        problem = f"{values.null_count} of {len(values)} ids are null (first: row {row})"
        raise InvalidGraphError(problem, where=name, remedy="drop those rows")
    if len(values) and not pa.types.is_integer(values.type):
        raise _no_integers(str(values.type), values[0].as_py(), name)
    flat: NDArray[np.generic] = values.to_numpy(zero_copy_only=False)
    return flat
