"""What a run says while it works: one line a finished dataset, and how far a long step has come.

Everything goes to standard error. On a terminal the progress is a bar that lives while the step does; elsewhere (a log
file) it is a line now and then. Nothing is said of a step that takes less than two seconds.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import luigi
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

_SILENT_S = 2.0
_TERMINAL_S = 0.2
_LOG_S = 10.0
_ROUND_RATE = 10  # units a second from which decimals tell nothing


def say(line: str) -> None:
    """Write one line for people."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class Progress:
    """Counts a step's units of work; a context manager that ends the progress line.

    Parameters
    ----------
    task
        The Luigi task, which gets the percentage and the message for its own page.
    what
        What is being done, e.g. ``pin_joins``.
    total
        Units of work, more than 0.
    unit
        What is counted, e.g. ``rows``.
    """

    def __init__(self, task: luigi.Task, what: str, total: int, unit: str) -> None:
        self._task, self._what, self._total, self._unit = task, what, total, unit
        self._started = time.monotonic()
        self._said = self._started + _SILENT_S
        self._line = _Line()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.end()

    def __call__(self, done: int) -> None:
        """Tell how many units are done by now."""
        now = time.monotonic()
        if now < self._said:
            return
        self._said = now + self._line.pause_s
        rate = done / (now - self._started)
        left_s = (self._total - done) / rate if rate else 0.0
        speed = f"{rate:,.0f}" if rate >= _ROUND_RATE else f"{rate:,.1f}"
        message = f"{self._what}: {done:,} of {self._total:,} {self._unit}, {speed}/s, {left_s:,.0f} s left"
        if self._task.set_status_message and self._task.set_progress_percentage:  # Luigi sets them while it runs
            self._task.set_status_message(message)
            self._task.set_progress_percentage(100 * done / self._total)
        self._line.show(message, done / self._total)


@contextmanager
def elapsed(what: str) -> Iterator[None]:
    """Say now and then how long a step has been going on that can't tell how far it is."""
    started = time.monotonic()
    line, done = _Line(), threading.Event()

    def tell() -> None:
        pause_s = _SILENT_S
        while not done.wait(pause_s):
            line.show(f"{what}: working for {time.monotonic() - started:,.0f} s", None)
            pause_s = line.pause_s

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        line.end()


class _Line:
    """Where a step tells how far it is: a bar of rich's on a terminal, lines in a log."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._on_terminal = sys.stderr.isatty()
        self.pause_s = _TERMINAL_S if self._on_terminal else _LOG_S

    def show(self, message: str, share: float | None) -> None:
        """Say it; a share that is None is not known."""
        if not self._on_terminal:
            say(f"  {message}")
            return
        if self._bar is None:
            self._bar = Bar(
                TextColumn("  {task.description}"), BarColumn(), console=Console(stderr=True), transient=True
            )
            self._bar.add_task(message, total=None)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], description=message, completed=share or 0.0, total=share and 1.0)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
