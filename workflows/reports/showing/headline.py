"""The beginning of a run report: what a reader must know first, in facts and sentences."""

from collections.abc import Iterator
from typing import Any

from workflows.pages.cells import Cell
from workflows.pages.words import count, duration, n_bytes, significant
from workflows.pages.words import share as in_percent

Report = dict[str, Any]
Notice = tuple[str, str]  # its kind, and the sentence
_MOST_NAMED = 3
_DOUBTFUL_SHARE = 0.01  # of rejected rows, above which it stands at the top
_MANY_GONE = 0.2  # of the boards, pictures or users of the date before


def facts(report: Report) -> list[tuple[str, object]]:
    """Return the numbers at the top: names and values."""
    return [*_of_data(report), *_of_learning(report), *_of_run(report)]


def notices(report: Report) -> Iterator[Notice]:
    """Yield the sentences at the top: what is wrong, what to look at, or that all is well."""
    found = [*_on_versions(report), *_on_checks(report), *_on_ranks(report), *_on_tiers(report), *_on_rows(report)]
    found += [*_on_keys(report), *_on_tasks(report)]
    yield from found
    if not found:
        n_checks = report["checks"].get("n_checks", 0)
        yield (
            "good",
            f"{count(n_checks, 'check')} passed, the ranks are proved, and what is loaded serves this version.",
        )


def _of_data(report: Report) -> Iterator[tuple[str, object]]:
    tables = report["rejected"].get("tables", {})
    for table in ("pins", "boards", "users"):
        if table in tables:
            yield f"{table} accepted", tables[table].get("accepted")
    pictures = report["sizes"].get("pictures")
    if pictures:
        yield "pictures", pictures["n"]
    read = sum(one.get("read", 0) for one in tables.values())
    rejected = sum(one.get("rejected", 0) for one in tables.values())
    if tables:
        yield "raw rows rejected", Cell(rejected, words=f"{rejected:,} ({in_percent(rejected, read)})")


def _of_learning(report: Report) -> Iterator[tuple[str, object]]:
    settled = report["ranks"].get("settled")
    if settled:
        bound = settled[-1]["error_bound"]
        yield "PageRank's proved error", Cell(bound, words=f"{significant(bound, 2)} of 1")
    categories = report["categories"]
    if categories.get("n_changed") is not None:
        n_changed, n_labelled = categories["n_changed"], categories["n_labelled"]
        part = f" ({in_percent(n_changed, n_labelled)})" if n_labelled else ""
        yield "categories corrected", Cell(n_changed, words=f"{n_changed:,}{part}")
        yield "categories filled in", categories["n_filled"]


def _of_run(report: Report) -> Iterator[tuple[str, object]]:
    datasets, tasks = report["made"].get("datasets", []), report["tasks"]
    total = sum(one["bytes"] for one in datasets)
    yield "published", Cell(total, words=f"{count(len(datasets), 'dataset')}, {n_bytes(total)}")
    if "missing" not in tasks:
        yield "run took", Cell(tasks["wall_s"], words=f"{duration(tasks['wall_s'])}, {duration(tasks['cpu_s'])} of CPU")
        yield "peak memory", Cell(tasks["peak_memory_bytes"], words=n_bytes(tasks["peak_memory_bytes"]))


def _on_versions(report: Report) -> Iterator[Notice]:
    for problem in report["made"].get("unreadable", []):
        yield "bad", problem
    names = {one["dataset"] for one in report["made"].get("datasets", [])}
    if "board_features" in names and "board_joins" not in names:
        yield "note", "This iteration was learned from and not joined: the joins are made of the last one of a run."


def _on_checks(report: Report) -> Iterator[Notice]:
    failed = [one for one in report["checks"].get("checks", []) if not one["passed"]]
    for one in failed[:_MOST_NAMED]:
        yield "warn", f"{one['dataset']}: the check {one['check']} warns: {one['detail']}"
    if failed[_MOST_NAMED:]:
        yield "warn", f"{count(len(failed) - _MOST_NAMED, 'more check')} warn; see the checks below."


def _on_ranks(report: Report) -> Iterator[Notice]:
    for one in report["ranks"].get("settled", []):
        if one["is_proved"] is False:
            yield (
                "bad",
                f"The ranks of iteration {one['iteration']} are not proved to the tolerance that was asked for.",
            )


def _on_tiers(report: Report) -> Iterator[Notice]:
    states = report["tiers"].get("states", [])
    for one in [one for one in states if one["state"] == "unknown"][:_MOST_NAMED]:
        yield "bad", f"{one['tier']} {one['dataset']}: {one['problem']}".replace("  ", " ")
    others: dict[str, set[str]] = {}
    for one in states:
        if one["state"] == "holds":
            others.setdefault(one["current"] or "none", set()).add(one["tier"])
    for current, tiers in sorted(others.items()):
        yield "note", f"Another version serves, {current}, in: {', '.join(sorted(tiers))}."


def _on_rows(report: Report) -> Iterator[Notice]:
    for table, counts in report["rejected"].get("tables", {}).items():
        read, rejected = counts.get("read", 0), counts.get("rejected", 0)
        if read and rejected / read > _DOUBTFUL_SHARE:
            yield "warn", f"{in_percent(rejected, read)} of the raw {table} were rejected; the reasons stand below."


def _on_keys(report: Report) -> Iterator[Notice]:
    before = report["changes"].get("before", {}).get("date")
    for kind, one in report["changes"].get("compared", {}).items():
        n_before, n_gone = one["rows_before"], one["keys_gone"]
        if n_before and n_gone / n_before > _MANY_GONE:
            share = in_percent(n_gone, n_before)
            yield "warn", f"{n_gone:,} of the {n_before:,} {kind} of {before} ({share}) are gone; is the input whole?"


def _on_tasks(report: Report) -> Iterator[Notice]:
    failures = report["tasks"].get("n_failures", 0)
    if failures:
        yield (
            "note",
            f"{count(failures, 'attempt')} at tasks failed before this version was made; they are listed below.",
        )
