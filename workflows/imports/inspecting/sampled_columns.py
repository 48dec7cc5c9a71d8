"""Which columns of a source a sample can have: those that a mapping can name, and whose values can be read.

They are those of all files and, in JSON, of all records that are sampled: what is null at first may be filled later.
A JSON record may have an object, a list or nothing under the same key. The values inside the object are sampled, the
key itself is not. A key that is a text in one record and an object in another has no column that an import could read.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from joins.errors import DiscoveryError, SourceError
from workflows.imports.json_source import json_names
from workflows.imports.source_files import SourceFiles
from workflows.imports.source_paths import kind_of

READING_ERRORS = (DiscoveryError, OSError, EOFError, ValueError, zlib.error, pa.ArrowException)
_MOST_ROWS = 100_000
_MOST_CELLS = 2_000_000
_MOST_NAMES = 2_000  # of JSON records, where each may have keys of its own


@dataclass(frozen=True, slots=True)
class SampledColumns:
    """The columns of the sample of a source: those to be read of each file, in the order of the files."""

    of_files: tuple[tuple[str, ...], ...]
    n_rows: int  # that are read of each file
    unreadable: tuple[str, ...] = ()  # an object or a list in some records and something else in others
    lacking: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by column: the files without it; not for JSON


def sampled_columns(files: Sequence[SourceFiles]) -> SampledColumns:
    """Return the columns of the sample of a source, each of whose files is given alone.

    What is wrong with a file rather than with a column is told when its rows are read.
    """
    if kind_of(files[0].paths[0]) == "JSON":
        return _of_records(files)
    there = [_names_of_file(file) for file in files]
    names = _usable(there)
    # A file without a name is empty or can't be read, which reading any column of it tells.
    of_files = tuple(tuple(name for name in names if not own or name in own) for own in map(set, there))
    pairs = [(file.paths[0].name, set(own)) for file, own in zip(files, of_files, strict=True)]
    lacking = {name: tuple(file for file, own in pairs if name not in own) for name in names}
    lacking = {name: lacks for name, lacks in lacking.items() if lacks}
    return SampledColumns(of_files, _rows_each(len(names), len(files)), lacking=lacking)


def _of_records(files: Sequence[SourceFiles]) -> SampledColumns:
    there = [_names_of_records(file, len(files)) for file in files]
    names = _usable(there)
    above = {level for name in names for level in _levels_above(name)}
    names = [name for name in names if name not in above]
    n_rows = _rows_each(len(names), len(files))
    asked = [_asked(names, own) for own in there]
    unreadable = dict[str, None]()
    for file, columns in zip(files, asked, strict=True):
        if _can_be_read(file, [], n_rows):
            readable = set(_readable(file, columns, n_rows))
            unreadable |= dict.fromkeys(name for name in columns if name not in readable)
    of_files = tuple(tuple(name for name in columns if name not in unreadable) for columns in asked)
    return SampledColumns(of_files, n_rows, tuple(unreadable))


def _asked(names: Sequence[str], own: Sequence[str]) -> list[str]:
    """Return the names that a JSON file has, and those below what is null, empty or a text in all of its records.

    A file that has nothing of a name is no reason to refuse it, but says so when it is asked for it alone.
    """
    above = {level for name in own for level in _levels_above(name)}
    there = set(own)
    leaves = there - above
    return [name for name in names if name in there or not leaves.isdisjoint(_levels_above(name))]


def _levels_above(name: str) -> Iterator[str]:
    return (name[:place] for place, sign in enumerate(name) if sign == ".")


def _rows_each(n_columns: int, n_files: int) -> int:
    """Return how many rows of each file are read."""
    return max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, n_columns)) // n_files)


def _usable(there: Iterable[Sequence[str]]) -> list[str]:
    """Return the names that a mapping can use, of all files: those that stand in each file once at most."""
    names, twice = dict[str, None](), set[str]()
    for own in there:
        seen = set[str]()
        for name in own:
            (twice if name in seen else seen).add(name)
        names |= dict.fromkeys(own)
    return [name for name in names if name and name not in twice]


def _names_of_file(file: SourceFiles) -> Sequence[str]:
    try:
        return file.columns()
    except READING_ERRORS:
        return ()  # its rows are asked for all the same, and reading these tells what is wrong


def _names_of_records(file: SourceFiles, n_files: int) -> list[str]:
    """Return the names in the records of a JSON file that a sample has, to the end of their last block."""
    names, n_seen = dict[str, None](), 0
    try:
        for n_records, of_block in json_names(file.paths[0], file.form):
            for name in of_block:
                names[name] = None
                if len(names) >= _MOST_NAMES:
                    return list(names)
            n_seen += n_records
            if n_seen >= _rows_each(len(names), n_files):
                break
    except READING_ERRORS:
        pass  # reading its rows comes to the same place and tells what is wrong there
    return list(names)


def _readable(files: SourceFiles, columns: Sequence[str], n_rows: int) -> list[str]:
    """Return the readable ones, found by halves: a record or two spoil a column or two."""
    if not columns or _can_be_read(files, columns, n_rows):
        return list(columns)
    if len(columns) == 1:
        return []
    middle = len(columns) // 2
    return [*_readable(files, columns[:middle], n_rows), *_readable(files, columns[middle:], n_rows)]


def _can_be_read(files: SourceFiles, columns: Sequence[str], n_rows: int) -> bool:
    left = n_rows
    try:
        for read in files.read(columns, lambda _: None):
            left -= len(read.batch)
            if left <= 0:
                break
    except SourceError:
        return False
    return True
