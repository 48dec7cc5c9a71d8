"""The charts of a run report that tell of its tasks: when each ran, what it took of the machine."""

from collections.abc import Iterator, Sequence

from workflows.pages.charts import Axis, Chart, bars, gantt
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
        f"From {tasks['began'][:16].replace('T', ' ')} UTC on, on {tasks['host']}. What is long is worth a look first.",
        Axis("since the run began", "s"),
        [(row, one["start_s"], one["end_s"], one["kind"]) for row, one in zip(task_names(found), found, strict=True)],
    )


def cost_charts(tasks: Section) -> Iterator[Chart]:
    """Yield the CPU time and the peak memory of each task."""
    found = [one for one in tasks.get("tasks", []) if one["wall_s"] is not None]
    if not found:
        return
    names, of_task = task_names(found), Axis("task")
    cpu = {"CPU": [one["cpu_s"] for one in found], "clock": [one["wall_s"] for one in found]}
    caption = "CPU seconds of user and system over all cores, and seconds by the clock."
    yield _apart(bars("cpu", "What each task took", caption, of_task, Axis("time", "s"), cpu, names, lying=True))
    if any(one["peak_memory_bytes"] for one in found):
        peaks = [round((one["peak_memory_bytes"] or 0) / _MILLION, 1) for one in found]
        caption = "The most resident memory of the process and its children while the task ran."
        memory = Axis("peak memory", "MB")
        chart = bars("memory", "Memory of each task", caption, of_task, memory, {"memory": peaks}, names, lying=True)
        yield _apart(chart)


def task_names(tasks: Sequence[Section]) -> list[str]:
    """Return what tasks are called beside a chart: with their iteration; a further attempt with its number."""
    names, told = list[str](), dict[str, int]()
    for one in tasks:
        name = f"{one['task'].removesuffix('-all')} {one['iteration'] or ''}".strip()
        told[name] = told.get(name, 0) + 1
        names.append(name if told[name] == 1 else f"{name}, attempt {told[name]}")
    return names


def _apart(chart: Chart) -> Chart:
    """Return a chart of lying bars whose axis title stands apart from their long names."""
    chart.figure["layout"]["yaxis"]["title"] |= {"standoff": 16}
    return chart
