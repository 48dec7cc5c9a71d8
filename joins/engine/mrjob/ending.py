"""How the process that schedules a job ends before its time: when it is asked to, and when who started it is gone.

Its standard input is a pipe to which nothing is written. It closes when the driver ends, however that does: by its
end, by -9, by a lack of memory. On this machine the job then ends with all that it started. On a cluster it takes back
what it began there, which takes the start of a JVM or two, longer than a driver may wait. So it does that on its own,
within a minute.
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

ENDS_WITHIN_S = 60.0  # for the application to be killed and its files to be removed
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class AskedToEndError(SystemExit):
    """The process was asked to end, or its driver is gone, and nobody looks at its folder any more."""


def ends_with_its_driver(*, takes_back: bool) -> None:
    """From now on, end when asked to, and when the driver ends.

    Parameters
    ----------
    takes_back
        Whether the main thread is to raise, so that what was begun elsewhere is ended and removed; else the process
        ends at once, with all of its group.
    """
    if takes_back:
        for number in _SIGNALS:
            signal.signal(number, _raise_once)
    threading.Thread(target=_wait_for_driver, args=(takes_back,), daemon=True, name="driver").start()


def _wait_for_driver(takes_back: bool) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    if takes_back:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    else:
        os.killpg(0, signal.SIGTERM)


def _raise_once(number: int, _frame: FrameType | None) -> NoReturn:
    """Raise in the main thread, which ends blocks and with them what they began; what comes after is ignored."""
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    limit = threading.Timer(ENDS_WITHIN_S, os._exit, (128 + number,))
    limit.daemon = True
    limit.start()
    raise AskedToEndError(128 + number)
