"""What was read off the raw input, what was rejected and why, with a few of the rejected rows."""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers.versioned.datasets import Dataset
from workflows.catalog import BOARDS, FACTS, REJECTED_ROWS, USERS
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import Plain, bounded, missing

TABLES = {"pins": FACTS.name, "boards": BOARDS.name, "users": USERS.name}
N_EXAMPLES = 3  # of each reason
MOST_REASONS = 60
_REJECTED = "rejected_"
_MOST_CONTENT = 400  # characters of a row

_WORDS = {
    "no_picture": "neither signature nor image",
    "image_signature_not_hex": "a signature of other characters than hexadecimal digits",
    "duplicate_identical": "a further copy of an accepted row; harmless",
    "duplicate_conflicting": "rows of one id that differ; all of them",
}
_ENDINGS = {
    "_not_utf8": "the text of {} is no UTF-8",
    "_not_an_integer": "{} is no whole number of 64 bits",
    "_not_a_time": "{} is no time of ISO 8601, or no day of the calendar",
    "_is_null": "{} is missing",
    "_out_of_range": "{} lies outside the years 1 to 9999; often another unit than milliseconds",
}


def rejected_report(day: DayVersions) -> Plain:
    """Return what was read, accepted and rejected, by reason, with examples."""
    tables: dict[str, object] = {}
    for table, name in TABLES.items():
        manifest = day.manifest(name)
        if manifest is not None:
            tables[table] = counted(manifest.counts)
    if not tables:
        return missing(f"No raw input of {day.version} is read yet.")
    reasons = reasons_of(day.dataset(REJECTED_ROWS.name)) if day.manifest(REJECTED_ROWS.name) else []
    return {"tables": tables, "reasons": reasons[:MOST_REASONS], "n_reasons": len(reasons)}


def counted(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows were read, accepted and rejected, and how many name what isn't there.

    Examples
    --------
    >>> counted({"read": 9, "accepted": 8, "rejected": 1, "rejected_no_picture": 1, "unknown_user_id": 2})
    {'read': 9, 'accepted': 8, 'rejected': 1, 'unknown_user_id': 2}
    """
    return {name: n for name, n in counts.items() if not name.startswith(_REJECTED)}


def words_of_reason(reason: str) -> str:
    """Return what a reason means; empty for one that is not known here.

    Examples
    --------
    >>> words_of_reason("board_id_is_null"), words_of_reason("image_truncated")
    ('board_id is missing', "its picture can't be hashed: truncated")
    """
    if reason in _WORDS:
        return _WORDS[reason]
    for ending, words in _ENDINGS.items():
        if reason.endswith(ending):
            return words.format(reason.removesuffix(ending))
    if reason.startswith("damaged_"):
        return f"the file's pages of {reason.removeprefix('damaged_')} can't be read"
    is_of_picture = reason.startswith("image_")
    return f"its picture can't be hashed: {reason.removeprefix('image_').replace('_', ' ')}" if is_of_picture else ""


def reasons_of(rejected: Dataset) -> list[Plain]:
    """Return the reasons that rows were set aside for, the most frequent first, each with its first few rows."""
    counts, examples = dict[tuple[str, str], int](), dict[tuple[str, str], list[Plain]]()
    for number, part in enumerate(rejected.iter_parts(["raw_table", "reason"])):
        wanted: list[int] = []
        for (table, reason), n, rows in _first_rows(part):
            lacking = N_EXAMPLES - len(examples.get((table, reason), []))
            counts[table, reason] = counts.get((table, reason), 0) + n
            wanted += rows[: max(0, lacking)]
        if wanted:
            _take_examples(rejected.reader()(number).take(pa.array(sorted(wanted))).to_pylist(), examples)
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [
        {
            "table": table,
            "reason": reason,
            "words": words_of_reason(reason),
            "rows": n,
            "examples": examples.get((table, reason), []),
        }
        for (table, reason), n in most
    ]


def _first_rows(part: pa.Table) -> Iterable[tuple[tuple[str, str], int, list[int]]]:
    """Yield each table and reason of a part with how many rows it has, and which rows are the first."""
    numbered = part.append_column("row", pa.array(range(len(part)), pa.int64()))
    for group in numbered.group_by(["raw_table", "reason"]).aggregate([([], "count_all")]).to_pylist():
        of_table = pc.equal(numbered["raw_table"], group["raw_table"])
        rows = numbered.filter(pc.and_(of_table, pc.equal(numbered["reason"], group["reason"])))["row"]
        yield (group["raw_table"], group["reason"]), group["count_all"], rows[:N_EXAMPLES].to_pylist()


def _take_examples(rows: Iterable[Plain], examples: dict[tuple[str, str], list[Plain]]) -> None:
    for row in rows:
        kept = examples.setdefault((str(row["raw_table"]), str(row["reason"])), [])
        if len(kept) < N_EXAMPLES:
            kept.append({"key": row["key"], "content": bounded(str(row["content"]), _MOST_CONTENT)})
