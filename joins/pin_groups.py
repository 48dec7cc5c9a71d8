"""Which pins belong to which row of features: the pins of a key lie together, and the features count them."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.errors import JoinError


def group_of_pins(pins: pa.Table, features: pa.Table, key: str) -> npt.NDArray[np.int64]:
    """Return the row of its key's features for each pin.

    Parameters
    ----------
    pins
        Pins sorted by ``key``, shape ``(n_pins, ...)``.
    features
        ``key`` and ``n_pins`` of the same keys, in the same order; keys without pins may be among them.
    key
        The column.

    Returns
    -------
    numpy.ndarray
        int64, shape ``(n_pins,)``.

    Raises
    ------
    JoinError
        If the features count other pins than there are.

    Examples
    --------
    >>> pins = pa.table({"board_id": [5, 5, 7]})
    >>> group_of_pins(pins, pa.table({"board_id": [5, 6, 7], "n_pins": [2, 0, 1]}), "board_id").tolist()
    [0, 0, 2]
    """
    n_pins = features["n_pins"].to_numpy()
    if n_pins.sum() != pins.num_rows:
        raise JoinError(
            f"{key}: features count {n_pins.sum():,} pins and {pins.num_rows:,} are there; "
            "join facts and features of the same version"
        )
    group = np.repeat(np.arange(features.num_rows), n_pins)
    counted = features[key].take(pa.array(group))
    if not counted.equals(pins[key]):
        row = next(row for row, (one, other) in enumerate(zip(counted, pins[key], strict=True)) if one != other)
        raise JoinError(
            f"{key}: features count a pin of {counted[row]} where the pins hold one of {pins[key][row]}; "
            "join facts and features of the same version, sorted by that key"
        )
    return group
