"""The commands that build days: run, rebuild."""

from typing import Annotated

import typer

from workflows import settings
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day
from workflows.commands.options import CoresOption, DateOption, InputOption, OutputOption
from workflows.daily import DailyDiscovery


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
