"""Which files a source of an import means: a path, a folder or a glob below the folder that sources lie in.

Hidden, temporary and marker files count only if the mapping names them. Links to folders are followed, and a file that
is reached in two ways is read once.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import Path
from typing import Final, Literal

from joins.errors import SourceError
from joins.raw.file_names import (
    ICEBERG_FOLDER,
    MAGIC_BYTES,
    PARQUET_ENDINGS,
    READ_THE_TABLE,
    begins_as_parquet,
    format_of_log,
    holds_deleted,
    is_hidden,
    may_be_parquet,
)

Kind = Literal["CSV", "JSON", "Parquet"]

_PACKED = ("", ".gz", ".bz2", ".zst", ".lz4")
CSV_ENDINGS: Final = tuple(f"{ending}{packed}" for ending in (".csv", ".tsv", ".tab", ".txt") for packed in _PACKED)
JSON_ENDINGS: Final = tuple(f"{ending}{packed}" for ending in (".json", ".ndjson", ".jsonl") for packed in _PACKED)
SUFFIXES: Final = (*PARQUET_ENDINGS, *CSV_ENDINGS, *JSON_ENDINGS)
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files that a source means, at least one, by path, and what people should know of the others."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...]
    are_named: bool  # whether the source names the one file


def find_files(root: Path, source: str) -> FoundFiles:
    """Find the files of a source.

    Raises
    ------
    SourceError
        If there is none, or a folder can't be listed; it says what is there.
    """
    if Path(source).is_absolute():
        raise SourceError(f"source {source!r} is absolute", remedy=f"write it relative to the source root, {root}")
    if "\0" in source:
        raise SourceError(f"source {source!r} holds a NUL, as no path does")
    literal = root / source
    if literal.is_file():
        _refuse_tables_with_logs((literal,), root)
        return FoundFiles((literal,), (), are_named=True)
    wanted = (*Path(source).parts, "**") if literal.is_dir() else Path(source).parts
    there, passed_over = _matching(root, wanted)
    if not there:
        others = f"; passed over: {listed(passed_over)}" if passed_over else ""
        problem = f"no file matches source {source!r} below {root}{others}"
        there_are = _data_below(root)
        raise SourceError(problem, remedy=f"files there: {listed(there_are)}{_hint(source, there_are, passed_over)}")
    once = {os.path.realpath(path): path for path in reversed(there)}
    paths = tuple(sorted(once.values()))
    _refuse_tables_with_logs(paths, root)
    notes = []
    if literal.is_dir():
        notes.append(f"{source} is a folder; files read from it: {len(paths):,}")
    if passed_over:
        notes.append(f"{source}: passed over as hidden, temporary or a folder: {listed(passed_over)}")
    if len(there) > len(paths):
        twice = sorted(path.relative_to(root).as_posix() for path in set(there) - set(paths))
        notes.append(f"{source}: passed over as links to files that are read: {listed(twice)}")
    return FoundFiles(paths, tuple(notes), are_named=False)


def kind_of(path: Path) -> Kind | None:
    """Return what a file is by its name, or else whether it begins as Parquet; None if neither tells."""
    name = path.name.lower()
    if may_be_parquet(name):
        return "Parquet"
    if name.endswith(JSON_ENDINGS):
        return "JSON"
    if name.endswith(CSV_ENDINGS):
        return "CSV"
    with path.open("rb") as file:
        return "Parquet" if begins_as_parquet(file.read(MAGIC_BYTES)) else None


def listed(names: Sequence[str]) -> str:
    """Return the first of many names, as one text."""
    more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    return (", ".join(map(str, names[:_MOST_LISTED])) or "none") + more


def _matching(root: Path, wanted: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return the files that fit, and the names of what was passed over though it looks like data."""
    n_named = next((place for place, part in enumerate(wanted) if has_magic(part)), len(wanted))
    base, patterns = root.joinpath(*wanted[:n_named]), tuple(wanted[n_named:])
    asked_for = tuple(pattern for pattern in patterns if is_hidden(re.sub(r"\[.*?\]|[*?]", "x", pattern)))
    deepest = None if "**" in patterns else len(patterns)
    there, passed_over = [], []
    for path in _below(base, deepest, asked_for):
        names = path.relative_to(base).parts
        name = path.relative_to(root).as_posix()
        counts, fits = _counts(path.name, asked_for), _fits(names, patterns)
        if path.is_dir():
            is_left_out = not counts and (deepest is None or len(names) < deepest)
            # Spark calls a folder pins.csv; `**` looks into it, other patterns don't
            if is_left_out or (counts and fits and deepest is not None and _looks_like_data(path.name)):
                passed_over.append(f"{name}/")
        elif fits and counts:
            _refuse_dead_link(path)
            there.extend([path] if path.is_file() else [])
        elif fits and _looks_like_data(path.name):
            passed_over.append(name)
    return there, sorted(passed_over)


