"""A command of ours in a process that ends when its parent does, however that ends: ``python -m``, the command's words.

The parent holds one end of a pipe, which is this process's standard input. It closes when the parent is gone, even by
``kill -9``, and then this process ends with all that it started. What is published by then is whole; the staging that
is left is removed by the next run.
"""

import os
import signal
import sys
import threading


def main_watched() -> None:
    """Run the command that the arguments name, for as long as the parent is there."""
    parent = os.getppid()
    threading.Thread(target=_end_with_parent, daemon=True, name="parent").start()
    # The parent is watched first: these take a second to import, and much longer on a busy machine.
    from workflows.commands.app import main  # noqa: PLC0415 - as above
    from workflows.operations.run_lock import works_for  # noqa: PLC0415 - as above

    works_for(f"the backfill that is process {parent}")
    main()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    if os.getpgrp() == os.getpid():  # a group of its own, as `children` starts it
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(128 + signal.SIGKILL)


if __name__ == "__main__":
    main_watched()
