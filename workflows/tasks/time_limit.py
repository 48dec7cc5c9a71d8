"""A limit on the time a task may take, so that a run that hangs at night ends with an error before the morning.

Luigi's own limit forks a process for each task; here tasks run in one process, which has Arrow's threads.
"""

import signal
import threading
from types import FrameType

import luigi

from joins.errors import DiscoveryError
from workflows.tasks.base import DiscoveryTask


class TaskTimeoutError(DiscoveryError, RuntimeError):
    """A task took longer than the setting ``task_timeout_s`` allows."""


def limit_task_time() -> None:
    """Let an alarm ring in every task whose time is over, where tasks run in the main thread."""
    hook = DiscoveryTask.event_handler
    hook(luigi.Event.START)(_set_alarm)  # type: ignore[no-untyped-call]
    hook(luigi.Event.SUCCESS)(_stop_alarm)  # type: ignore[no-untyped-call]
    hook(luigi.Event.FAILURE)(_stop_alarm)  # type: ignore[no-untyped-call]


def _set_alarm(task: DiscoveryTask) -> None:
    limit_s = int(task.task_timeout_s)

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TaskTimeoutError(
            f"still not done after {limit_s:,} s; look at what it waits for, or raise task_timeout_s (0: no limit)"
        )

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, ring)
        signal.alarm(limit_s)


def _stop_alarm(_task: DiscoveryTask, _error: BaseException | None = None) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.alarm(0)
