"""Signatures in Arrow tables: a column a view, 32 bytes each, null where the view is not usable."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.images.cosine_signature import SIGNATURE_BITS, SIGNATURE_WORDS, VIEWS, Flags, Signatures
from features.images.drawings.sketches import SKETCH_FIELD
from joins.arrow.chunks import one_array
from joins.arrow.fields import described, required
from joins.arrow.shared_fields import FILE_DIGEST, HEIGHT_PX, WIDTH_PX

_BYTES = SIGNATURE_BITS // 8
VIEW_FIELDS = tuple(
    described(view, pa.binary(_BYTES), f"signature of the view `{view}`; null where it is flat") for view in VIEWS
)
PICTURE_SIGNATURES = pa.schema(
    [
        FILE_DIGEST.with_nullable(nullable=False),
        required("status", pa.string(), "how it turned out: `ok`, `flat`, `truncated`, ..."),
        WIDTH_PX,
        HEIGHT_PX,
        required("is_animated", pa.bool_(), "the file holds several pictures; the first one is signed"),
        described("quality", pa.uint8(), "how much there is to see; null where nothing could be decoded", "0 to 100"),
        described("phash64", pa.string(), "in compatibility mode, instead of the views: imagehash's phash, hex"),
        SKETCH_FIELD,
        *VIEW_FIELDS,
    ]
)


def view_columns(signatures: Signatures, usable: Flags) -> Mapping[str, pa.Array]:
    """Return a column for each view of signatures, ``(n_pictures, 8, 4)`` of 64 bits."""
    return {
        field.name: _column(np.ascontiguousarray(signatures[:, view]), usable[:, view])
        for view, field in enumerate(VIEW_FIELDS)
    }


def signatures_of(table: pa.Table) -> tuple[Signatures, Flags]:
    """Return the signatures of a table with a column a view, and which of them are usable.

    Examples
    --------
    >>> words = np.arange(64, dtype=np.uint64).reshape(2, 8, 4)
    >>> usable = words[:, :, 0] > 0
    >>> again = signatures_of(pa.table(view_columns(words, usable)))
    >>> bool((again[0] == words * usable[:, :, None]).all()), bool((again[1] == usable).all())
    (True, True)
    """
    signatures = np.zeros((len(table), len(VIEWS), SIGNATURE_WORDS), np.uint64)
    usable = np.zeros((len(table), len(VIEWS)), bool)
    for view, field in enumerate(VIEW_FIELDS):
        column = one_array(table[field.name])
        usable[:, view] = column.is_valid().to_numpy(zero_copy_only=False)
        stored = np.frombuffer(column.buffers()[1] or b"", np.uint8)[column.offset * _BYTES :][: len(column) * _BYTES]
        signatures[:, view] = stored.view(np.uint64).reshape(len(table), SIGNATURE_WORDS)
    signatures[~usable] = 0  # what Arrow holds in the place of a null is anything
    return signatures, usable


def _column(words: npt.NDArray[np.uint64], usable: npt.NDArray[np.bool_]) -> pa.Array:
    validity = pa.array(usable).buffers()[1]
    return pa.Array.from_buffers(pa.binary(_BYTES), len(words), [validity, pa.py_buffer(words)])