def _refuse_tables_with_logs(paths: Sequence[Path], root: Path) -> None:
    """Raise SourceError if Parquet files are those of a table format that keeps a log, there or in a folder above."""
    tables = [path for path in paths if kind_of(path) == "Parquet"]
    folders = sorted({folder for path in tables for folder in path.parents if folder.is_relative_to(root)})
    for folder in folders:
        metadata = folder / ICEBERG_FOLDER
        beside = [*folder.iterdir(), *(metadata.iterdir() if metadata.is_dir() else ())]
        for name in (path.name for path in beside):
            if table_format := format_of_log(name):
                raise SourceError(holds_deleted(name, table_format), where=str(folder), remedy=READ_THE_TABLE)


def _refuse_dead_link(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        remedy = "bring the file back, or remove the link"
        raise SourceError(f"it is a link to {path.readlink()}, which isn't there", where=path.name, remedy=remedy)


def _below(base: Path, deepest: int | None, asked_for: Sequence[str]) -> Iterator[Path]:
    """Yield the files and folders below one, without what lies in hidden folders."""
    seen = set()
    for folder, folders, files in os.walk(base, onerror=_refuse_folder, followlinks=True):
        here = Path(folder)
        yield from (here / name for name in (*files, *folders))
        depth = len(here.relative_to(base).parts) + 1
        # a link may lead back to a folder above it
        seen.add(os.path.realpath(here))
        folders[:] = [
            name
            for name in sorted(folders)
            if _counts(name, asked_for)
            and (deepest is None or depth < deepest)
            and os.path.realpath(here / name) not in seen
        ]


def _refuse_folder(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise SourceError(f"the folder can't be listed: {error.strerror}", where=str(error.filename)) from error


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    if not patterns or not names:
        return not names and not patterns
    if patterns[0] == "**":
        return len(patterns) == 1 or _fits(names, patterns[1:]) or _fits(names[1:], patterns)
    return fnmatchcase(names[0], patterns[0]) and _fits(names[1:], patterns[1:])


def _counts(name: str, asked_for: Sequence[str]) -> bool:
    return not is_hidden(name) or any(fnmatchcase(name, pattern) for pattern in asked_for)


def _looks_like_data(name: str) -> bool:
    return any(ending in name.lower() for ending in SUFFIXES) and not name.endswith(".crc")  # Hadoop's checksums


def _data_below(root: Path) -> list[str]:
    if not root.is_dir():
        return [f"none, {root} is no folder"]
    paths = (path for path in _below(root, None, ()) if _counts(path.name, ()))
    return sorted(
        path.relative_to(root).as_posix()
        for path in paths
        if path.name.lower().endswith(SUFFIXES) and not path.is_dir()
    )


def _hint(source: str, there: Sequence[str], passed_over: Sequence[str]) -> str:
    """Say what may be meant by a source that no file matches."""
    with_slashes = source.replace("\\", "/").strip().casefold()
    alike = [name for name in there if name.casefold() == with_slashes]
    if alike:
        return f"; write {alike[0]!r}"
    if source.startswith(("~", "$", "file:")) or "://" in source or re.match(r"[A-Za-z]:", source):
        return "; a source is a path below the folder that the command is given, with / between folders"
    if re.search(r"[\\\t\n\r\f\b]", source):  # in double quotes "a\new" holds a line end
        return "; write / between folders"
    if re.search(r"\{.*,.*\}", source):
        return "; a glob knows *, ?, [ab] and ** alone"
    folders = [name for name in passed_over if name.endswith("/")]
    return f"; to read the files of a folder such as {folders[0]} write /** behind it" if folders else ""
