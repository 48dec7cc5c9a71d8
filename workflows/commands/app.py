"""The ``interest-graph`` command: build days of discovery data, bring their input, look at what came out.

Each command is a function of a module beside this one, and is named in `COMMANDS`. Only the module of the command that
is asked for is imported: all of them take a fifth of a second, which a day of a few rows would notice.
"""

import functools
import importlib
import platform
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Annotated

import typer
from typer._click.core import Context
from typer.core import TyperCommand

from workflows.before_imports import import_tasks
from workflows.commands.entry import PipeClosedError, run_program
from workflows.operations.not_begun import told_if_not_begun
from workflows.settings import check_settings

# In the order of help: the function of each command, by its module beside this one.
COMMANDS = {
    "run": "building.run",
    "rebuild": "building.rebuild",
    "daily": "building.daily",
    "backfill": "building.backfill",
    "generate": "bringing_input.generate",
    "inspect": "bringing_input.inspect",
    "import": "bringing_input.import_",
    "show": "looking.show",
    "sql": "looking.sql",
    "ask": "asking.ask",
    "explore": "exploring.explore",
    "plan": "serving.plan",
    "serve": "serving.serve",
    "status": "looking.status",
    "records": "looking.records",
    "stale": "looking.stale",
    "diff": "looking.diff",
    "verify": "looking.verify",
    "catalog": "cataloging.catalog",
    "report": "exploring.report",
    "rollback": "keeping.rollback",
    "clean": "keeping.clean",
    "redshift-sql": "keeping.redshift_sql",
    "pin": "keeping.pin",
    "unpin": "keeping.unpin",
    "explain": "looking.explain",
    "config": "looking.config",
    "same-picture": "comparing_pictures.same_picture",
    "group-pictures": "comparing_pictures.group_pictures",
    "merge-groups": "comparing_pictures.merge_groups",
}

# They build nothing, so they do their work whatever is wrong with a setting that they don't use; all others check
# every setting first.
LOOKING = {
    *("inspect", "show", "sql", "ask", "explore", "plan", "serve"),
    *("status", "records", "diff", "verify", "report", "catalog", "explain", "config"),
    *("same-picture", "group-pictures", "redshift-sql"),
    *("rollback", "pin", "unpin"),  # at night, whatever else is wrong
    "generate",  # its input is made up, whatever is done with it later
}
_TOOLS = ("luigi", "pyarrow", "duckdb", "lmdb")  # whose versions say most about a fault
_NEGATIVE = re.compile(r"-\d+(\.\d*)?")


class KeyCommand(TyperCommand):
    """A command that takes a key, which may be a negative number: an argument, though it begins as an option does."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take what is no option for an argument where a negative number is among them."""
        ctx.ignore_unknown_options = any(_NEGATIVE.fullmatch(argument) for argument in args)
        return super().parse_args(ctx, args)


class NightCommand(TyperCommand):
    """A command that nobody looks at: people are told as well what keeps it from beginning."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the options: those that are given first, then the others off the settings."""
        with told_if_not_begun(ctx.params):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Context) -> object:
        """Run the command."""
        with told_if_not_begun(ctx.params):
            return super().invoke(ctx)


def _print_version(asked: bool) -> None:
    if asked:
        tools = ", ".join(f"{tool} {version(tool)}" for tool in _TOOLS)
        print(f"interest-graph {version('interest-graph')} (Python {platform.python_version()}, {tools})")
        raise typer.Exit


def _every_command(
    _version: Annotated[
        bool, typer.Option("--version", help="print the version and exit", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options that need no command."""


def _checking_settings(name: str, function: Callable[..., None]) -> Callable[..., None]:
    """Return the function of a command, which checks every setting first if the command builds."""

    @functools.wraps(function)
    def command(*arguments: object, **options: object) -> None:
        try:
            if name not in LOOKING and not (name == "clean" and options.get("plan")):
                check_settings()
            function(*arguments, **options)
        except BrokenPipeError as error:  # typer would end with 1, which means something else
            raise PipeClosedError from error

    return command


_KINDS = {"show": KeyCommand, "explain": KeyCommand, "daily": NightCommand}


def make_app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the program with some of its commands; by default with all."""
    app = typer.Typer(
        help="Build days of discovery data, bring their input, look at what came out.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_every_command)
    for name in names:
        module, _, function = COMMANDS[name].partition(".")
        found = getattr(importlib.import_module(f"workflows.commands.{module}"), function)
        app.command(name, cls=_KINDS.get(name))(_checking_settings(name, found))
    return app


def main() -> None:
    """Run the command that the arguments name."""
    import_tasks()  # which settings there are, and what they are about, is known with them
    asked = sys.argv[1:2]
    run_program(make_app(asked if asked and asked[0] in COMMANDS else COMMANDS))  # help and slips are about all


if __name__ == "__main__":
    main()
