"""The commands that show what came out in a browser: ``explore`` serves pages, ``report`` writes one about a version.

A run writes a report of each of its iterations by itself; the command makes one that is missing, or makes one anew:
after a rollback, a load into another tier, or a release that shows more.
"""

from typing import Annotated

import typer

from storage_tiers.stores.address import root_of
from workflows.commands.options import InputOption, OutputOption, VersionDate
from workflows.output_console import print_text
from workflows.parameters import between, option
from workflows.progress import say

PORT = 8765
ReportIteration = Annotated[
    int | None, option("iteration", between(0), "iteration of the version; the newest of its date by default")
]


def explore(
    output_root: OutputOption,
    input_root: InputOption,
    port: Annotated[int, option("port", between(0, 65_535), "port on this machine; 0: any that is free")] = PORT,
    host: Annotated[
        str, typer.Option(help="address to listen on; others than this machine reach it where it isn't loopback")
    ] = "127.0.0.1",
) -> None:
    """Serve read-only pages about what is published: versions, datasets, pictures, boards, users; Ctrl-C ends it."""
    # Starlette and uvicorn take 0.2 s to import, which no other command needs.
    from workflows.explorer.serving import serve  # noqa: PLC0415 - as above

    serve(output_root, input_root, host, port)


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
