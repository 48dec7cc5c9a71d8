"""Writes the file of metrics after every run, whether it succeeded, failed or had nothing to do.

Our commands write it when a run ends. Under the command ``luigi`` nobody of ours sees the end; there it is written by
the task that fails, and by `DailyDiscovery`, which comes last.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from joins.shown_text import shown
from storage_tiers.stores.address import Root
from workflows.monitoring.watch import after_each_task, is_run_watched
from workflows.progress import say
from workflows.records.recorder import is_whole_day
from workflows.settings.of_monitoring import PROMETHEUS_FILE
from workflows.tasks.base import DiscoveryTask

Day = TypeVar("Day", bound=DiscoveryTask)
Given = ParamSpec("Given")
RunDay = Callable[Concatenate[Day, Given], int]


def refresh_metrics(output: Root) -> None:
    """Write the metrics of an output folder to the file that the settings name, if any; what can't be is a warning."""
    path = PROMETHEUS_FILE.value()
    if not path:
        return
    from workflows.monitoring.prometheus_file import write_metrics  # noqa: PLC0415 - 75 ms, which most runs can spare

    try:
        write_metrics(output, Path(path))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with what is monitored, the day is built
        why = (error.strerror if isinstance(error, OSError) else None) or f"{type(error).__name__}: {error}"
        say(f"warning: prometheus_file {path} can't be written: {shown(why)}; the run goes on without it")


def metrics_after(run: RunDay[Day, Given]) -> RunDay[Day, Given]:
    """Let what runs a day write the metrics when it ends; whoever interrupts it doesn't wait for that."""

    @wraps(run)
    def running(day: Day, /, *args: Given.args, **kwargs: Given.kwargs) -> int:
        try:
            code = run(day, *args, **kwargs)
        except Exception:
            refresh_metrics(day.root)
            raise
        refresh_metrics(day.root)
        return code

    return running


def refresh_under_luigi() -> None:
    """Let the metrics be written by the tasks after which nothing comes, where no run is watched as a whole."""
    after_each_task(_refresh_after_last)


def _refresh_after_last(task: DiscoveryTask, error: BaseException | None) -> None:
    if not is_run_watched() and (error is not None or is_whole_day(task)):
        refresh_metrics(task.root)
