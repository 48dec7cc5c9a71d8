"""Which columns of a source a sample can have: those that a mapping can name, and whose values can be read.

A JSON record may have an object, a list or nothing under the same key. The values inside the object are sampled, the
key itself is not. A key that is a text in one record and an object in another has no column that an import could read.
"""

from collections.abc import Sequence

from joins.errors import SourceError
from workflows.imports.source_files import SourceFiles
from workflows.imports.source_paths import kind_of


def usable_columns(files: SourceFiles) -> list[str]:
    """Return the columns that a mapping can name: those with a name that stands once, and nothing below it."""
    names = files.columns()
    named = [name for name in names if name and names.count(name) == 1]
    if kind_of(files.paths[0]) != "JSON":
        return named
    above = {name[:place] for name in named for place, sign in enumerate(name) if sign == "."}
    return [name for name in named if name not in above]


def readable_columns(files: SourceFiles, columns: Sequence[str], n_rows: int) -> list[str]:
    """Return the columns of one file whose first values can be read; of other kinds than JSON, all of them.

    What is wrong with the file rather than with a column is told when its rows are read.
    """
    if kind_of(files.paths[0]) != "JSON" or not _can_be_read(files, [], n_rows):
        return list(columns)
    there = set(files.columns())
    own = [name for name in columns if name in there]
    return _readable(files, own, n_rows)


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
        for read in files.read(columns):
            left -= len(read.batch)
            if left <= 0:
                break
    except SourceError:
        return False
    return True
