"""The commands that bring input: generate, inspect, import."""

from pathlib import Path
from typing import Annotated

import typer

from joins.raw.synthetic.shape import GraphShape
from storage_tiers.stores.address import root_of
from storage_tiers.stores.store_path import StorePath
from workflows import settings
from workflows.commands.inputs.generate import write_generated_input
from workflows.commands.options import DateOption, InputOption
from workflows.daily import command_name, options_of
from workflows.imports.import_raw import import_raw
from workflows.luigi_cfg import SettingsError
from workflows.origins.bases import newest_iteration
from workflows.parameters import between, option
from workflows.progress import say
from workflows.shortages import shortages_told


def generate(
    date: DateOption,
    input_root: InputOption,
    pins: Annotated[int, typer.Option(help="number of pins; boards, users and pictures follow from it")] = 100_000,
    seed: Annotated[int, typer.Option(help="another seed, another graph")] = 1,
    dirty: Annotated[float, option("dirty", between(0.0, 1.0), "share of pins made bad on purpose, 0 to 1")] = 0.0,
) -> None:
    """Make up a snapshot whose truth is known."""
    shape, folder = GraphShape(n_pins=pins, dirty_share=dirty), _local_folder("generate", input_root)
    with shortages_told(input_root):
        n_rows = write_generated_input(folder, date, shape, seed)
    tables = ", ".join(f"{n_rows[name]:,} {name}" for name in ("pins", "boards", "users"))
    say(f"generated {tables} of date={date} under {input_root}; the truth lies in {folder / 'truth'}")


def _local_folder(command: str, input_root: str) -> Path:
    """Return the folder that a snapshot is brought into.

    Raises SettingsError if it lies in a store, where a whole date can't be put in its place at once.
    """
    place = root_of(input_root)
    if isinstance(place, StorePath):
        copy = f"with --input FOLDER, and copy that to {place}: '_SUCCESS' last in each folder of the date"
        raise SettingsError(
            f"{command} writes to a folder of this machine, and input is {place}", remedy=f"run it {copy}"
        )
    return place


def inspect(
    source: Annotated[Path, typer.Argument(help="file of a table, or folder of such files")],
    output: Annotated[
        Path | None, typer.Option("--output", help="where to write the mapping; printed by default")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a mapping that is there")] = False,
) -> None:
    """Look at somebody's tables and guess the mapping that imports them; exit code 1 if it needs editing."""
    from workflows.commands.inputs.guessed_mapping import print_guess  # noqa: PLC0415 - 0.1 s that no other command needs

    raise typer.Exit(print_guess(source, output, overwrite=overwrite))


def import_(
    mapping: Annotated[Path, typer.Argument(help="TOML file that says which source column is which raw field")],
    source: Annotated[Path, typer.Argument(help="folder that the sources named in the mapping lie in")],
    date: DateOption,
    input_root: InputOption,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a snapshot that is there")] = False,
) -> None:
    """Bring Parquet, CSV or JSON into the raw layout; docs/import.md explains the mapping."""
    folder = _local_folder("import", input_root)
    with shortages_told(input_root):
        summary = import_raw(mapping, source, folder, date, overwrite=overwrite, report=say)
    say(str(summary))
    output = settings.OUTPUT.value()
    own_output = input_root == settings.INPUT.value()  # else the versions there may be another collection's
    if overwrite and own_output and newest_iteration(root_of(output), date) is not None:
        say(
            f"versions of date={date} are published under {output}: 'interest-graph run' says whether they were made "
            "from other files, and 'interest-graph rebuild' makes one of these"
        )
    say(f"build it: {command_name()} run --date {date}{options_of(output=output, input_root=input_root)}")
