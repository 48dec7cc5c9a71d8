"""What stands in front of a saved query or a data doc: a few lines of TOML between two lines ``+++``.

In a query each of these lines is a comment of SQL, so that the whole file is SQL. Only texts are written, and tables of
them. A file without such lines has no front matter, and is none the worse for that.
"""

import json
import tomllib
from collections.abc import Mapping

from joins.errors import DiscoveryError
from joins.shown_text import shown

Front = Mapping[str, object]  # texts, and tables of texts by name

_FENCE = "+++"
_DELETE = "\x7f"  # which JSON takes as it is, and TOML doesn't


class SavedFileError(DiscoveryError, ValueError):
    """A saved query or data doc can't be read as one, or not be saved as it is."""


def without_front(text: str, comment: str = "") -> tuple[Front, str]:
    r"""Return what stands in front of a text, and the rest of it.

    Parameters
    ----------
    text
        A whole file.
    comment
        What each line of the front begins with, ``"--"`` in SQL.

    Raises
    ------
    SavedFileError
        If the front isn't closed, or is no TOML.

    Examples
    --------
    >>> without_front('-- +++\n-- title = "Boards"\n-- +++\nSELECT 1\n', "--")
    ({'title': 'Boards'}, 'SELECT 1\n')
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if _bare(lines[0], comment) != _FENCE:
        return {}, "\n".join(lines)
    ends = [number for number, line in enumerate(lines[1:], 1) if _bare(line, comment) == _FENCE]
    if not ends:
        problem = f"what begins with {_FENCE} in its first line has no end"
        raise SavedFileError(problem, remedy=f"close it with a line {comment} {_FENCE}".replace("  ", " "))
    for number, line in enumerate(lines[1 : ends[0]], 2):
        if comment and not line.lstrip().startswith(comment):
            raise SavedFileError(
                f"it doesn't begin with {comment}", where=f"line {number}", remedy=f"put {comment} before"
            )
    head = "\n".join(_bare(line, comment, strip=False) for line in lines[1 : ends[0]])
    try:
        return tomllib.loads(head), "\n".join(lines[ends[0] + 1 :])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SavedFileError(f"its front is no TOML ({shown(str(error))})", remedy="write: title = 'a text'") from None


def with_front(front: Front, text: str, comment: str = "") -> str:
    """Return a text with a front before it; inverse of `without_front`. What is empty is left out.

    Examples
    --------
    >>> print(with_front({"title": "Boards", "parameters": {"n": {"type": "number"}}}, "SELECT 1", "--"))
    -- +++
    -- title = "Boards"
    -- [parameters.n]
    -- type = "number"
    -- +++
    SELECT 1
    """
    before = f"{comment} " if comment else ""
    lines = "\n".join([_FENCE, *_toml(front, ""), _FENCE]).split("\n")
    head = [f"{before}{line}".rstrip() for line in lines]
    return "\n".join([*head, text])


def _bare(line: str, comment: str, *, strip: bool = True) -> str:
    bare = line.lstrip().removeprefix(comment).removeprefix(" ") if comment else line
    return bare.strip() if strip else bare


def _toml(table: Front, path: str) -> list[str]:
    plain = [f"{key} = {_quoted(value)}" for key, value in table.items() if isinstance(value, str) and value]
    tables = [(f"{path}{key}", value) for key, value in table.items() if isinstance(value, Mapping) and value]
    inner = [line for name, value in tables for line in (_head(name, value), *_toml(value, f"{name}.")) if line]
    return plain + inner


def _head(name: str, table: Front) -> str:
    """Return the line that a table begins with; none where it holds tables alone."""
    return f"[{name}]" if any(isinstance(value, str) for value in table.values()) else ""


def _quoted(value: str) -> str:
    """Return a text as TOML writes it; one of several lines as such, so that a change of one line is one line."""
    lines = [json.dumps(line, ensure_ascii=False)[1:-1].replace(_DELETE, "\\u007f") for line in value.split("\n")]
    if len(lines) == 1 or _FENCE in value:  # a line of these would end the front
        return '"' + "\\n".join(lines) + '"'
    return '"""\n' + "\n".join(lines) + '"""'
