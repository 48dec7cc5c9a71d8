"""The charts of a run report that tell of its tasks: when each ran, what it took of the machine."""

from collections.abc import Iterator, Sequence

from workflows.pages.charts import Axis, Chart, bars, gantt
from workflows.pages.words import duration, n_bytes
from workflows.reports.showing.report_cells import Section

_MILLION = 1e6


def timeline_chart(tasks: Section) -> Chart | None:
    """Return when each task ran."""
    found = tasks.get("tasks")
    if not found:
        return None
    return gantt(
        "timeline",
        "When each task ran",
        f"From {tasks['began'][:16].replace('T', ' ')} UTC on, on {tasks['host']}. What is long is worth a look first; "
        "what it took stands over a bar that is pointed at, and in the numbers below.",
        Axis("since the run began", "s"),
        Axis("task"),
        [(row, one["start_s"], one["end_s"], one["kind"]) for row, one in zip(task_names(found), found, strict=True)],
        list(map(cost, found)),
    )


def cost(task: Section) -> str:
    """Return what a task took, in words; a task that was killed has none.

    Examples
    --------
    >>> cost({"wall_s": 2.5, "cpu_s": 3.25, "peak_memory_bytes": 180_000_000})
    '2.5 s, 3.2 s of CPU, 180 MB at most'
    """
    if task["wall_s"] is None:
        return "not measured"
    memory = f", {n_bytes(task['peak_memory_bytes'])} at most" if task["peak_memory_bytes"] else ""
    return f"{duration(task['wall_s'])}, {duration(task['cpu_s'])} of CPU{memory}"


def cost_charts(tasks: Section) -> Iterator[Chart]:
    """Yield the CPU time and the peak memory of each task."""
    found = [one for one in tasks.get("tasks", []) if one["wall_s"] is not None]
    if not found:
        return
    names, of_task = task_names(found), Axis("task")
    cpu = {"CPU": [one["cpu_s"] for one in found], "clock": [one["wall_s"] for one in found]}
    caption = "CPU seconds of user and system over all cores, and seconds by the clock."
    yield bars("cpu", "CPU and clock of each task", caption, of_task, Axis("time", "s"), cpu, names, lying=True)
    if any(one["peak_memory_bytes"] for one in found):
        peaks = [round((one["peak_memory_bytes"] or 0) / _MILLION, 1) for one in found]
        caption = "The most resident memory of the process and its children while the task ran."
        memory = Axis("peak memory", "MB")
        yield bars("memory", "Memory of each task", caption, of_task, memory, {"memory": peaks}, names, lying=True)


def task_names(tasks: Sequence[Section]) -> list[str]:
    """Return what tasks are called beside a chart: with their iteration; a further attempt with its number."""
    names, told = list[str](), dict[str, int]()
    for one in tasks:
        name = f"{one['task'].removesuffix('-all')} {one['iteration'] or ''}".strip()
        told[name] = told.get(name, 0) + 1
        names.append(name if told[name] == 1 else f"{name}, attempt {told[name]}")
    return names
