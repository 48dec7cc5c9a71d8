"""What the log of a mrjob job says about why it failed, as one line, with what to do where that is known.

A cluster's log has hundreds of lines, and the last of them only say that the job failed. The lines that tell are known:
a container that YARN ended for its memory, a traceback of a task, a Python that the system killed. Where there are none
of these, the last lines that look like an error are what is told.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from joins.engine.mrjob.memory import MEMORY_SETTING
from joins.engine.probe import UnfitNodeError

NODE_OF_FAILED = "an attempt failed on the node"  # and its name: what our runner adds to the log
_LOG_LINES = 3
_LINE_CHARACTERS = 300
REMOVES = "Removing "  # how lines begin about what a job leaves; they tell of no cause
_TELLING = ("Error:", "Exception", "failed:", "failed with state", "Caused by:")
_RAISE_MEMORY = f"raise {MEMORY_SETTING} [engine], and run again"
# "Container [pid=7,containerID=container_1] is running 9B beyond the 'PHYSICAL' memory limit. Current usage: 1.1 GB of
# 1 GB physical memory used; ..."; Hadoop 2 says "running beyond physical memory limits".
_OUT_OF_MEMORY = re.compile(
    r"running (?:-?\d+B )?beyond (?:the )?'?(?P<kind>physical|virtual)'? memory limits?\."
    r"(?: Current usage: (?P<physical>[\d.]+ \w+ of [\d.]+ \w+) physical memory used;"
    r" (?P<virtual>[\d.]+ \w+ of [\d.]+ \w+) virtual memory used)?",
    re.IGNORECASE,
)
_KILLED = re.compile(r"subprocess failed with code 137|Container killed on request\. Exit code is 137")
_JAVA_OUT_OF_MEMORY = re.compile(r"java\.lang\.OutOfMemoryError: [\w ]+")
# of mrjob on EMR: "Cluster j-2AB was TERMINATED_WITH_ERRORS: On the master instance, bootstrap action 1 returned ..."
_CLUSTER_ENDED = re.compile(
    r"^Cluster (?P<cluster>j-\w+) (?:was|is) (?P<state>TERMINAT(?:ED_WITH_ERRORS|ED|ING))(?P<reason>: .+)?$",
    re.MULTILINE,
)
_FAILED_ON = re.compile(r"^FAILED attempt_\S+ https?://([^:/\s]+)", re.MULTILINE)
_NODE_TOLD = re.compile(rf"{NODE_OF_FAILED} (?P<node>\S+)")
_NO_PROGRAM = re.compile(r'Cannot run program "(?P<program>[^"]+)"')
_UNFIT = re.compile(rf"{UnfitNodeError.__name__}: (?P<node>[^\s:]+): (?P<problem>.*)")
_UNFIT_BY_CODE = f"subprocess failed with code {UnfitNodeError.exit_code}"
_INSTALLED = "where this project is installed"
_PROBABLE_CAUSE = "Probable cause of failure:"
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*\S.*")


class Failure(NamedTuple):
    """Why a job failed: the line that says it, what to do, and a task's traceback if one is known."""

    why: str
    remedy: str = ""
    traceback: str = ""
    node: str = ""  # that lacks what tasks need


def failure_told_by(tracebacks: Sequence[str], log: str) -> Failure:
    """Return why a job failed: an error of a task itself before what a node lacks, as Hadoop tries that on others.

    Parameters
    ----------
    tracebacks
        What tasks reported, the first first.
    log
        What mrjob said, with what Hadoop said to it.
    """
    own = next((text for text in tracebacks if not _UNFIT.search(text)), "")
    if known := _of_traceback(own) if own else _of_node(tracebacks, log):
        return known
    if found := _OUT_OF_MEMORY.search(log):
        kind = found["kind"].lower()
        used = f" ({found[kind]})" if found[kind] else ""
        return Failure(f"a task was killed, as it outgrew the {kind} memory of its container{used}", _RAISE_MEMORY)
    if found := _JAVA_OUT_OF_MEMORY.search(log):
        return Failure(f"the JVM beside a task ran out of memory: {found[0]}", _RAISE_MEMORY)
    _, _, cause = log.rpartition(_PROBABLE_CAUSE)
    if cause != log and (in_log := _TRACEBACK.findall(cause)):
        return _of_traceback(in_log[-1])
    if _KILLED.search(log):
        return Failure("a task was killed (137), as the system does where memory runs out", _RAISE_MEMORY)
    lines = [line for line in log.strip().splitlines() if not line.startswith(REMOVES)]
    telling = [line for line in lines if any(word in line for word in _TELLING)]
    return _of_cluster(log) or Failure(
        " / ".join(_shortened(line.strip()) for line in (telling or lines)[-_LOG_LINES:])
    )


def lacks_told_by(tracebacks: Iterable[str]) -> list[str]:
    """Return a line for each node that lacks something, by the errors of tasks that failed for it."""
    found = (_UNFIT.search(text) for text in tracebacks)
    return list(dict.fromkeys(f"node {unfit['node']}: {unfit['problem']}" for unfit in found if unfit))


def nodes_of_failed(events: str) -> list[str]:
    """Return the nodes of the attempts that failed, by what ``mapred job -events`` says.

    Examples
    --------
    >>> nodes_of_failed("FAILED attempt_17_0001_m_000000_0 http://node7:8042/tasklog?plaintext=true")
    ['node7']
    """
    return list(dict.fromkeys(_FAILED_ON.findall(events)))


def is_told_of_node(line: bytes) -> bool:
    """Return whether a line of Hadoop's client says that a task failed for what its node lacks."""
    return b"Cannot run program" in line or _UNFIT_BY_CODE.encode() in line


def last_traceback(text: str) -> str:
    """Return the last traceback of Python in a text; empty if there is none."""
    found = _TRACEBACK.findall(text)
    return found[-1] if found else ""


def _of_node(tracebacks: Sequence[str], log: str) -> Failure | None:
    """Return what a node lacks, by the error of its task, or by how streaming failed there."""
    for text in (*tracebacks, log):
        if unfit := _UNFIT.search(text):
            return Failure(unfit["problem"], node=unfit["node"])
    named = _NODE_TOLD.search(log)
    node = named["node"] if named else "unknown"
    if no_program := _NO_PROGRAM.search(log):
        remedy = "install it on that node's path, or name one by task_python_bin of mrjob_conf, or by python_bin"
        return Failure(f"there is no Python called {no_program['program']}", f"{remedy} {_INSTALLED}", node=node)
    if _UNFIT_BY_CODE in log:
        return Failure(
            "it lacks what tasks need, and could not tell what: mostly it reaches neither input nor output",
            "see the standard error of its containers (yarn logs), and that it reaches both",
            node=node,
        )
    return None


def _of_traceback(traceback: str) -> Failure:
    return Failure(traceback.strip().splitlines()[-1], traceback=traceback)


def _of_cluster(log: str) -> Failure | None:
    """Return why a cluster of EMR ended by itself, if it did."""
    if ended := _CLUSTER_ENDED.search(log):
        why = f"the cluster {ended['cluster']} ended ({ended['state']}){ended['reason'] or ''}"
        return Failure(why, "see cloud_log_dir of mrjob_conf for its logs")
    return None


def _shortened(line: str) -> str:
    """Cut the middle out of a long line: commands that failed end with their exit status."""
    half = _LINE_CHARACTERS // 2
    return line if len(line) <= _LINE_CHARACTERS else f"{line[:half]} ... {line[-half:]}"
