"""Apply a slow function of one value to a column, once per different value."""

from collections.abc import Callable

import pyarrow as pa


def map_unique(values: pa.Array, function: Callable[[str], str | int | None], value_type: pa.DataType) -> pa.Array:
    """Return ``function`` of every text, called once per different text; null stays null.

    Parameters
    ----------
    values : pa.Array of string, shape (n,)
    function
        A pure function of one text.
    value_type
        The type of the results.

    Returns
    -------
    pa.Array, shape (n,)
        In the order of ``values``.

    Examples
    --------
    >>> map_unique(pa.array(["a", None, "bcd", "a"]), len, pa.int64()).to_pylist()
    [1, None, 3, 1]
    """
    encoded = values.dictionary_encode()
    mapped = pa.array([function(text) for text in encoded.dictionary.to_pylist()], value_type)
    return mapped.take(encoded.indices)
