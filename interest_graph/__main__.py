"""Starts ``interest-graph``, which ``python -m interest_graph`` does as well.

Importing the commands takes a second, in which Ctrl-C would print a trace. So signals are met before anything else is
imported, and after all is done. While a command works, `workflows.operations.interruption` meets them: then there is
staging to remove and there are children to end.
"""

import atexit
import os
import signal
from types import FrameType
from typing import Never

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Meet signals, then import and run the commands."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, _end)
    atexit.register(_ignore_signals)  # the first one that is registered is called last
    from workflows.commands.app import main as run_command  # noqa: PLC0415 - this is what takes a second

    run_command()


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


if __name__ == "__main__":
    main()
