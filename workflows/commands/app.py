"""The ``interest-graph`` command: build days of discovery data, bring their input, look at what came out.

Each command is a function of a module beside this one, and is named in `COMMANDS`.
"""

import functools
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer
from typer._click.core import Context
from typer.core import TyperCommand

from joins.errors import DiscoveryError
from workflows.commands import bringing_input, building, comparing_pictures, keeping, looking
from workflows.luigi_cfg import PIPE_CLOSED, USAGE, SettingsError
from workflows.operations.interruption import ends_on_signals
from workflows.operations.not_begun import told_if_not_begun
from workflows.output_console import printing
from workflows.progress import go_on_unheard, say_error, words_of_system
from workflows.settings import check_settings
from workflows.shortages import shortage_in_words

# In the order of help.
COMMANDS: dict[str, Callable[..., None]] = {
    "run": building.run,
    "rebuild": building.rebuild,
    "daily": building.daily,
    "backfill": building.backfill,
    "generate": bringing_input.generate,
    "inspect": bringing_input.inspect,
    "import": bringing_input.import_,
    "show": looking.show,
    "status": looking.status,
    "records": looking.records,
    "stale": looking.stale,
    "diff": looking.diff,
    "verify": looking.verify,
    "rollback": keeping.rollback,
    "clean": keeping.clean,
    "pin": keeping.pin,
    "unpin": keeping.unpin,
    "explain": looking.explain,
    "config": looking.config,
    "same-picture": comparing_pictures.same_picture,
    "group-pictures": comparing_pictures.group_pictures,
    "merge-groups": comparing_pictures.merge_groups,
}

# They build nothing, so they do their work whatever is wrong with a setting that they don't use; all others check
# every setting first.
LOOKING = {
    *("inspect", "show", "status", "records", "diff", "verify", "explain", "config", "same-picture", "group-pictures"),
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

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: object
    ) -> Context:
        """Read the options, some of them off the settings."""
        with told_if_not_begun(args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Context) -> object:
        """Run the command."""
        with told_if_not_begun(sys.argv[1:]):
            return super().invoke(ctx)


class PipeClosedError(Exception):
    """Nobody reads on what a command prints."""


app = typer.Typer(
    help="Build days of discovery data, bring their input, look at what came out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        tools = ", ".join(f"{tool} {version(tool)}" for tool in _TOOLS)
        print(f"interest-graph {version('interest-graph')} (Python {platform.python_version()}, {tools})")
        raise typer.Exit


@app.callback()
def _every_command(
    _version: Annotated[
        bool, typer.Option("--version", help="print the version and exit", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options that need no command."""


def _at_the_rim(name: str, function: Callable[..., None]) -> Callable[..., None]:
    """Return the function of a command, which checks the settings first if it builds."""

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
for _name, _function in COMMANDS.items():
    app.command(_name, cls=_KINDS.get(_name))(_at_the_rim(_name, _function))


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Raise SettingsError if an argument is no text: keys are, and so are paths where Parquet is read and written."""
    for argument in arguments:
        shown = os.fsencode(argument).decode(errors="backslashreplace")
        if shown != argument:
            raise SettingsError("it holds bytes that are no UTF-8", where=shown, remedy="rename the file or folder")


def _open_streams() -> None:
    """Give each standard stream that was closed (``>&-``) a file, so that no file of ours is taken for one."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            unheard = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one's
            setattr(sys, name, os.fdopen(unheard, "r" if number == 0 else "w", encoding="utf-8"))


def main() -> None:
    """Run the command; an error is one line on standard error and exit code 2."""
    _open_streams()  # before anything is opened, the pipe of signals among it
    _run()


@ends_on_signals()
def _run() -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text
    code: object = USAGE
    try:
        _refuse_bytes(sys.argv[1:])
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        with printing():
            sys.stdout.flush()
    except (PipeClosedError, BrokenPipeError):
        code = PIPE_CLOSED
    except DiscoveryError as error:
        say_error(error)
    except typer.TyperException as error:
        say_error(error.format_message())
    except OSError as error:  # a path that can't be what it is given as, a full disk
        say_error(shortage_in_words(error) or words_of_system(error))
    except Exception as error:  # a full disk or too little memory, as a library tells it
        shortage = shortage_in_words(error)
        if shortage is None:
            raise
        say_error(shortage)
    try:
        sys.stdout.flush()
    except OSError:  # told above; Python would try once more, and say so
        go_on_unheard(sys.stdout)
    sys.exit(code)  # type: ignore[arg-type] # what a command returned


if __name__ == "__main__":
    main()
