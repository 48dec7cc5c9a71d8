"""Parse the TOML of a mapping; what people write in its place is shown with its line, and with what helps."""

import re
import tomllib
from collections.abc import Mapping

from joins.errors import MappingError

_PLACE = re.compile(r"at line (\d+), column (\d+)")
_LONGEST_SHOWN = 60  # characters of a line
_CURLY_QUOTES = re.compile("[\u2018-\u201f\u00ab\u00bb]")
_ODD_BLANKS = re.compile("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")
# What the line holds, and what the parser's complaint begins with; the first that fits helps.
_WHAT_HELPS = (
    (_CURLY_QUOTES, "", 'write straight quotes: "'),
    (_ODD_BLANKS, "", "write a plain blank in place of the other white space in that line"),
    (re.compile(r"\\"), "Unescaped", "write / between folders; in double quotes a backslash is \\\\"),
    (re.compile(r"=\s*(True|False)\b"), "Invalid value", "write true or false in small letters"),
    (re.compile("="), "Invalid value", "texts stand in double quotes"),
    (
        re.compile(r"\{[^}]*$"),
        "",
        "what stands in { } stands in one line; longer ones are written as [a.table] of their own",
    ),
    (re.compile(":"), "Expected '='", "TOML has = between a key and its value"),
    (re.compile("="), "Cannot overwrite", "that key is there twice; leave one of them"),
    (re.compile(r"^\s*[{<]"), "Invalid statement", "write a mapping in TOML, such as 'interest-graph inspect' makes"),
)


def parse_toml(text: str, file: str) -> Mapping[str, object]:
    r"""Return the tables of a TOML text; ``file`` is its name, for messages.

    Raises
    ------
    MappingError
        If it is no TOML; it shows the line.

    Examples
    --------
    >>> parse_toml('[pins]\nsource = "pins.csv"', "shop.toml")
    {'pins': {'source': 'pins.csv'}}
    >>> parse_toml("a = pins", "shop.toml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    joins.errors.MappingError: shop.toml is no TOML: Invalid value (at line 1, column 5): 'a = pins'; texts stand in ...
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of a thousand digits, brackets in brackets without end
        place = _PLACE.search(str(error))
        line = text.split("\n")[int(place[1]) - 1] if place else text.rstrip().rpartition("\n")[2]
        helps = (
            remedy
            for found, complaint, remedy in _WHAT_HELPS
            if found.search(line) and str(error).startswith(complaint)
        )
        shown = f": {line[:_LONGEST_SHOWN]!r}" if line.strip() else ""
        raise MappingError(f"{file} is no TOML: {error}{shown}", remedy=next(helps, "")) from error
