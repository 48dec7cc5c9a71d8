"""Where commands print to: on a terminal as wide as it is, anywhere else as wide as they are.

What another program reads, or a file keeps, must have every column whole, and needs no blanks at the ends of lines.
Nothing of data acts on a terminal: what is no visible character is printed as an escape (`joins.shown_text`).
"""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from joins.shown_text import for_people, shown_lines

_WIDE = 1_000_000  # characters; no table is as wide


class ShownConsole(Console):
    """A console of rich that prints no control character but its own; markup in texts is no markup."""

    def __init__(self, file: io.StringIO | None = None, width: int | None = None, *, stderr: bool = False) -> None:
        super().__init__(file=file, width=width, stderr=stderr, highlight=False, markup=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what is printed, piece after piece; rich asks for every text in this way."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=shown_lines(segment.text))


@contextmanager
def output_console() -> Iterator[Console]:
    """Give a console that prints to standard output; what goes to a pipe or file is written at the end."""
    if sys.stdout.isatty():
        yield ShownConsole()
        return
    written = io.StringIO()
    yield ShownConsole(written, _WIDE)
    sys.stdout.write("\n".join(line.rstrip(" ") for line in written.getvalue().split("\n")))


def print_text(text: str) -> None:
    """Print lines for people to standard output."""
    sys.stdout.write(for_people(text) + "\n")
