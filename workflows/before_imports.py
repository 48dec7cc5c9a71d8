"""What comes with importing `workflows`: signals are met, garbage isn't looked for, and Luigi gets its tasks.

`workflows` imports this before anything else. In the second that other imports take, and after all is done, Ctrl-C
would print a trace. Imports leave no garbage, and looking for it among the 200,000 objects that they make takes a
tenth of a second and more. Only the program ``interest-graph`` is meant, by its name: a notebook, a test and ``luigi``
keep the handlers they have. While a command works, `workflows.operations.interruption` meets signals: then there is
staging to remove and there are children to end.

Luigi knows the tasks whose modules are imported. So where Luigi is there, as under ``luigi --module workflows``, and
in our own program, they are imported too. Elsewhere they aren't: a worker of a cluster has no use for them, nor for
Luigi.
"""

import atexit
import gc
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Never

_PROGRAM = "interest-graph"
_TASKS = ("workflows.luigi_cfg", "workflows.backfills.range_daily", "workflows.daily")  # Luigi's files come first
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def is_ours(program: str) -> bool:
    """Return whether the program that was started is ours."""
    return os.path.basename(program) == _PROGRAM  # noqa: PTH119 - pathlib would be imported before signals are met


def meet_signals(program: str) -> None:
    """End at a signal with one line and its exit code, if the program that was started is ours."""
    if not is_ours(program):
        return
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, _end)
    atexit.register(_ignore_signals)  # the first one that is registered is called last


def leave_garbage(program: str) -> None:
    """Look for no garbage until `look_for_garbage`, if the program that was started is ours."""
    if is_ours(program):
        gc.disable()


def look_for_garbage() -> None:
    """Look for garbage from now on, among what is made from now on: what was imported stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def import_tasks() -> None:
    """Import all tasks, so that Luigi knows them by their names."""
    for module in _TASKS:
        import_module(module)


def _end(number: int, _frame: FrameType | None) -> Never:
    """End before anything was begun, or after all was done."""
    name = signal.Signals(number).name
    line = f"interrupted by {name}; nothing was under way\n"
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
if "luigi" in sys.modules or is_ours(_started):
    import_tasks()
