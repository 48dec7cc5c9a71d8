"""The ``interest-graph`` command: generate or import a snapshot, run a day, look at what came out."""

import datetime as dt
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from joins.errors import DiscoveryError
from joins.raw.synthetic.shape import GraphShape
from workflows import settings
from workflows.commands.explain import explained_board, not_explained
from workflows.commands.generate import write_generated_input
from workflows.commands.pictures import compared_files, grouped_sources, merged_groups, picture_signer
from workflows.commands.rebuild import rebuild_day
from workflows.commands.run import run_day
from workflows.commands.show import JOINS, KEY_TIER, KEY_TIERS_HELP, as_json, find_row, not_found, print_row
from workflows.commands.status import print_status, problems_of, status_of
from workflows.commands.verify import verify_output
from workflows.daily import DailyDiscovery, command_name, options_of
from workflows.imports.import_raw import import_raw
from workflows.luigi_cfg import USAGE, SettingsError
from workflows.origins.bases import newest_iteration
from workflows.output_console import output_console
from workflows.parameters import DAY, between, option
from workflows.progress import say, say_error

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_NOT_FOUND = 1
_WRONG = 1
_DIFFERENT = 1

DateOption = Annotated[dt.date, option("date", DAY, "date of the snapshot, YYYY-MM-DD")]
VersionDate = Annotated[dt.date | None, option("date", DAY, "date of the version; the newest by default")]
VerifiedDate = Annotated[dt.date | None, option("date", DAY, "date to look at; all by default")]
VersionIteration = Annotated[
    int | None, option("iteration", between(1), "iteration of the version; the newest by default")
]
InputOption = Annotated[str, settings.INPUT.option("--input")]
OutputOption = Annotated[str, settings.OUTPUT.option("--output")]
DistanceOption = Annotated[int, settings.MAX_DISTANCE.option()]
BridgeOption = Annotated[
    int,
    option(
        "max_distance",
        settings.MAX_DISTANCE.allowed,
        "merge groups whose bridge is so near to both, bits of 256",
        shown_default="16",
    ),
]
CoresOption = Annotated[int, settings.CORES.option()]


@app.command()
def run(
    date: DateOption,
    input_root: InputOption,
    output_root: OutputOption,
    iterations: Annotated[int, settings.ITERATIONS.option()],
    cores: CoresOption,
    repair: Annotated[bool, typer.Option("--repair", help="make again what is damaged; every byte is read")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="show Luigi's own log as well")] = False,
) -> None:
    """Build everything of a date and load the tiers; what is there already is left as it is."""
    day = DailyDiscovery(  # type: ignore[no-untyped-call]
        date=date, input_root=input_root, output_root=output_root, iterations=iterations, cores=cores
    )
    raise typer.Exit(run_day(day, verbose=verbose, repair=repair))


@app.command()
def rebuild(
    date: DateOption,
    input_root: InputOption,
    output_root: OutputOption,
    iterations: Annotated[int, settings.ITERATIONS.option()],
    cores: CoresOption,
    replace: Annotated[
        bool, typer.Option("--replace", help="remove the date's older versions when the new one is complete")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="show Luigi's own log as well")] = False,
) -> None:
    """Build a date anew from the present input and settings; what is published of it stays until that is complete."""
    day = DailyDiscovery(  # type: ignore[no-untyped-call]
        date=date, input_root=input_root, output_root=output_root, iterations=iterations, cores=cores
    )
    raise typer.Exit(rebuild_day(day, replace=replace, verbose=verbose))


@app.command()
def generate(
    date: DateOption,
    input_root: InputOption,
    pins: Annotated[int, typer.Option(help="number of pins; boards, users and pictures follow from it")] = 100_000,
    seed: Annotated[int, typer.Option(help="another seed, another graph")] = 1,
    dirty: Annotated[float, option("dirty", between(0.0, 1.0), "share of pins made bad on purpose, 0 to 1")] = 0.0,
) -> None:
    """Make up a snapshot whose truth is known."""
    shape = GraphShape(n_pins=pins, dirty_share=dirty)
    n_rows = write_generated_input(Path(input_root), date, shape, seed)
    tables = ", ".join(f"{n_rows[name]:,} {name}" for name in ("pins", "boards", "users"))
    say(f"generated {tables} of date={date} under {input_root}; the truth lies in {Path(input_root) / 'truth'}")


