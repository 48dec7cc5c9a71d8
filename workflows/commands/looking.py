"""The commands that look at what came out and change nothing: show, explain, status, verify."""

from pathlib import Path
from typing import Annotated

import typer

from workflows.commands.options import OutputOption, VerifiedDate, VersionDate, VersionIteration
from workflows.commands.outputs.explain import explained_board, not_explained
from workflows.commands.outputs.show import JOINS, KEY_TIER, KEY_TIERS_HELP, as_json, find_row, not_found, print_row
from workflows.commands.outputs.status import print_status, problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.output_console import output_console, print_text
from workflows.progress import say

_NOT_FOUND = 1
_WRONG = 1


def show(
    join: Annotated[str, typer.Argument(help=f"{', '.join(JOINS)}")],
    key: Annotated[
        str, typer.Argument(help="image signature, board id or user id, as here or as in the source of an import")
    ],
    output_root: OutputOption,
    tier: Annotated[str, typer.Option(help=f"where to look: {KEY_TIERS_HELP}")] = KEY_TIER,
    date: VersionDate = None,
    iteration: VersionIteration = None,
    json: Annotated[bool, typer.Option("--json", help="the whole row as JSON")] = False,
) -> None:
    """Show one PinJoin, BoardJoin or UserJoin."""
    version, row = find_row(Path(output_root), join, key, tier, date, iteration)
    if row is None:
        say(not_found(join, key, version))
        raise typer.Exit(_NOT_FOUND)
    if json:
        print(as_json(row))
    else:
        with output_console() as console:
            print_row(row, join, key, tier, version, console)


def explain(
    what: Annotated[str, typer.Argument(help="what to explain: board")],
    key: Annotated[str, typer.Argument(help="board id, as here or as in the source of an import")],
    output_root: OutputOption,
    date: VersionDate = None,
    iteration: VersionIteration = None,
) -> None:
    """Tell why a board has the category it has: the numbers that decided, its pictures, the boards that voted."""
    version, why = explained_board(Path(output_root), what, key, date, iteration)
    if why is None:
        say(not_explained(key, version))
        raise typer.Exit(_NOT_FOUND)
    print_text(f"{why}\n\n{version} of board_categories under {output_root}")


def status(
    output_root: OutputOption, json: Annotated[bool, typer.Option("--json", help="the same as JSON")] = False
) -> None:
    """Say which versions are published, which are loaded and current in each tier, and what is wrong."""
    found = status_of(Path(output_root))
    if json:
        print(found.as_json())
    else:
        with output_console() as console:
            print_status(found, console)
    raise typer.Exit(_WRONG if problems_of(found) else 0)


def verify(output_root: OutputOption, date: VerifiedDate = None) -> None:
    """Compare every byte of what is published and loaded with what was written, and say what is lost or damaged."""
    found = verify_output(Path(output_root), date)
    print_text("\n".join([*found.lines, str(found)]))
    raise typer.Exit(_WRONG if found.faults else 0)
