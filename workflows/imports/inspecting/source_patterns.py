"""How a mapping names the files of one table: their folder, or a glob that the next export fits as well.

Whatever varies from export to export is a star: numbers, dates, UUIDs, hashes, values of partitions. A pattern counts
only if it matches the files that are meant and no others.
"""

import re
from collections.abc import Iterator, Sequence
from glob import escape
from itertools import takewhile
from pathlib import Path, PurePosixPath

from workflows.imports.source_paths import find_files

_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_VARYING = re.compile(rf"{_UUID}|(?<==)[^/]+|\d{{4}}-\d\d(?:-\d\d)?|(?=[a-f]*\d)[0-9a-f]{{8,}}|\d+", re.IGNORECASE)
_NEW_EACH_TIME = re.compile(rf"{_UUID}|^part-\d+|^\d{{6}}_\d+|=", re.IGNORECASE)  # names that Spark and Hive give


def without_varying(name: str) -> str:
    """Return a path with a star for all that varies from part to part.

    Examples
    --------
    >>> without_varying("dt=2026-11-19/part-00000-0f0e0d0c-1111-4222-8333-abcdefabcdef-c000.snappy.parquet")
    'dt=*/part-*-*-c*.snappy.parquet'
    """
    return _VARYING.sub("*", name)


def pattern_of(root: Path, names: Sequence[str], *, allow_folder: bool = True) -> str:
    """Return the most general pattern that matches these paths below a root alone; empty if none does."""
    candidates = [*(_folders(names) if allow_folder else ()), *_globs(names)]
    return next((one for one in candidates if _matches(root, one) == sorted(names)), "")


def _matches(root: Path, pattern: str) -> list[str]:
    """Return what an import would read by a pattern."""
    return sorted(path.relative_to(root).as_posix() for path in find_files(root, pattern).paths)


def _folders(names: Sequence[str]) -> Iterator[str]:
    """Yield the folder of all paths, if it has one of its own, without partitions; of a file by hand, none."""
    parts = [PurePosixPath(name).parts for name in names]
    if len(names) == 1 and not any(_NEW_EACH_TIME.search(part) for part in parts[0]):
        return
    shared = takewhile(lambda level: len(set(level)) == 1, zip(*(path[:-1] for path in parts), strict=False))
    folder = list(takewhile(lambda part: "=" not in part, (level[0] for level in shared)))
    if folder:
        yield "/".join(folder)


def _globs(names: Sequence[str]) -> Iterator[str]:
    """Yield globs for paths of equal depth, those that match more before those that match less; one path as it is."""
    if len(names) == 1:
        yield names[0]
        return
    if len({len(PurePosixPath(name).parts) for name in names}) != 1:
        return
    levels = [sorted(set(level)) for level in zip(*(PurePosixPath(name).parts for name in names), strict=True)]
    yield "/".join(_starred(words) for words in levels)
    yield "/".join(_tight(words) for words in levels)


def _starred(words: Sequence[str]) -> str:
    """Return a glob with a star for each part that differs.

    Examples
    --------
    >>> _starred(["v2-pins-2021-04.csv", "v2-pins-2021-05.csv"])
    'v2-pins-*.csv'
    """
    found = [list(_VARYING.finditer(word)) for word in words]
    if len(words) == 1 or len({without_varying(word) for word in words}) != 1:
        return _tight(words)
    first, end, glob = words[0], 0, ""
    for place, match in enumerate(found[0]):
        same = len({one[place].group() for one in found}) == 1
        glob += escape(first[end : match.start()]) + (escape(match.group()) if same else "*")
        end = match.end()
    return glob + escape(first[end:])


def _tight(words: Sequence[str]) -> str:
    if len(words) == 1:
        return escape(words[0])
    front = _common(words)
    back = _common([word[len(front) :][::-1] for word in words])[::-1]
    return f"{escape(front)}*{escape(back)}"


def _common(words: Sequence[str]) -> str:
    """Return the letters that all words begin with; to compare the first and the last in order is enough."""
    pairs = zip(min(words), max(words), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
