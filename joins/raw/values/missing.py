r"""Texts that mean "nothing" where an id, a picture or a time should stand.

They are the texts that pandas reads as missing, which other programs write, and three more. pandas itself writes
``nan``, ``None``, ``<NA>`` and ``NaT`` once such a column has become text; Polars and Spark write ``NaN`` and ``null``,
MySQL ``NULL`` and ``\N``, as PostgreSQL and Hive do, R ``NA``, Excel ``#N/A``. Only whole texts count, and case does:
a board ``Nan`` or ``none`` is a board. In other texts nothing is missing by default: NA is Namibia, and a user may be
called null.
"""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values.plain import plain, trimmed, unwrapped

MISSING_TEXTS = (
    *("nan", "-nan", "NaN", "-NaN", "None", "null", "NULL", "<NA>", "NaT", "\\N"),
    *("NA", "N/A", "n/a", "#N/A", "#NA", "#N/A N/A", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
)


def without_missing(values: pa.Array, missing: Sequence[str] = MISSING_TEXTS) -> tuple[pa.Array, Counter[str]]:
    """Return values with null for what means "nothing", and how many rows held it.

    That are empty texts and the texts of ``missing``, with blanks around them or not, and NaN among numbers.

    Parameters
    ----------
    values
        Of any type.
    missing
        Texts that mean "nothing" beside empty ones.

    Returns
    -------
    pa.Array
        The values in their plain type, in the same order.
    Counter of str
        Rows by the text that was read as missing; NaN among numbers counts as ``NaN``.

    Examples
    --------
    >>> values, n_missing = without_missing(pa.array(["7", "nan", " None", "nan", ""]))
    >>> values.to_pylist(), dict(n_missing)
    (['7', None, None, None, None], {'nan': 2, 'None': 1, '': 1})
    """
    stored, values = unwrapped(values), plain(values)
    n_nan = values.null_count - stored.null_count if pa.types.is_floating(stored.type) else 0
    if not pa.types.is_string(values.type):
        return values, Counter({"NaN": n_nan} if n_nan else {})
    names = trimmed(values)
    empty = pc.and_(pc.is_null(names), pc.is_valid(values))
    named = pc.is_in(names, value_set=pa.array(missing, pa.string()), skip_nulls=True)
    is_missing = pc.or_(empty, named)
    if not pc.any(is_missing).as_py():
        return values, Counter()
    texts, counts = pc.value_counts(pc.fill_null(names.filter(is_missing), "")).flatten()
    n_missing = Counter(dict(zip(texts.to_pylist(), counts.to_pylist(), strict=True)))
    return pc.if_else(is_missing, pa.scalar(None, pa.string()), values), n_missing
