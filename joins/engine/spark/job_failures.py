"""Why a job of Spark failed, in one line: a node that can do no task, a lost executor, or the error of a task.

Spark tells all of it in one long text, with the traces of Java around it.
"""

import re

from joins.engine.probe import NodeReport
from joins.errors import EngineError

_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<error>\S.*)")
_LAST_FAILURE = re.compile(
    r"most recent failure: (?:Lost task .*?\): )?(?:org\.apache\.spark\.SparkException: )?(?P<why>[^\n]*)"
)
_ATTEMPTS = re.compile(r"Task \S+ in stage \S+ failed (?P<n>\d+) times")
_MORE_MEMORY = (
    "if it was ended for its memory, raise spark.executor.memoryOverhead in spark_conf (standalone: lower "
    "spark.executor.cores); else run again"
)
_LOST = re.compile(r"ExecutorLostFailure[^\n]*?Reason: (?P<why>[^\n]*)")
_NODE = re.compile(r"\(TID \d+\) \((?P<node>\S+) executor \S+\)")
_NO_PROGRAM = re.compile(r'Cannot run program "(?P<program>[^"]+)"')
_VERSION = r"\(?(?P<{}>\d+(?:\.|, )\d+)\)?"  # PySpark 3.5 writes (3, 11), 4.3 writes 3.11
_OTHER_PYTHON = re.compile(
    f"different version:? {_VERSION.format('there')} than that in driver:? {_VERSION.format('here')}"
)
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named (?P<module>'[^']+')")
_NAME_IT = "name one by spark.pyspark.python in spark_conf, or by python_bin where this project is installed there"


def failure_of_job(error: Exception, cluster: str) -> EngineError:
    """Say what failed: the error of a task where there is one, else what Spark says of the last failure."""
    text = str(error)
    if cannot_start := failure_to_start(text, cluster):
        return cannot_start
    own, lost, last = _TRACEBACK.findall(text), _LOST.search(text), _LAST_FAILURE.search(text)
    remedy = ""
    if lost:
        why, remedy = f"an executor was lost: {lost['why'].strip()}", _MORE_MEMORY
    elif own:
        why = own[-1]
    elif last:
        why, remedy = f"{last['why'].strip()}{_times(text)}", _MORE_MEMORY
    else:
        why = next(iter(text.strip().splitlines()), type(error).__name__)
    told = EngineError(f"the job failed: {why}; nothing was published", where=cluster, remedy=remedy)
    told.add_note(text)
    return told


def _times(text: str) -> str:
    """Return how often the task was tried, for people; nothing if it was once."""
    found = _ATTEMPTS.search(text)
    return f", {found['n']} times" if found and found["n"] != "1" else ""


def failure_to_start(text: str, cluster: str) -> EngineError | None:
    """Return the error of a node whose Python can't do any task, by what Spark says; None where it says neither."""
    found = _NODE.search(text)
    node = found["node"] if found else "unknown"
    if no_program := _NO_PROGRAM.search(text):
        problem = f"there is no Python called {no_program['program']}"
        return NodeReport(node, problem, f"install it on that node's path; or {_NAME_IT}").error(cluster)
    if other := _OTHER_PYTHON.search(text):
        there, here = (other[side].replace(", ", ".") for side in ("there", "here"))
        problem = f"its Python is {there}, and the run has {here}"
        return NodeReport(node, problem, f"install Python {here} there; or {_NAME_IT}").error(cluster)
    if missing := _NO_MODULE.search(text):
        remedy = "install this project there, or leave python_bin empty, and it is sent"
        return NodeReport(node, f"its Python has no module named {missing['module']}", remedy).error(cluster)
    return None
