"""Names of columns that lie inside others: what they look like, and where records lie that aren't named yet.

``board.id`` is ``id`` in the object or struct ``board``, ``images.0.url`` is ``url`` in the first element of a list.
"""

from collections.abc import Iterator, Sequence

_LONGEST_POSITION = 9  # digits
_MOST_LEVELS = 8


def list_position(key: str) -> int | None:
    """Return the position in a list, from 0, that a part of a name means; None if it means none.

    Examples
    --------
    >>> list_position("12"), list_position("id")
    (12, None)
    """
    return int(key) if key.isdecimal() and len(key) <= _LONGEST_POSITION else None


def printable(key: str) -> str:
    """Return a key of an object with a question mark for what no message can show: half surrogates.

    Examples
    --------
    >>> printable(chr(0xD83D) + " cut")
    '? cut'
    """
    return key.encode("utf-8", "replace").decode()


def leaf_names(value: object, name: str = "", n_levels: int = _MOST_LEVELS) -> Iterator[str]:
    """Yield the names of what lies in a JSON value, as far as a few levels down; of a list, in its first element.

    Examples
    --------
    >>> list(leaf_names({"id": 7, "board": {"id": 3}, "images": [{"url": "x"}, {"url": "y"}], "tags": []}))
    ['id', 'board.id', 'images.0.url', 'tags']
    """
    if isinstance(value, dict) and value and n_levels:
        for key, below in value.items():
            own = printable(key)
            yield from leaf_names(below, f"{name}.{own}" if name else own, n_levels - 1)
    elif isinstance(value, list) and value and n_levels:
        yield from leaf_names(value[0], f"{name}.0" if name else "0", n_levels - 1)
    elif name:
        yield name


def hidden_records(there: Sequence[str], wanted: Sequence[str]) -> str:
    """Return what ``records`` of a mapping should be, where the columns wanted lie in a list or by key; else empty.

    Examples
    --------
    >>> hidden_records(["bookmark", "data.items.0.id", "data.items.0.board.id"], ["id", "board.id"])
    'data.items'
    >>> hidden_records(["123.id", "124.id"], ["id"])
    '.'
    >>> hidden_records(["pin.id", "board"], ["id"])
    ''
    """
    above = [{name.removesuffix(f".{column}") for name in there if name.endswith(f".{column}")} for column in wanted]
    places = sorted(set.intersection(*above), key=len) if above else []
    lists = [place.removesuffix(".0") for place in places if place.endswith(".0")]
    if lists:
        return lists[0]
    parents = {place.rpartition(".")[0] for place in places}
    holds_records_alone = all(name.startswith(tuple(f"{place}." for place in places)) for name in there)
    if len(places) > 1 and len(parents) == 1 and holds_records_alone:
        return parents.pop() or "."
    return ""
