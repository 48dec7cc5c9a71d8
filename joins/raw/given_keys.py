"""Keys as people know them: the ids and pictures of their source, which an import may have turned into others.

The id that ``as = "id"`` makes of a text, and the signature that ``as = "digest"`` makes, follow from the text alone.
So no dictionary is needed to find a board by the name that its site gives it.
"""

from dataclasses import dataclass

import pyarrow as pa

from joins.raw.checks import normalised
from joins.raw.mapped.stable_ids import stable_ids, text_digests
from joins.raw.values import to_name

_SIGNATURE = "image_signature"
_FIRST, _LAST = -(2**63), 2**63 - 1  # an id that is no number of 64 bits is a text


@dataclass(frozen=True, slots=True)
class GivenKey:
    """What a key may stand for in a column: ``keys``, what is written there first, then what an import makes of it.

    Examples
    --------
    >>> given_key("board-7", "board_id")
    GivenKey(keys=(1994916696747429162,), note=' (1994916696747429162, if an import made an id of that text)')
    >>> given_key("7", "board_id").keys[0], given_key(" ABCD ", "image_signature").keys[0]
    (7, 'abcd')
    """

    keys: tuple[int | str, ...]
    note: str = ""  # what was looked for, where that isn't the key as given


def given_key(key: str, column: str) -> GivenKey:
    """Return what a key may stand for; a key that is no text, or empty, stands for itself, and its lookup says why."""
    try:
        names = to_name(pa.array([key], pa.string()))
    except ValueError:  # bytes that are no text, or a number that a spreadsheet rounded
        return GivenKey((key,))
    if names[0].as_py() is None:
        return GivenKey((key,))
    if column == _SIGNATURE:
        return GivenKey((_as_accepted(key), text_digests(names)[0].as_py()))
    minted = stable_ids(names)[0].as_py()
    number = _whole_number(names[0].as_py())
    if number is None:
        return GivenKey((minted,), f" ({minted}, if an import made an id of that text)")
    return GivenKey((number, minted))


def _as_accepted(signature: str) -> str:
    """Return a signature as the check of raw input writes it, so that it is found as it stands in somebody's file."""
    accepted: str | None = normalised(pa.table({_SIGNATURE: [signature]}))[_SIGNATURE][0].as_py()
    return accepted or signature


def _whole_number(name: str) -> int | None:
    try:
        number = int(name)
    except ValueError:  # also for more digits than Python reads
        return None
    return number if _FIRST <= number <= _LAST else None
