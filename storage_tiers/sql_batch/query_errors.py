"""What DuckDB says against a query, in one line: where in the query, what is wrong there, and what there is instead."""

import difflib
import re
from collections.abc import Sequence

from storage_tiers.errors import DatasetError

_MOST_CHARACTERS = 600  # of DuckDB's words, which may list every form of a function
_KIND = re.compile(r"[A-Z][\w ]* Error: ")
_EXCERPT = re.compile(r"\n\s*LINE (\d+): (.*)\n( *)\^")
_NO_TABLE = re.compile(r'Table with name "?(.+?)"? does not exist')
_NO_ACCESS = re.compile(r'Cannot access (?:file|directory) "(.*)" - file system operations')
_TRACE = " Detail: Python exception"  # how Arrow begins to tell of an exception in what it reads from
_CUT = "..."
_NO_ROOM_ASIDE = "Out of Memory Error: failed to offload"
_ADVICE = re.compile(
    r"\n\s*(?:This limit was set by|You can adjust|Possible solutions:).*", re.DOTALL
)  # all refused here


class NoRoomAsideError(DatasetError):
    """A query needs more of the disk, beside its memory, than it may have or than is there."""


def query_error(error: Exception | str, query: str, tables: Sequence[str], views: Sequence[str] = ()) -> DatasetError:
    """Return what was raised about a query as an error of ours.

    Parameters
    ----------
    error
        What DuckDB raised, or its text as it came through Arrow.
    query
        The query, in which its place is told by line and column.
    tables
        The names that an error lists.
    views
        All names that a query may use, those of every version among them.
    """
    text = str(error)
    where, words = place_in(text, query), _words(text)
    if _NO_ROOM_ASIDE in text:
        problem = f"it needs more of the disk, beside its memory, than it may have: {words}"
        remedy = "ask for less at once, or let TMPDIR name a folder with more room"
        return NoRoomAsideError(problem, where=where, remedy=remedy)
    if denied := _NO_ACCESS.search(text):
        return DatasetError(
            f"it would read {denied[1]}", where=where, remedy="a query reads the published datasets and no other file"
        )
    if missing := _NO_TABLE.search(words):
        near = difflib.get_close_matches(missing[1], [*tables, *views], n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        return DatasetError(f"there is no table {missing[1]}", where=where, remedy=f"{meant}{tables_there(tables)}")
    return DatasetError(words, where=where)


def tables_there(tables: Sequence[str]) -> str:
    """Return the words for which tables a query may name."""
    return f"tables there: {', '.join(tables)}; SHOW TABLES lists those of every version as well"


def place_in(text: str, query: str) -> str:
    r"""Return where in a query DuckDB found something wrong: by the line that it shows, with a mark below.

    A long line is shown in part, with dots where it was cut; the column is told where that part stands once in it.

    Examples
    --------
    >>> place_in('Parser Error: syntax error at or near ","\n\nLINE 2: , 1\n        ^', "select 1\n, 1")
    'query, line 2, column 1'
    >>> place_in("Invalid Input Error: it is damaged", "select 1")
    'query'
    """
    found = _EXCERPT.search(text)
    if not found:
        return "query"
    number, excerpt = int(found[1]), found[2]
    offset = len(found[3]) - len(f"LINE {number}: ")
    lines = query.split("\n")
    line = lines[number - 1] if number <= len(lines) else ""
    is_cut = excerpt.startswith(_CUT) and not line.startswith(_CUT)
    bare = excerpt.removeprefix(_CUT).removesuffix(_CUT) if is_cut else ""
    if is_cut and line.count(bare) != 1:
        return f"query, line {number}"
    column = line.index(bare) + offset - len(_CUT) if is_cut else offset
    return f"query, line {number}, column {column + 1}"


def _words(text: str) -> str:
    """Return what DuckDB says, without the kind of error, the excerpt of the query, and line breaks."""
    said = _ADVICE.sub("", _EXCERPT.split(text.partition(_TRACE)[0])[0])
    said = " ".join(_KIND.sub("", said, count=1).split()) if _KIND.match(said) else " ".join(said.split())
    return said if len(said) <= _MOST_CHARACTERS else f"{said[:_MOST_CHARACTERS]} ..."