@app.command()
def inspect(
    source: Annotated[Path, typer.Argument(help="file of a table, or folder of such files")],
    output: Annotated[
        Path | None, typer.Option("--output", help="where to write the mapping; printed by default")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a mapping that is there")] = False,
) -> None:
    """Look at somebody's tables and guess the mapping that imports them; exit code 1 if it needs editing."""
    from workflows.commands.guessed_mapping import print_guess  # noqa: PLC0415 - 0.1 s that no other command needs

    raise typer.Exit(print_guess(source, output, overwrite=overwrite))


@app.command(name="import")
def import_(
    mapping: Annotated[Path, typer.Argument(help="TOML file that says which source column is which raw field")],
    source: Annotated[Path, typer.Argument(help="folder that the sources named in the mapping lie in")],
    date: DateOption,
    input_root: InputOption,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a snapshot that is there")] = False,
) -> None:
    """Bring Parquet, CSV or JSON into the raw layout; docs/import.md explains the mapping."""
    summary = import_raw(mapping, source, Path(input_root), date, overwrite=overwrite, report=say)
    say(str(summary))
    output = settings.OUTPUT.value()
    own_output = input_root == settings.INPUT.value()  # else the versions there may be another collection's
    if overwrite and own_output and newest_iteration(Path(output), date) is not None:
        say(
            f"versions of date={date} are published under {output}: 'interest-graph run' says whether they were made "
            "from other files, and 'interest-graph rebuild' makes one of these"
        )
    say(f"build it: {command_name()} run --date {date}{options_of(output=output, input_root=input_root)}")


@app.command()
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


@app.command()
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


@app.command()
def verify(output_root: OutputOption, date: VerifiedDate = None) -> None:
    """Compare every byte of what is published and loaded with what was written, and say what is lost or damaged."""
    found = verify_output(Path(output_root), date)
    print("\n".join([*found.lines, str(found)]))
    raise typer.Exit(_WRONG if found.faults else 0)


@app.command()
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
    print(f"{why}\n\n{version} of board_categories under {output_root}")


@app.command()
def same_picture(
    file_a: Annotated[str, typer.Argument(help="path or URI of a picture")],
    file_b: Annotated[str, typer.Argument(help="path or URI of another")],
    max_distance: DistanceOption,
) -> None:
    """Say whether two files show the same picture: the distance, the views that met, the verdict."""
    is_same, text = compared_files(file_a, file_b, picture_signer(n_workers=1), max_distance)
    print(text)
    raise typer.Exit(0 if is_same else _DIFFERENT)


@app.command()
def group_pictures(
    sources: Annotated[list[str], typer.Argument(help="files, folders, Parquet packs, or URIs of these")],
    max_distance: DistanceOption,
    cores: CoresOption,
) -> None:
    """Say which of some pictures are the same, as a run would group them."""
    print(grouped_sources(sources, picture_signer(cores), max_distance))


@app.command()
def merge_groups(
    date: DateOption,
    output_root: OutputOption,
    max_distance: BridgeOption = 16,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be merged")] = False,
) -> None:
    """Make one group of each pair that a picture bridges, up to a date; runs of later dates go by it."""
    print(merged_groups(Path(output_root), date, max_distance, dry_run=dry_run))


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Raise SettingsError if an argument is no text: keys are, and so are paths where Parquet is read and written."""
    for argument in arguments:
        shown = os.fsencode(argument).decode(errors="backslashreplace")
        if shown != argument:
            raise SettingsError("it holds bytes that are no UTF-8", where=shown, remedy="rename the file or folder")


def main() -> None:
    """Run the command; an error is one line on standard error and exit code 2."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text
    try:
        _refuse_bytes(sys.argv[1:])
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except DiscoveryError as error:
        say_error(error)
    except OSError as error:  # a path that can't be what it is given as, a full disk
        say_error(f"{error.filename or 'the system'}: {error.strerror or error}; name another path, or make room")
    except typer.TyperException as error:
        say_error(error.format_message())
    sys.exit(USAGE)


if __name__ == "__main__":
    main()
