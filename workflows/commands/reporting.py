"""The command that writes a page about a version: ``interest-graph report``.

A run writes one for each of its iterations by itself; the command makes one that is missing, or makes one anew: after a
rollback, a load into another tier, or a release that shows more.
"""

from typing import Annotated

import typer

from storage_tiers.stores.address import root_of
from workflows.commands.options import OutputOption, VersionDate
from workflows.output_console import print_text
from workflows.parameters import between, option
from workflows.progress import say

ReportIteration = Annotated[
    int | None, option("iteration", between(0), "iteration of the version; the newest of its date by default")
]


def report(
    output_root: OutputOption,
    date: VersionDate = None,
    iteration: ReportIteration = None,
    url: Annotated[bool, typer.Option("--url", help="print its address for a browser, not its path")] = False,
) -> None:
    """Write a page about a version that opens without a network: what came out, how it was made, what it took."""
    # Templates take a tenth of a second to import, which no other command needs.
    from workflows.reports.gathering.day_versions import asked_report  # noqa: PLC0415 - as above
    from workflows.reports.report_files import write_report  # noqa: PLC0415 - as above
    from workflows.reports.report_places import page_url  # noqa: PLC0415 - as above

    root = root_of(output_root)
    version = asked_report(root, date, iteration)
    written = write_report(root, version)
    print_text(page_url(root, version) if url else str(written.page))
    if written.not_in_store:
        say(f"note: {written.not_in_store}")
