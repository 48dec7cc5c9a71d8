"""Where tables are printed to: on a terminal as wide as it is, anywhere else as wide as they are.

What another program reads, or a file keeps, must have every column whole, and needs no blanks at the ends of lines.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

_WIDE = 1_000_000  # characters; no table is as wide


@contextmanager
def output_console() -> Iterator[Console]:
    """Give a console that prints to standard output; what goes to a pipe or file is written at the end."""
    if sys.stdout.isatty():
        yield Console(highlight=False)
        return
    written = io.StringIO()
    yield Console(file=written, width=_WIDE, highlight=False)
    sys.stdout.write("\n".join(line.rstrip(" ") for line in written.getvalue().split("\n")))
