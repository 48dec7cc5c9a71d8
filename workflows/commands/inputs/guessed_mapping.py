"""``interest-graph inspect``: what lies in somebody's file or folder, and the mapping that would import it."""

import datetime as dt
import shlex
from pathlib import Path

from joins.errors import RawImportError
from workflows.daily import command_name
from workflows.imports.inspecting.inspect_source import inspect_source
from workflows.imports.inspecting.inspection_report import print_inspection
from workflows.output_console import ShownConsole

NEEDS_EDITING = 1
_MAPPING = "mapping.toml"  # the name in the command to run next where none was given


def print_guess(source: Path, output: Path | None, *, overwrite: bool) -> int:
    """Print what is found and the guessed mapping, or write that to a file; return the exit code.

    Raises RawImportError if the file is there already, or there is no such source.
    """
    if output is not None and output.exists() and not overwrite:
        raise RawImportError("it is there already", where=str(output), remedy="name another file, or say --overwrite")
    inspection = inspect_source(source)
    console = ShownConsole(stderr=output is None)
    print_inspection(inspection, console)
    if inspection.guess is None:
        raise RawImportError(
            "no file there holds rows of a table", where=str(source), remedy="docs/import.md says what can be read"
        )
    text = inspection.mapping()
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
        console.print(f"written: {output}", markup=False, soft_wrap=True)
    console.print(_next(inspection.root, output, is_complete=inspection.is_complete), markup=False, soft_wrap=True)
    return 0 if inspection.is_complete else NEEDS_EDITING


def _next(root: Path, output: Path | None, *, is_complete: bool) -> str:
    """Return what to do now; its last line is the command to run."""
    mapping = output or Path(_MAPPING)
    command = shlex.join(
        [command_name(), "import", str(mapping), str(root), "--date", dt.datetime.now(dt.UTC).date().isoformat()]
    )
    if output is None:
        first = f"save the mapping as {_MAPPING}" + ("" if is_complete else ", and edit it")
    else:
        first = "look it through" if is_complete else f"edit {output}: what is missing or wrong is said above"
    return f"{first}, then:\n{command}"
