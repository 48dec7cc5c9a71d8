"""The signatures of a day's pictures as a table: one row a picture file, with how it turned out."""

from collections.abc import Sequence
from operator import itemgetter

import pyarrow as pa

IMAGE_SIGNATURES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),  # path or URI, as the pins name it
        pa.field("image_signature", pa.string()),  # null unless the status is ok
        pa.field("status", pa.string(), nullable=False),
        pa.field("width_px", pa.int32()),
        pa.field("height_px", pa.int32()),
    ]
)
SignatureRow = tuple[str, str | None, str, int | None, int | None]


def signature_table(rows: Sequence[SignatureRow]) -> pa.Table:
    """Put the outcomes of pictures into a table, sorted by ``image``; a row has the schema's columns in order.

    Examples
    --------
    >>> signature_table([("b.jpg", None, "missing", None, None), ("a.jpg", "ff00", "ok", 4, 4)])["image"].to_pylist()
    ['a.jpg', 'b.jpg']
    """
    columns = zip(*sorted(rows, key=itemgetter(0)), strict=True) if rows else [()] * len(IMAGE_SIGNATURES)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, IMAGE_SIGNATURES, strict=True)],
        schema=IMAGE_SIGNATURES,
    )
