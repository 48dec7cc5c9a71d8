"""What is wrong with a text that is no JSON, and what helps: people write JavaScript, Python and comments for it."""

import json
import re

_BEGINNING = re.compile(r"[^\[{]{0,200}[\[{]")
# What stands where the decoder stopped, what may have been meant, in this order.
_WHAT_HELPS = (
    (re.compile(r"//|/\*|#"), "JSON has no comments, take them out"),
    (re.compile(r",?\s*[\]}]"), "take out the comma behind the last element"),
    (re.compile("'"), "texts stand in double quotes; Python writes them so by json.dumps, not by str or print"),
    (
        re.compile(r"(None|True|False|undefined)\b"),
        "it is null, true or false in JSON; Python writes it so by json.dumps",
    ),
    (re.compile(r"[A-Za-z_$][\w$]*\s*:"), "names stand in double quotes"),
    (re.compile(r"0[\dxX]|[+.]\d"), "numbers begin with another digit than 0, or are texts in double quotes"),
    (re.compile(","), "put [ in front of the first object and ] behind the last, or take out the commas between them"),
)
_BY_COMPLAINT = {
    "Invalid control character": "write it in a text as an escape, such as \\n or \\t",
    "Invalid \\escape": "write a backslash in a text twice",
}


def no_json(error: json.JSONDecodeError) -> str:
    """Return what is wrong with a value, without the place, as Python's decoder says it."""
    return f"this is no JSON: {error.msg.removesuffix(' at').removesuffix(': ')}"


def is_cut_off(error: json.JSONDecodeError) -> bool:
    """Say whether the text ended before the value did."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc.rstrip())


def what_helps(error: json.JSONDecodeError) -> str:
    r"""Return what to do about a value that is no JSON; empty if nobody knows.

    Examples
    --------
    >>> for text in ("{'pin': 7}", '{"pin": None}', '[7] // seven', 'pins = [7]', '{"pin": "a\tb"}'):
    ...     try:
    ...         json.loads(text)
    ...     except json.JSONDecodeError as error:
    ...         print(what_helps(error))
    texts stand in double quotes; Python writes them so by json.dumps, not by str or print
    it is null, true or false in JSON; Python writes it so by json.dumps
    JSON has no comments, take them out
    take out what stands before the first [ or {
    write it in a text as an escape, such as \n or \t
    """
    by_complaint = next((helps for said, helps in _BY_COMPLAINT.items() if error.msg.startswith(said)), "")
    if by_complaint:
        return by_complaint
    for stands_there, helps in _WHAT_HELPS:
        if stands_there.match(error.doc, error.pos):
            return helps
    is_begun = error.doc[: error.pos].strip()
    return "" if is_begun or not _BEGINNING.match(error.doc) else "take out what stands before the first [ or {"
