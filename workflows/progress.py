"""What a run says while it works: one line a finished dataset, and how far a long step has come.

Everything goes to standard error. On a terminal the progress is a bar that lives while the step does; elsewhere (a log
file) it is a line now and then. Nothing is said of a step that takes less than two seconds.
"""

import errno
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import luigi

from joins.shown_text import lines_for_people
from storage_tiers.errors import MAKE_ROOM

STEP_WIDTH = 18  # characters of the longest name of a dataset or tier
SILENT_S = 2.0  # seconds that a step may take without a line
_TERMINAL_S = 0.2
_LOG_S = 10.0
_REMEDIES = {
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG): MAKE_ROOM,
    (errno.EACCES, errno.EPERM, errno.EROFS): "let this user read and write there, or name another path",
    (errno.EMFILE, errno.ENFILE): "let it open more files (ulimit -n)",
    (errno.ENOMEM, errno.EAGAIN): "let it have more memory and processes, or end others",
    (errno.EIO, errno.ESTALE): "look at the disk",
}
_ROUND_RATE = 10  # units a second from which decimals tell nothing

_listeners: list[Callable[[str], None]] = []


def say(line: str) -> None:
    """Write one line for people, and tell it to whoever listens.

    Nothing of data acts on a terminal in it, and no URI tells a secret. Where nobody can hear it any more, the work
    goes on all the same: a terminal that was closed, a pipe whose reader ended or a log on a full disk is no reason to
    lose a night's work.
    """
    shown = lines_for_people(line)
    for listener in _listeners:
        listener(shown)
    try:
        sys.stderr.write(shown + "\n")
        sys.stderr.flush()
    except OSError:
        go_on_unheard(sys.stderr)


def words_of_system(error: OSError) -> str:
    """Return what the system says against a file, in one line, and what to do about it.

    Examples
    --------
    >>> words_of_system(OSError(errno.ENOSPC, "No space left on device", "output/facts"))
    'output/facts: No space left on device; make room there, and run it again: it goes on from what is done'
    """
    remedy = next((remedy for numbers, remedy in _REMEDIES.items() if error.errno in numbers), "name another path")
    return f"{error.filename or 'the system'}: {error.strerror or error}; {remedy}"


def go_on_unheard(stream: TextIO) -> None:
    """Let a stream that can't be written to lead nowhere, with what it still holds, so that no later line fails."""
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:  # it is in memory, and leads nowhere as it is
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def hear(listener: Callable[[str], None]) -> None:
    """Let someone listen to what is said in this process: a record of a task does."""
    _listeners.append(listener)


def unhear(listener: Callable[[str], None]) -> None:
    """Let someone listen no more."""
    if listener in _listeners:
        _listeners.remove(listener)


@contextmanager
def heard_by(listener: Callable[[str], None]) -> Iterator[None]:
    """Have something else take what is said during the block as well: a log."""
    hear(listener)
    try:
        yield
    finally:
        unhear(listener)


def say_step(name: str, what: str, seconds: float) -> None:
    """Write the line of a finished dataset or tier, so that what was made of each stands below the other.

    Examples
    --------
    >>> import contextlib, sys
    >>> with contextlib.redirect_stderr(sys.stdout):
    ...     say_step("facts", "9 rows", 0.21)
      facts              9 rows  0.2 s
    """
    say(f"  {name:<{STEP_WIDTH}} {what}  {seconds:.1f} s")


def say_error(problem: object) -> None:
    """Write an error for people, in one line whatever lies in it: a library's words, a path with a line break."""
    say(f"error: {' '.join(str(problem).splitlines())}")


@contextmanager
def progress_of(task: luigi.Task | None, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
    """Give what a step tells how many of its units of work, more than 0 in all, are done by now.

    The Luigi task, if there is one, gets the percentage and the message for its own page.
    """
    started = time.monotonic()
    say_next = started + SILENT_S

    def tell(done: int) -> None:
        nonlocal say_next
        now = time.monotonic()
        if now < say_next:
            return
        say_next = now + pause_s
        rate = done / (now - started)
        left_s = (total - done) / rate if rate else 0.0
        speed = f"{rate:,.0f}" if rate >= _ROUND_RATE else f"{rate:,.1f}"
        message = f"{what}: {done:,} of {total:,} {unit}, {speed}/s, {left_s:,.0f} s left"
        if task and task.set_status_message and task.set_progress_percentage:  # Luigi sets them while it runs
            task.set_status_message(message)
            task.set_progress_percentage(100 * done / total)
        show(message, done / total)

    with _line() as (show, pause_s):
        yield tell


@contextmanager
def elapsed(what: str) -> Iterator[None]:
    """Say now and then how long a step has been going on that can't tell how far it is."""
    started = time.monotonic()
    done = threading.Event()

    def tell() -> None:
        wait_s = SILENT_S
        while not done.wait(wait_s):
            show(f"{what}: working for {time.monotonic() - started:,.0f} s", None)
            wait_s = pause_s

    teller = threading.Thread(target=tell, daemon=True)
    with _line() as (show, pause_s):
        teller.start()
        try:
            yield
        finally:
            done.set()
            teller.join()


@contextmanager
def _line() -> Iterator[tuple[Callable[[str, float | None], None], float]]:
    """Give what shows a message and a share of the work (None: not known), and the seconds between two of them."""
    with _bar_on_terminal() as show:
        yield (show, _TERMINAL_S) if show else (lambda message, _share: say(f"  {message}"), _LOG_S)


@contextmanager
def _bar_on_terminal() -> Iterator[Callable[[str, float | None], None] | None]:
    """Give what shows a message in a bar; None where nobody sees one."""
    if not sys.stderr.isatty():
        yield None
        return
    # A night's log has no bar, and these take as long to import as a small dataset to make.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_interactive:  # a terminal that can't go back in its line
        yield None
        return
    bar = Progress(TextColumn("  {task.description}", markup=False), BarColumn(), console=console, transient=True)
    step = bar.add_task("")

    def show(message: str, share: float | None) -> None:
        bar.start()  # not before there is something to say
        bar.update(step, description=message, completed=share or 0.0, total=None if share is None else 1.0)

    try:
        yield show
    finally:
        bar.stop()
