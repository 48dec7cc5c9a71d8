"""Where the records of a JSON document lie: at its top, in a list under some name, as in an API's page, or by key."""

from collections.abc import Iterator

import msgspec

_DEEPEST = 3  # names down to the records
_WHOLE_DOCUMENT = "."  # the records are the values of the document itself
_LEAST_ALIKE = 0.5  # of the names of two records by key that both must have
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def records_place(document: bytes) -> str:
    r"""Return the dotted name of the largest list of objects, or object of alike objects, in a JSON document.

    It is empty where a mapping needs to name none: for JSON Lines, for lists, for one record, and for what is no JSON,
    as reading it will say.

    Examples
    --------
    >>> records_place(b'{"status": "ok", "data": {"pins": [{"id": 1}, {"id": 2}], "tags": [{}]}}')
    'data.pins'
    >>> records_place(b'{"7": {"via": 0}, "9": {"via": 7}}')
    '.'
    >>> records_place(b'[{"id": 1}]'), records_place(b'{"id": 1}\n{"id": 2}'), records_place(b'{"id": 1}')
    ('', '', '')
    """
    places = list(_places(document.removeprefix(_BYTE_ORDER_MARK).strip(), ""))
    return max(places, key=lambda found: found[1])[0] if places else ""


def _places(value: bytes, place: str) -> Iterator[tuple[str, int]]:
    """Yield the places of records and their size in bytes; of equal size the outer one first."""
    if value.startswith(b"["):
        if place and bytes(next(iter(_LIST.decode(value)), msgspec.Raw(b""))).strip().startswith(b"{"):
            yield place, len(value)
        return
    entries = _entries(value)
    if _are_alike(entries):
        yield place or _WHOLE_DOCUMENT, len(value)
    elif place.count(".") < _DEEPEST:
        for name, below in entries.items():
            if name and "." not in name:
                yield from _places(below, f"{place}.{name}".lstrip("."))


def _entries(value: bytes) -> dict[str, bytes]:
    if not value.startswith(b"{"):
        return {}
    try:
        return {name: bytes(raw).strip() for name, raw in _OBJECT.decode(value).items()}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _are_alike(entries: dict[str, bytes]) -> bool:
    """Say whether an object holds records by key: two or more objects, and the first two have the same names."""
    if len(entries) < 2 or not all(value.startswith(b"{") for value in entries.values()):  # noqa: PLR2004 - records
        return False
    one, other = (set(_entries(value)) for value in list(entries.values())[:2])
    return len(one & other) > _LEAST_ALIKE * len(one | other)
