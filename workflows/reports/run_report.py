"""The report of a run as plain data: everything that its page shows, and its JSON twin.

It is made from manifests, records, tiers and a few narrow columns, part after part, so that a day of a million pins
takes a second or two and little memory. Nothing in it depends on when it is made but what tiers hold then.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from joins.uri_secrets import without_secrets
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.catalog import BOARDS
from workflows.reports.gathering.category_report import category_report
from workflows.reports.gathering.change_report import change_report
from workflows.reports.gathering.day_versions import DayVersions, day_versions
from workflows.reports.gathering.group_sizes import chain_report, group_sizes
from workflows.reports.gathering.made_report import check_report, made_report
from workflows.reports.gathering.picture_report import picture_report
from workflows.reports.gathering.plain import Plain, all_bounded, bounded, section
from workflows.reports.gathering.rank_report import rank_report
from workflows.reports.gathering.rejected_report import rejected_report
from workflows.reports.gathering.task_report import task_report
from workflows.reports.gathering.tier_report import tier_report

SCHEMA_VERSION = 1  # of the JSON; fields may be added under the same one
SECTIONS = {
    "made": made_report,
    "checks": check_report,
    "tiers": tier_report,
    "ranks": rank_report,
    "sizes": group_sizes,
    "chains": chain_report,
    "categories": category_report,
    "pictures": picture_report,
    "changes": change_report,
    "rejected": rejected_report,
    "tasks": task_report,
}
_MOST_NAME = 80  # characters of a board's name


def run_report(root: Root, version: Version) -> Plain:
    """Gather the report of a version.

    Parameters
    ----------
    root
        The output, on disk or in a store.
    version
        Date and iteration; see `workflows.reports.gathering.day_versions.asked_report`.

    Returns
    -------
    dict
        By section; one that can't be told has ``missing``, a sentence why. All of it is JSON.
    """
    day = day_versions(root, version)
    sections = {name: section(partial(gather, day)) for name, gather in SECTIONS.items()}
    report = {
        "schema_version": SCHEMA_VERSION,
        "date": version.date.isoformat(),
        "iteration": version.iteration,
        "base": day.base,
        "output": without_secrets(str(root.absolute())),
        **sections,
        "board_names": section(partial(board_names, day, sections)),
    }
    return cast("Plain", all_bounded(report))  # a category or a name of a dataset may have any length


def board_names(day: DayVersions, sections: Mapping[str, object]) -> Plain:
    """Return the names of the boards that sections tell of, by their ids as texts, as JSON has them."""
    wanted = sorted(set(_board_ids(sections)))
    if not wanted or day.manifest(BOARDS.name) is None:
        return {}
    ids, names = pa.array(wanted, pa.int64()), dict[str, object]()
    for part in day.parts(BOARDS.name, ["board_id", "name"]):
        for row in part.filter(pc.is_in(part["board_id"], ids)).to_pylist():
            if row["name"]:
                names[str(row["board_id"])] = bounded(row["name"], _MOST_NAME)
    return names


def _board_ids(sections: Mapping[str, object]) -> Iterator[int]:
    """Yield the ids of all boards that are told of."""
    ranks, categories, changes = (cast("Plain", sections[name]) for name in ("ranks", "categories", "changes"))
    graph = cast("dict[str, int]", ranks.get("graph", {}))
    yield from (graph[name] for name in ("most_saved_from", "most_saving") if name in graph)
    for rows in (ranks.get("top", []), categories.get("examples", [])):
        yield from (int(cast("int", row["board_id"])) for row in cast("list[Plain]", rows))
    boards = cast("Plain", cast("Plain", changes.get("compared", {})).get("boards", {}))
    for rows in (boards.get("moved_by_places", []), boards.get("moved_by_category", [])):
        yield from (int(cast("int", row["key"])) for row in cast("list[Plain]", rows))
