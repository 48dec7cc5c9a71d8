"""The files of a folder that belong together: the parts of one table, as one folder or glob that an import reads.

Parts differ in numbers, dates and the like (``saves-2021-04.csv``, ``year=2021/part-0.parquet``), or have the same
columns and are named after the same thing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePath, PurePosixPath

from joins.raw.schemas import RAW_TABLES
from workflows.imports.inspecting.source_patterns import pattern_of, without_varying

_RAW_FOLDERS = tuple(table.name for table in RAW_TABLES)


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Files of one table: a path or glob below the root, and what it matches, sorted."""

    pattern: str
    paths: tuple[Path, ...]

    @property
    def n_bytes(self) -> int:
        """The size of its files together."""
        return sum(path.stat().st_size for path in self.paths)


def group_files(root: Path, paths: Sequence[Path]) -> list[SourceGroup]:
    """Group files whose paths differ in numbers alone; a file that belongs to no others is a group of its own.

    Of the dated snapshots of the raw layout only the newest counts: each is a whole one.
    """
    relative = [path.relative_to(root).as_posix() for path in _newest_snapshots(root, paths)]
    groups = []
    for _, names in groupby(sorted(relative, key=lambda name: (without_varying(name), name)), key=without_varying):
        groups += _groups_of(root, list(names))
    return sorted(groups, key=lambda group: group.pattern)


def raw_date(groups: Sequence[SourceGroup]) -> str:
    """Return the date of groups that are pins, boards and users in the raw layout; empty if they aren't.

    Examples
    --------
    >>> raw_date([SourceGroup(f"{name}/date=2026-11-20/0.parquet", ()) for name in ("pins", "boards", "users")])
    '2026-11-20'
    """
    found = dict(filter(None, (_dated(PurePosixPath(group.pattern)) for group in groups)))
    dates = set(found.values())
    return dates.pop().removeprefix("date=") if len(dates) == 1 and found.keys() == set(_RAW_FOLDERS) else ""


def merge_alike(root: Path, groups: Iterable[tuple[SourceGroup, object]]) -> list[SourceGroup]:
    """Merge groups that are alike, as the objects beside them say, where one glob matches them and nothing else."""
    merged: list[SourceGroup] = []
    ordered = sorted(groups, key=lambda pair: (repr(pair[1]), pair[0].pattern))
    for _, pairs in groupby(ordered, key=lambda pair: repr(pair[1])):
        alike = [group for group, _ in pairs]
        names = sorted(path.relative_to(root).as_posix() for group in alike for path in group.paths)
        pattern = pattern_of(root, names) if len(alike) > 1 else ""
        if pattern:
            alike = [SourceGroup(pattern, tuple(root / name for name in names))]
        merged += alike
    return sorted(merged, key=lambda group: group.pattern)


def _groups_of(root: Path, names: list[str]) -> list[SourceGroup]:
    # The raw layout's snapshots keep their paths, by which they are known.
    pattern = pattern_of(root, names, allow_folder=_dated(PurePosixPath(names[0])) is None)
    if pattern:
        return [SourceGroup(pattern, tuple(root / name for name in names))]
    return [SourceGroup(name, (root / name,)) for name in names]


def _newest_snapshots(root: Path, paths: Sequence[Path]) -> list[Path]:
    """Return paths without those of the raw layout's older snapshots."""
    newest: dict[str, str] = {}
    dated = {path: _dated(path.relative_to(root)) for path in paths}
    for table, date in filter(None, dated.values()):
        newest[table] = max(newest.get(table, ""), date)
    return [path for path, found in dated.items() if found is None or newest[found[0]] == found[1]]


def _dated(path: PurePath) -> tuple[str, str] | None:
    parts = path.parts
    is_raw = len(parts) == 3 and parts[0] in _RAW_FOLDERS and parts[1].startswith("date=")  # noqa: PLR2004 - table, date, file
    return (parts[0], parts[1]) if is_raw else None
