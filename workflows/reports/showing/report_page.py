"""The page of a run report: the HTML that its data makes, and nothing else."""

from collections.abc import Mapping
from typing import Any

from storage_tiers.versioned.versions import Version
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.templates import render
from workflows.reports.showing import board_charts, board_tables, run_tables, task_charts
from workflows.reports.showing.facts_of_sections import graph_facts, parameter_facts, parent_facts, picture_facts
from workflows.reports.showing.headline import facts, notices
from workflows.reports.showing.sentences import sentences_of

Report = dict[str, Any]

# In the order of the page: the name of a section in the report, and what it is called.
TITLES = {
    "changes": "What changed",
    "ranks": "Ranks",
    "sizes": "Sizes of groups",
    "chains": "Repin chains",
    "categories": "Categories",
    "pictures": "Same pictures",
    "rejected": "Rejected rows",
    "checks": "Checks",
    "made": "Datasets",
    "tiers": "Tiers",
    "tasks": "Time, CPU, memory",
    "origin": "Input, parameters, versions",
}


def report_page(report: Report, assets: str, twin: str, index: str) -> str:
    """Return the page of a report.

    Parameters
    ----------
    report
        What `workflows.reports.run_report.run_report` returned, or read from its JSON.
    assets, twin, index
        Addresses of the folder of style and scripts, of the JSON, and of the list of reports, from the page on.
    """
    return render(
        "reports",
        "run_report.html",
        assets=assets,
        twin=twin,
        index=index,
        titles=TITLES,
        report=report,
        facts=facts(report),
        notices=list(notices(report)),
        charts=_charts(report),
        tables=_tables(report),
        sentences=sentences_of(report),
        graph=graph_facts(report),
        parents=parent_facts(report),
        picture_counts=picture_facts(report),
        parameters=parameter_facts(report),
        libraries=list(report["tasks"].get("libraries", {}).items()),
    )


def index_page(addresses: Mapping[Version, str], assets: str) -> str:
    """Return the page that lists reports, newest first: where the page of each version lies, from this one on."""
    columns = [Column("date"), Column("iteration", is_number=True), Column("report")]
    rows = [
        (version.date, version.iteration, Cell("open", href=addresses[version], words=f"Report of {version}"))
        for version in sorted(addresses, reverse=True)
    ]
    return render("reports", "reports_index.html", assets=assets, reports=Rows("Reports", columns, rows))


def _charts(report: Report) -> Report:
    ranks, categories, tasks = (report[name] for name in ("ranks", "categories", "tasks"))
    return {
        "settling": board_charts.settling_chart(ranks),
        "ranks": board_charts.rank_chart(ranks),
        "sizes": board_charts.size_chart(report["sizes"]),
        "depths": board_charts.depth_chart(report["chains"]),
        "confusion": board_charts.confusion_chart(categories),
        "reliability": board_charts.reliability_chart(categories),
        "sureness": board_charts.sureness_chart(categories),
        "distances": board_charts.distance_chart(report["pictures"]),
        "timeline": task_charts.timeline_chart(tasks),
        "costs": list(task_charts.cost_charts(tasks)),
    }


def _tables(report: Report) -> Report:
    """Return the tables of the sections that have data."""
    made = {name for name in TITLES if name != "origin" and "missing" not in report[name]}
    names = {key: name for key, name in report["board_names"].items() if key != "missing"}
    found: Report = {}
    if "ranks" in made:
        found["settled"] = board_tables.settled_table(report["ranks"])
        found["top"] = board_tables.top_table(report["ranks"], names)
    if "chains" in made:
        found["chains"] = board_tables.chain_table(report["chains"])
    if "categories" in made:
        found["moves"] = board_tables.move_table(report["categories"])
        found["examples"] = board_tables.example_table(report["categories"], names)
    if "changes" in made:
        found |= _change_tables(report["changes"], names)
    for name, table in _RUN_TABLES.items():
        section = name.partition("_")[0]
        if section in made:
            found[name] = table(report[section])
    if "tasks" in made:
        names_of_tasks = task_charts.task_names(report["tasks"]["tasks"])
        found["tasks"] = run_tables.task_table(report["tasks"], names_of_tasks)
    return found


_RUN_TABLES = {
    "made_datasets": run_tables.dataset_table,
    "made_raw": run_tables.raw_table,
    "checks": run_tables.check_table,
    "tiers": run_tables.tier_table,
    "rejected_reasons": run_tables.reason_table,
    "rejected_examples": run_tables.rejected_row_table,
    "rejected_read": run_tables.read_table,
    "tasks_failures": run_tables.failure_table,
}


def _change_tables(changes: Report, names: dict[str, str]) -> Report:
    found: Report = {"changed": board_tables.changed_dataset_table(changes), "keys": board_tables.key_table(changes)}
    found["fields"] = board_tables.field_table(changes)
    boards = changes["compared"].get("boards")
    if boards:
        found["places"] = board_tables.place_table(boards, names)
        found["recategorized"] = board_tables.recategorized_table(boards, names)
    return found
