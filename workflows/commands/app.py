"""The ``interest-graph`` command: build days of discovery data, bring their input, look at what came out.

Each command is a function of a module beside this one, and is named in `COMMANDS`.
"""

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

import typer

from joins.errors import DiscoveryError
from workflows.commands import bringing_input, building, comparing_pictures, keeping, looking
from workflows.luigi_cfg import USAGE, SettingsError
from workflows.operations.interruption import ends_on_signals
from workflows.progress import say_error

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
    "verify": looking.verify,
    "rollback": keeping.rollback,
    "clean": keeping.clean,
    "explain": looking.explain,
    "same-picture": comparing_pictures.same_picture,
    "group-pictures": comparing_pictures.group_pictures,
    "merge-groups": comparing_pictures.merge_groups,
}

app = typer.Typer(
    help="Build days of discovery data, bring their input, look at what came out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _name, _function in COMMANDS.items():
    app.command(_name)(_function)


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Raise SettingsError if an argument is no text: keys are, and so are paths where Parquet is read and written."""
    for argument in arguments:
        shown = os.fsencode(argument).decode(errors="backslashreplace")
        if shown != argument:
            raise SettingsError("it holds bytes that are no UTF-8", where=shown, remedy="rename the file or folder")


@ends_on_signals()
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
