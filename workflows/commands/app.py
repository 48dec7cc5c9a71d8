"""The ``interest-graph`` command: generate or import a snapshot, run a day, look at what came out."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from joins.errors import DiscoveryError
from joins.raw.synthetic.shape import GraphShape
from workflows.commands.explain import explained_board
from workflows.commands.generate import write_generated_input
from workflows.commands.group_merging import merged_groups
from workflows.commands.import_raw import import_raw
from workflows.commands.pictures import compared_files, grouped_sources, picture_signer
from workflows.commands.run import run_day
from workflows.commands.show import JOINS, KEY_TIER, KEY_TIERS_HELP, as_json, find_row, print_row
from workflows.commands.status import print_status, status_of
from workflows.daily import DailyDiscovery
from workflows.parameters import MAX_DISTANCE_BITS, parse_date
from workflows.progress import say
from workflows.settings import SettingsError, check_settings, setting

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)

_USAGE = 2
_NOT_FOUND = 1
_DIFFERENT = 1
_MAX_DISTANCE = "bits of 256 by which two views of one picture may differ"

DateOption = Annotated[str, typer.Option(help="date of the snapshot, YYYY-MM-DD")]
InputOption = Annotated[Path, typer.Option("--input", help="folder of the raw input")]
OutputOption = Annotated[Path, typer.Option("--output", help="folder of the published datasets")]
_INPUT, _OUTPUT = Path(str(setting("input"))), Path(str(setting("output")))


@app.command()
def run(
    date: DateOption,
    input_root: InputOption = _INPUT,
    output_root: OutputOption = _OUTPUT,
    iterations: Annotated[int, typer.Option(help="iterations, from 1")] = int(setting("iterations")),
    cores: Annotated[int, typer.Option(help="cores to work on; 0: all")] = int(setting("cores")),
    verbose: Annotated[bool, typer.Option("--verbose", help="show Luigi's own log as well")] = False,
) -> None:
    """Build everything of a date and load the tiers; what is there already is left as it is."""
    if iterations < 1:
        raise SettingsError(f"iterations is {iterations}; it must be 1 or more")
    check_settings()
    day = DailyDiscovery(  # type: ignore[no-untyped-call]
        date=parse_date(date),
        input_root=str(input_root),
        output_root=str(output_root),
        iterations=iterations,
        cores=cores,
    )
    raise typer.Exit(run_day(day, verbose=verbose))


@app.command()
def generate(
    date: DateOption,
    input_root: InputOption = _INPUT,
    pins: Annotated[int, typer.Option(help="number of pins; boards, users and pictures follow from it")] = 100_000,
    seed: Annotated[int, typer.Option(help="another seed, another graph")] = 1,
    dirty: Annotated[float, typer.Option(help="share of pins made bad on purpose, 0 to 1")] = 0.0,
) -> None:
    """Make up a snapshot whose truth is known."""
    shape = GraphShape(n_pins=pins, dirty_share=dirty)
    n_rows = write_generated_input(input_root, parse_date(date), shape, seed)
    tables = ", ".join(f"{n_rows[name]:,} {name}" for name in ("pins", "boards", "users"))
    say(f"generated {tables} of date={date} under {input_root}; the truth lies in {input_root / 'truth'}")


@app.command(name="import")
def import_(
    mapping: Annotated[Path, typer.Argument(help="TOML file that says which source column is which raw field")],
    source: Annotated[Path, typer.Argument(help="folder that the sources named in the mapping lie in")],
    date: DateOption,
    input_root: InputOption = _INPUT,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a snapshot that is there")] = False,
) -> None:
    """Bring Parquet, CSV or JSON Lines into the raw layout; docs/import.md explains the mapping."""
    summary = import_raw(mapping, source, input_root, parse_date(date), overwrite=overwrite, report=say)
    say(str(summary))


@app.command()
def show(
    join: Annotated[str, typer.Argument(help=f"{', '.join(JOINS)}")],
    key: Annotated[str, typer.Argument(help="image signature, board id or user id")],
    output_root: OutputOption = _OUTPUT,
    tier: Annotated[str, typer.Option(help=f"where to look: {KEY_TIERS_HELP}")] = KEY_TIER,
    date: Annotated[str | None, typer.Option(help="date of the version; the newest by default")] = None,
    iteration: Annotated[int | None, typer.Option(help="iteration of the version; the newest by default")] = None,
    json: Annotated[bool, typer.Option("--json", help="the whole row as JSON")] = False,
) -> None:
    """Show one PinJoin, BoardJoin or UserJoin."""
    day = parse_date(date) if date else None
    version, row = find_row(output_root, join, key, tier, day, iteration)
    if row is None:
        say(f"{join} {key} is not in {version}")
        raise typer.Exit(_NOT_FOUND)
    if json:
        print(as_json(row))
    else:
        print_row(row, join, key, tier, version, Console(highlight=False))


@app.command()
def status(
    output_root: OutputOption = _OUTPUT,
    json: Annotated[bool, typer.Option("--json", help="the same as JSON")] = False,
) -> None:
    """Say which versions are published, which are loaded and current in each tier, and what is wrong."""
    found = status_of(output_root)
    if json:
        print(found.as_json())
    else:
        print_status(found, Console(highlight=False))


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help="what to explain: board")],
    key: Annotated[str, typer.Argument(help="board id")],
    output_root: OutputOption = _OUTPUT,
    date: Annotated[str | None, typer.Option(help="date of the version; the newest by default")] = None,
    iteration: Annotated[int | None, typer.Option(help="iteration of the version; the newest by default")] = None,
) -> None:
    """Tell why a board has the category it has: the numbers that decided, its pictures, the boards that voted."""
    version, why = explained_board(output_root, what, key, parse_date(date) if date else None, iteration)
    if why is None:
        say(f"{what} {key} is not in {version}")
        raise typer.Exit(_NOT_FOUND)
    print(f"{why}\n\n{version} of board_categories under {output_root}")


@app.command()
def same_picture(
    file_a: Annotated[str, typer.Argument(help="path or URI of a picture")],
    file_b: Annotated[str, typer.Argument(help="path or URI of another")],
    max_distance: Annotated[int, typer.Option(min=0, max=MAX_DISTANCE_BITS, help=_MAX_DISTANCE)] = int(
        setting("max_distance")
    ),
) -> None:
    """Say whether two files show the same picture: the distance, the views that met, the verdict."""
    is_same, text = compared_files(file_a, file_b, picture_signer(n_workers=1), max_distance)
    print(text)
    raise typer.Exit(0 if is_same else _DIFFERENT)


@app.command()
def group_pictures(
    sources: Annotated[list[str], typer.Argument(help="files, folders, Parquet packs, or URIs of these")],
    max_distance: Annotated[int, typer.Option(min=0, max=MAX_DISTANCE_BITS, help=_MAX_DISTANCE)] = int(
        setting("max_distance")
    ),
    cores: Annotated[int, typer.Option(help="cores to work on; 0: all")] = int(setting("cores")),
) -> None:
    """Say which of some pictures are the same, as a run would group them."""
    print(grouped_sources(sources, picture_signer(cores), max_distance))


@app.command()
def merge_groups(
    date: DateOption,
    output_root: OutputOption = _OUTPUT,
    max_distance: Annotated[
        int,
        typer.Option(min=0, max=MAX_DISTANCE_BITS, help="merge groups whose bridge is so near to both, bits of 256"),
    ] = 16,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be merged")] = False,
) -> None:
    """Make one group of each pair that a picture bridges, up to a date; runs of later dates go by it."""
    print(merged_groups(output_root, parse_date(date), max_distance, dry_run=dry_run))


def main() -> None:
    """Run the command; an error is one line on standard error and exit code 2."""
    try:
        app()
    except DiscoveryError as error:
        say(f"error: {error}")
        sys.exit(_USAGE)


if __name__ == "__main__":
    main()
