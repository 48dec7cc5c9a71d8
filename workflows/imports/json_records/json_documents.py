"""Find the records in JSON documents: a list, a page that holds a list, an object that holds them by key.

Documents may be written in one line or in many, one behind the other, one a line. Records are read one by one, so a
document may be larger than memory.
"""

from collections.abc import Iterator

from workflows.imports.json_records.text_cursor import TOO_DEEP, TextCursor
from workflows.imports.source_names import printable

_MOST_LISTED = 12  # keys in a message
WHOLE_DOCUMENT = "."  # the records are the elements of the document itself
Record = tuple[str | None, object]  # the key under which it stands, if it stands under one, and its value


def document_records(cursor: TextCursor, records: str = "") -> Iterator[Record]:
    """Yield every record of all documents of a file, with its key, in their order.

    Parameters
    ----------
    cursor
        At the beginning of the file.
    records
        The dotted name of the list or object that holds the records; `WHOLE_DOCUMENT` is the document itself. Empty:
        a document is one record, or a list of records. Lists on the way are gone through: pages in a list are pages.

    Raises
    ------
    SourceError
        If the text is no JSON, or a page lacks what ``records`` names.

    Examples
    --------
    >>> from io import BytesIO
    >>> def cursor(text):
    ...     return TextCursor(BytesIO(text.encode()), "utf-8", "pins.json")
    >>> list(document_records(cursor('[{"id": 7}, {"id": 9}]')))
    [(None, {'id': 7}), (None, {'id': 9})]
    >>> list(document_records(cursor('{"data": {"pins": [{"id": 7}]}, "bookmark": null}'), "data.pins"))
    [(None, {'id': 7})]
    >>> list(document_records(cursor('{"7": {"likes": 1}, "9": {"likes": 2}}'), "."))
    [('7', {'likes': 1}), ('9', {'likes': 2})]
    """
    try:
        while opening := cursor.peek():
            if records and records != WHOLE_DOCUMENT:
                yield from _below(cursor, records)
            elif records or opening == "[":
                yield from _held(cursor, records)
            else:
                yield None, cursor.value()
    except RecursionError:
        cursor.refuse(TOO_DEEP)


def _below(cursor: TextCursor, name: str) -> Iterator[Record]:
    """Yield the records that a dotted name leads to from the value that begins here."""
    opening = cursor.peek()
    if opening == "[":
        for _ in cursor.elements():
            yield from _below(cursor, name)
    elif opening == "{":
        yield from _of_member(cursor, name)
    else:
        cursor.refuse(f"records {name!r} is looked for here, and here stands no object")


def _of_member(cursor: TextCursor, name: str) -> Iterator[Record]:
    head, _, rest = name.partition(".")
    found, others = set[str](), list[str]()
    for key in cursor.members():
        if key in found:
            cursor.refuse(f"the key {key!r} of records stands twice in one object")
        if key in (name, head):
            found.add(key)
            yield from _held(cursor, name) if key == name else _below(cursor, rest)
        else:
            others += [printable(key)] if len(others) < _MOST_LISTED else []
            cursor.skip()
    if not found:
        there = ", ".join(others) or "none"
        cursor.refuse(f"the object that ends here has no {head!r}, where records are looked for; keys there: {there}")


def _held(cursor: TextCursor, name: str) -> Iterator[Record]:
    """Yield the records of the list, or object by key, that begins here; null holds none."""
    opening = cursor.peek()
    if opening == "[":
        for _ in cursor.elements():
            yield None, cursor.value()
    elif opening == "{":
        for key in cursor.members():
            yield key, cursor.value()
    elif cursor.value() is not None:
        cursor.refuse(f"records {name!r} ends here, and is no list and no object that holds records by key")
