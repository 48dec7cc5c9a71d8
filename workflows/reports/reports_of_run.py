"""The reports of a run: a page for each iteration, written when everything of the day is there.

A report is no part of the data. Whatever keeps it from being written is said, with what writes it later, and the run
ends as it would have.
"""

import shlex

from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version, published_versions
from workflows.catalog import BOARD_RANKS
from workflows.progress import say, words_of_system
from workflows.reports.report_files import write_report
from workflows.reports.report_places import page_path


def write_reports(root: Root, base: int, last: Version) -> None:
    """Write the report of the last iteration of a day, and of those before that have none; never fails."""
    there = {version.iteration for version in published_versions(root, BOARD_RANKS.name, date=last.date)}
    for iteration in sorted(there & set(range(base + 1, last.iteration)) | {last.iteration}):
        version = Version(last.date, iteration)
        if version == last or not page_path(root, version).exists():
            _write(root, version)


def _write(root: Root, version: Version) -> None:
    try:
        written = write_report(root, version)
    except Exception as error:  # noqa: BLE001 - a page is no reason to fail a day whose data is there, whatever it is
        said = words_of_system(error) if isinstance(error, OSError) and error.errno else str(error)
        again = f"interest-graph report --date {version.date} --iteration {version.iteration}"
        where = f" --output {shlex.quote(str(root))}"
        say(f"warning: no report of {version}: {said or type(error).__name__}; to write it later: {again}{where}")
        return
    say(f"report of {version}: {written.page}")
    if written.not_in_store:
        say(f"warning: report of {version}: {written.not_in_store}")
