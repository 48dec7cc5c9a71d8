"""How the process of a command begins and ends: its standard streams, its signals, its exit code.

Whatever is wrong with a call, a setting, an input or the machine is one line on standard error. A trace means that the
program itself is wrong.
"""

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

import typer

from joins.errors import DiscoveryError
from workflows.before_imports import look_for_garbage
from workflows.luigi_cfg import PIPE_CLOSED, USAGE, SettingsError
from workflows.operations.interruption import ends_on_signals
from workflows.output_console import printing
from workflows.progress import go_on_unheard, say_error, words_of_system
from workflows.shortages import shortage_in_words


class PipeClosedError(Exception):
    """Nobody reads on what a command prints."""


def run_program(app: Callable[..., object]) -> None:
    """Run the command that the arguments name, or print the help; the process ends with its exit code.

    Parameters
    ----------
    app
        Takes the arguments and returns the exit code, as a typer app does.
    """
    look_for_garbage()
    _open_streams()  # before anything is opened, the pipe of signals among it
    _run(app)


def _open_streams() -> None:
    """Give each standard stream that was closed (``>&-``) a file, so that no file of ours is taken for one."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            unheard = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one's
            setattr(sys, name, os.fdopen(unheard, "r" if number == 0 else "w", encoding="utf-8"))


@ends_on_signals()
def _run(app: Callable[..., object]) -> None:
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


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Raise SettingsError if an argument is no text: keys are, and so are paths where Parquet is read and written."""
    for argument in arguments:
        shown = os.fsencode(argument).decode(errors="backslashreplace")
        if shown != argument:
            raise SettingsError("it holds bytes that are no UTF-8", where=shown, remedy="rename the file or folder")
