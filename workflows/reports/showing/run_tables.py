"""The tables of a run report that tell of the run: what was made, loaded, checked and rejected, and what it took."""

from collections.abc import Sequence

from workflows.pages.cells import Cell, Column, Rows
from workflows.reports.showing.report_cells import Section, number, size, time_of

_DIGEST = 12  # characters that are shown; the JSON has all
_STATES = {
    "serves": ("serves it", "good"),
    "holds": ("holds it, serves another", "warn"),
    "lacks": ("doesn't hold it", "quiet"),
    "unknown": ("can't be asked", "bad"),
}


def dataset_table(made: Section) -> Rows:
    """Return what is published."""
    columns = [
        *(Column("dataset"), Column("variant"), number("iteration"), number("rows"), number("size")),
        *(
            number("parts"),
            Column("digest", meaning="the first digits; the JSON beside this page has all"),
            Column("made at", "UTC"),
        ),
    ]
    rows = [
        (
            *(one["dataset"], one["variant"], one["iteration"], one["rows"], size(one["bytes"]), one["parts"]),
            *(one["digest"][:_DIGEST], time_of(one["made_at"])),
        )
        for one in made["datasets"]
    ]
    return Rows("Datasets of this version", columns, rows)


def raw_table(made: Section) -> Rows:
    """Return which raw files were read."""
    columns = [Column("raw table"), number("files"), number("size"), Column("digest")]
    rows = [(one["table"], one["files"], size(one["bytes"]), one["digest"][:_DIGEST]) for one in made["raw_files"]]
    return Rows("Raw files that were read", columns, rows)


def tier_table(tiers: Section) -> Rows:
    """Return what each tier holds and serves."""
    columns = [Column("tier"), Column("dataset"), Column("state"), Column("serves"), number("rows"), number("size")]
    rows = []
    for one in tiers["states"]:
        words, kind = _STATES[one["state"]]
        state = Cell(one["state"], words=one["problem"] or one["left_out"] or words, kind=kind)
        rows.append((one["tier"], one["dataset"], state, one["current"], one["rows"], size(one["bytes"])))
    return Rows(
        "What each tier holds and serves",
        [*columns, Column("loaded at", "UTC")],
        [(*row, time_of(one["loaded_at"])) for row, one in zip(rows, tiers["states"], strict=True)],
    )


def check_table(checks: Section) -> Rows:
    """Return the checks, those that failed first."""
    columns = [Column("outcome"), Column("dataset"), Column("check"), Column("what was seen")]
    rows = []
    for one in checks["checks"]:
        failed = Cell("failed", words="failed", kind="bad") if one["level"] == "error" else None
        outcome = Cell("passed", kind="good") if one["passed"] else failed or Cell("warning", kind="warn")
        rows.append((outcome, one["dataset"], one["check"], one["detail"]))
    return Rows("Checks before publication", columns, rows, checks["n_checks"])


def reason_table(rejected: Section) -> Rows:
    """Return why rows were rejected."""
    columns = [Column("raw table"), Column("reason"), Column("meaning"), number("rows")]
    rows = [(one["table"], one["reason"], one["words"], one["rows"]) for one in rejected["reasons"]]
    return Rows("Rejected rows by reason", columns, rows, rejected["n_reasons"])


def rejected_row_table(rejected: Section) -> Rows:
    """Return the first few rows that were rejected for each reason."""
    columns = [Column("raw table"), Column("reason"), Column("key"), Column("the row")]
    rows = [
        (one["table"], one["reason"], None if example["key"] is None else str(example["key"]), example["content"])
        for one in rejected["reasons"]
        for example in one["examples"]
    ]
    return Rows("The first rejected rows of each reason", columns, rows)


def read_table(rejected: Section) -> Rows:
    """Return how many raw rows were read, accepted and rejected."""
    columns = [Column("raw table"), number("read", "rows"), number("accepted", "rows"), number("rejected", "rows")]
    columns += [number("board not there", "pins"), number("user not there", "rows")]
    names = ("read", "accepted", "rejected", "unknown_board_id", "unknown_user_id")
    rows = [(table, *(counts.get(name) for name in names)) for table, counts in rejected["tables"].items()]
    return Rows("Raw rows read", columns, rows)


def task_table(tasks: Section, names: Sequence[str]) -> Rows:
    """Return what each task took."""
    columns = [
        *(Column("task"), Column("outcome"), number("started", "s"), number("clock", "s"), number("CPU", "s")),
        *(number("peak memory"), number("read"), number("written"), number("rows made")),
    ]
    rows = [
        (
            *(name, Cell(one["outcome"], kind="good" if one["outcome"] == "done" else "bad"), one["start_s"]),
            *(one["wall_s"], one["cpu_s"]),
            *(size(one[key]) for key in ("peak_memory_bytes", "read_bytes", "written_bytes")),
            one["rows_out"],
        )
        for name, one in zip(names, tasks["tasks"], strict=True)
    ]
    return Rows("What each task took", columns, rows)


def failure_table(tasks: Section) -> Rows:
    """Return the attempts that failed, newest first."""
    columns = [Column("task"), number("iteration"), Column("outcome"), Column("began", "UTC"), Column("error")]
    rows = [
        (one["task"], one["iteration"], Cell(one["outcome"], kind="bad"), time_of(one["began"]), one["error"])
        for one in tasks["failures"]
    ]
    return Rows("Attempts that failed", columns, rows, tasks["n_failures"])
