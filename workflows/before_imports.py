"""What comes before the second that importing takes: signals are met, and garbage isn't looked for.

In that second, and after all is done, Ctrl-C would print a trace. Imports leave no garbage, and looking for it among
the 200,000 objects that they make takes a tenth of a second and more.

`workflows` imports this before anything else. Only the program ``interest-graph`` is meant, by its name: a notebook,
a test and ``luigi`` keep the handlers they have. While a command works, `workflows.operations.interruption` meets
signals: then there is staging to remove and there are children to end.
"""

import atexit
import gc
import os
import signal
import sys
from types import FrameType
from typing import Never

_PROGRAM = "interest-graph"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def meet_signals(program: str) -> None:
    """End at a signal with one line and its exit code, if the program that was started is ours."""
    if os.path.basename(program) != _PROGRAM:  # noqa: PTH119 - pathlib would be imported before signals are met
        return
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, _end)
    atexit.register(_ignore_signals)  # the first one that is registered is called last


def leave_garbage(program: str) -> None:
    """Look for no garbage until `look_for_garbage`, if the program that was started is ours."""
    if os.path.basename(program) == _PROGRAM:  # noqa: PTH119 - as above
        gc.disable()


def look_for_garbage() -> None:
    """Look for garbage from now on, among what is made from now on: what was imported stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _end(number: int, _frame: FrameType | None) -> Never:
    """End before anything was begun, or after all was done."""
    name = signal.Signals(number).name
    line = f"interrupted by {name}; what is published stays, and the same command goes on from there\n"
    try:
        os.write(2, line.encode())
    finally:  # the terminal may be gone
        os._exit(128 + number)


def _ignore_signals() -> None:
    """Keep the exit code of what was done: Python takes its handlers away before it ends."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


_started = sys.argv[0] if sys.argv else ""
meet_signals(_started)
leave_garbage(_started)
