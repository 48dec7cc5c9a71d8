"""The ``interest-graph`` command: build days of discovery data, bring their input, look at what came out.

Each command is a function of a module beside this one, and is named in `COMMANDS`.
"""

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

import typer

from joins.errors import DiscoveryError
from workflows.commands import bringing_input, building, comparing_pictures, looking
from workflows.luigi_cfg import USAGE, SettingsError
from workflows.operations.interruption import ends_on_signals
from workflows.progress import say_error
from workflows.shortages import shortage_in_words

# In the order of help.
COMMANDS: dict[str, Callable[..., None]] = {
    "run": building.run,
    "rebuild": building.rebuild,
    "daily": building.daily,
    "generate": bringing_input.generate,
    "inspect": bringing_input.inspect,
    "import": bringing_input.import_,
    "show": looking.show,
    "status": looking.status,
    "records": looking.records,
    "verify": looking.verify,
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
    except typer.TyperException as error:
        say_error(error.format_message())
    except OSError as error:  # a path that can't be what it is given as, a full disk
        told = f"{error.filename or 'the system'}: {error.strerror or error}; name another path"
        say_error(shortage_in_words(error) or told)
    except Exception as error:  # a full disk or too little memory, as a library tells it
        shortage = shortage_in_words(error)
        if shortage is None:
            raise
        say_error(shortage)
    sys.exit(USAGE)


if __name__ == "__main__":
    main()
