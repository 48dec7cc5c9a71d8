"""Where commands print to: on a terminal as wide as it is, anywhere else as wide as they are.

What another program reads, or a file keeps, must have every column whole, and needs no blanks at the ends of lines.
Nothing of data acts on a terminal: what is no visible character is printed as an escape (`joins.shown_text`).
On a terminal a column that has no room is left out, and the line below the table says so.
"""

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from joins.errors import DiscoveryError
from joins.shown_text import lines_for_people, shown_lines

_WIDE = 1_000_000  # characters; no table is as wide
_GAP = 2  # blanks between two columns
_TEXT_WIDTH = 16  # characters of a text that are shown however narrow the terminal is; a number is shown whole


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: texts stand at the left and may be cut, with ``…``; numbers stand at the right, whole."""

    name: str
    is_text: bool = True


class UnprintedError(DiscoveryError):
    """What a command prints can't be written; what it did is done."""


class ShownConsole(Console):
    """A console of rich that prints no control character but its own; markup in texts is no markup."""

    def __init__(self, file: io.StringIO | None = None, width: int | None = None, *, stderr: bool = False) -> None:
        super().__init__(file=file, width=width, stderr=stderr, highlight=False, markup=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what is printed, piece after piece; rich asks for every text in this way."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=shown_lines(segment.text))


@contextmanager
def printing() -> Iterator[None]:
    """Raise UnprintedError where standard output takes nothing during the block; a closed pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnprintedError(
            f"it can't be written to ({error.strerror or error})", where="standard output", remedy="let it go elsewhere"
        ) from error


@contextmanager
def output_console() -> Iterator[Console]:
    """Give a console that prints to standard output; what goes to a pipe or file is written at the end."""
    if sys.stdout.isatty():
        yield ShownConsole()
        return
    written = io.StringIO()
    yield ShownConsole(written, _WIDE)
    with printing():
        sys.stdout.write("\n".join(line.rstrip(" ") for line in written.getvalue().split("\n")))


def print_text(text: str) -> None:
    """Print lines for people to standard output."""
    with printing():
        sys.stdout.write(lines_for_people(text) + "\n")


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], console: Console, where_all: str) -> None:
    """Print a table, as many of its columns from the left as the console has room for.

    Where some are left out, or texts cut, a line says so, and `where_all` where they are whole.
    """
    wanted = [max(cell_len(text) for text in (column.name, *cells)) for column, cells in _by_column(columns, rows)]
    least = [
        min(width, _TEXT_WIDTH) if column.is_text else width for column, width in zip(columns, wanted, strict=True)
    ]
    widths = _widths(wanted, least, console.width)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column, width in zip(columns, widths, strict=False):
        side: JustifyMethod = "left" if column.is_text else "right"
        table.add_column(column.name, justify=side, width=width, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(text, overflow="ellipsis") for text in row[: len(widths)]))
    console.print(table)
    hidden = [column.name for column in columns[len(widths) :]]
    said = [f"{len(hidden)} more {'column' if len(hidden) == 1 else 'columns'}: {', '.join(hidden)}"] if hidden else []
    if widths != wanted[: len(widths)]:
        said.append("what ends in … is cut")
    if said:
        console.print(Text(f"({'; '.join([*said, where_all])})", style="dim"))


def _by_column(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[tuple[Column, Sequence[str]]]:
    for number, column in enumerate(columns):
        yield column, [row[number] for row in rows]


def _widths(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return the widths of the columns from the left that have room, at least one; what is left goes to the first.

    Rich would make all columns narrower that don't fit, down to nothing.
    """
    n_shown, used = 0, -_GAP
    for width in least:
        if n_shown and used + _GAP + width > room:
            break
        n_shown, used = n_shown + 1, used + _GAP + width
    widths, spare = [], room - used
    for most, width in zip(wanted[:n_shown], least, strict=False):
        more = max(min(most - width, spare), min(spare, 0))
        widths.append(width + more)
        spare -= more
    return widths
