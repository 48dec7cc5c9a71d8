"""The command that tells what there is: ``interest-graph catalog``, as files to open, as JSON, or as what was found."""

from pathlib import Path
from typing import Annotated

import typer

from joins.shown_text import shown_as_json
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.versions import check_root
from workflows.commands.options import InputOption, OutputOption
from workflows.data_catalog.catalog_model import Catalog
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.catalog_search import search
from workflows.output_console import Column, output_console, print_table, print_text
from workflows.progress import say

_NOT_FOUND = 1
_MOST_ROWS = 40


def catalog(
    input_root: InputOption,
    output_root: OutputOption,
    words: Annotated[
        list[str] | None, typer.Argument(help="what to look for; nothing: pages about everything are written")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="folder of the pages; _catalog/site below the output by default", metavar="FOLDER"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print all of it as JSON, and write nothing")] = False,
) -> None:
    """Say what there is and what it means, whose it is, how good, made from what: as pages, as JSON, or by a search."""
    # Templates take a tenth of a second to import, which no other command needs.
    from workflows.data_catalog.catalog_site import usual_folder, write_site  # noqa: PLC0415 - as above

    output = root_of(output_root)
    check_root(output)
    found = catalog_of(output)
    if json:
        print(shown_as_json(found))
    elif words and "".join(words).strip():
        _print_found(found, " ".join(words))
    else:
        written = write_site(found, output, root_of(input_root), to or usual_folder(output))
        print_text(str(written))
    for problem in found.problems:
        say(f"note: {problem}")


def _print_found(found: Catalog, asked: str) -> None:
    hits = search(found, asked)
    if not hits:
        say(f"nothing in the catalog has all of these words: {asked}")
        raise typer.Exit(_NOT_FOUND)
    rows = [(hit.kind, hit.full_name, hit.meaning) for hit in hits[:_MOST_ROWS]]
    with output_console() as console:
        print_table(
            [Column("kind"), Column("name"), Column("meaning")], rows, console, "interest-graph catalog has all"
        )
    if len(hits) > _MOST_ROWS:
        say(f"{len(hits) - _MOST_ROWS:,} more; further words find fewer")
