"""Finding texts among many: the position of each of a million digests or addresses among a million others.

Texts are hashed as keys are (`joins.arrow.hashing`), and the hashes looked up as ids. Whoever wrote a text may have
chosen its hash, so what is found is compared byte by byte, and a text whose hash another one has is searched by Arrow.
Of a million digests among a million that takes half of the time of Arrow's own ``index_in``, which hashes text anew and
follows chains through memory.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array, padded_bytes
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash
from joins.arrow.id_lookup import IdLookup

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TextLookup:
    """Texts that others are looked up among; `of` makes it.

    Parameters
    ----------
    texts
        large_string, shape ``(n_texts,)``, in the order in which they were given.
    ids
        Their hashes.
    words
        Their bytes as words of eight, if all have one length, so that comparing is comparing numbers.
    is_backwards
        Whether ``ids`` go backwards, so that of equal texts the last is met first.
    """

    texts: pa.LargeStringArray
    ids: IdLookup
    words: Words | None
    is_backwards: bool = False

    @classmethod
    def of(cls, texts: pa.ChunkedArray | pa.Array, of_equal: Literal["first", "last"] = "first") -> "TextLookup":
        """Prepare texts without null for being looked up; of equal ones the first is found, or the last.

        Examples
        --------
        >>> known = pa.array(["owl", "fox", "owl"])
        >>> TextLookup.of(known).find(pa.array(["owl", None, "hen"])).tolist()
        [0, -1, -1]
        >>> TextLookup.of(known, "last").find(pa.array(["fox", "owl"])).tolist()
        [1, 2]
        """
        held = _large(texts)
        hashes = key_hash(held).view(np.int64)
        is_backwards = of_equal == "last"
        return cls(held, IdLookup.of(hashes[::-1] if is_backwards else hashes), _words(held), is_backwards)

    def find(self, sought: pa.ChunkedArray | pa.Array) -> Ints:
        """Return the position of each text, -1 where it isn't among those that were prepared, or is null."""
        texts = _large(sought)
        if texts.null_count:
            rows = np.full(len(texts), -1, np.int64)
            rows[texts.is_valid().to_numpy(zero_copy_only=False)] = self.find(texts.drop_null())
            return rows
        if not len(self.texts):
            return np.full(len(texts), -1, np.int64)
        rows = self.ids.find(key_hash(texts).view(np.int64))
        found = rows >= 0
        if self.is_backwards:
            rows[found] = len(self.texts) - 1 - rows[found]
        others = np.flatnonzero(found)[~self._are_equal(rows[found], texts.filter(pa.array(found)))]
        if len(others):
            rows[others] = self._searched(texts.take(pa.array(others)))
        return rows

    def _are_equal(self, rows: Ints, texts: pa.LargeStringArray) -> npt.NDArray[np.bool_]:
        """Return whether texts are those in some rows."""
        here = None if self.words is None else _words(texts)
        if self.words is None or here is None or not self._have_length_of(texts):
            same: npt.NDArray[np.bool_] = pc.equal(self.texts.take(pa.array(rows)), texts).to_numpy(
                zero_copy_only=False
            )
            return same
        equal = np.ones(len(texts), bool)
        for word in range(here.shape[1]):
            equal &= self.words[rows, word] == here[:, word]
        return equal

    def _have_length_of(self, texts: pa.LargeStringArray) -> bool:
        """Return whether texts, which all have one length, have that of the texts here."""
        one, other = (pc.binary_length(each[0]).as_py() for each in (self.texts, texts))
        return bool(one == other)

    def _searched(self, texts: pa.LargeStringArray) -> Ints:
        """Return the positions of texts by comparing texts alone."""
        if not self.is_backwards:
            return _positions(texts, self.texts)
        turned = self.texts.take(pa.array(np.arange(len(self.texts))[::-1]))
        rows = _positions(texts, turned)
        return np.where(rows < 0, -1, len(turned) - 1 - rows)


def each_once(rows: pa.Table, column: str) -> pa.Table:
    """Return the first row of each text in a column without null, in their order.

    Examples
    --------
    >>> each_once(pa.table({"group_id": ["b", "a", "b"], "n": [1, 2, 3]}), "group_id").to_pylist()
    [{'group_id': 'b', 'n': 1}, {'group_id': 'a', 'n': 2}]
    """
    is_first = TextLookup.of(rows[column]).find(rows[column]) == np.arange(len(rows))
    return rows if is_first.all() else rows.filter(pa.array(is_first))


def _positions(texts: pa.LargeStringArray, among: pa.LargeStringArray) -> Ints:
    positions: Ints = pc.index_in(texts, value_set=among).fill_null(-1).to_numpy(zero_copy_only=False)
    return positions.astype(np.int64)


def _large(texts: pa.ChunkedArray | pa.Array) -> pa.LargeStringArray:
    """Return texts as one array, whatever their bytes come to."""
    return one_array(texts.cast(pa.large_string()))


def _words(texts: pa.LargeStringArray) -> Words | None:
    """Return the bytes of texts as rows of words; None where they differ in length, or have none."""
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    length_bytes = lengths["min"] if lengths["min"] == lengths["max"] else None
    return padded_bytes(texts, length_bytes).view(np.uint64) if length_bytes else None
