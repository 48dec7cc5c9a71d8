"""Numbers in the place of signatures: which picture a pin shows, in 8 bytes however long its signature is."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from features.grouping import groups_of_sorted


def numbered_pictures(parts: Iterable[pa.Table]) -> pa.Table:
    """Replace the pictures of some pins by numbers, from 0 in order, beside the board of each pin.

    Parameters
    ----------
    parts
        ``image_signature`` and ``board_id`` of all pins, part after part, each sorted by signature; no picture
        lies in two parts.

    Returns
    -------
    pyarrow.Table
        ``board_id`` and ``image_signature`` (int64), one row a pin, in order: 16 bytes a pin, however long the
        signatures are.
    """
    boards, pictures, n_pictures = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    for part in parts:
        groups = groups_of_sorted(part["image_signature"])
        boards.append(part["board_id"].to_numpy())
        pictures.append(groups.number + n_pictures)
        n_pictures += len(groups)
    return pa.table({"board_id": np.concatenate(boards), "image_signature": np.concatenate(pictures)})
