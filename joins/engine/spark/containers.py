"""How much memory a task of Spark has, as far as its cluster enforces any: YARN's containers are of a known size.

YARN ends an executor whose JVM and Pythons take more than its container together. The Python of a task sees no limit by
itself, so what it may take follows from the settings of the session. Elsewhere a task looks around itself
(`joins.engine.task_memory`): a standalone cluster ends nobody, Kubernetes limits the control group, and
``spark.executor.pyspark.memory`` the address space.

What is reckoned is the most that a task can have, so that nothing is refused that works: the heap doesn't count beyond
a JVM at rest, as it grows with what it is used for, and neither do tasks beside it beyond an idle Python for each.

The defaults are those of PySpark 3.5 and 4.3 (``org.apache.spark.deploy.yarn``).
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from joins.engine.task_memory import TaskMemory

if TYPE_CHECKING:
    from pyspark import SparkContext

Setting = Callable[[str, str], str]  # gives the text of a setting, or a default

_JVM_MB, _PYTHON_MB = 192, 64  # at the least
_LEAST_OVERHEAD_MB, _OVERHEAD_FACTOR = "384", "0.1"
_ROUNDED_TO_MB = "1024"  # YARN's own default
_SIZE = re.compile(r"(?P<number>\d+)(?P<unit>b|[kmgtp]?)b?")
_MIB = 2**20
_UNITS = {"b": 1, "k": 2**10, "": _MIB, "m": _MIB, "g": 2**30, "t": 2**40, "p": 2**50}
_REMEDY = "raise spark.executor.memoryOverhead in spark_conf, until it and spark.executor.memory are {mb} MiB"


def memory_of_tasks(session: "SparkContext") -> TaskMemory | None:
    """Return the memory of each task of a session; None where a task is to look around itself."""
    conf = session.getConf()
    if session.master != "yarn" or conf.contains("spark.executor.pyspark.memory"):
        return None
    hadoop = session._jsc.hadoopConfiguration()  # noqa: SLF001 - Python has no name for it
    rounded_to = hadoop.get("yarn.scheduler.minimum-allocation-mb", _ROUNDED_TO_MB)
    return memory_in_container(lambda name, default: conf.get(name, default) or default, int(rounded_to))


def memory_in_container(setting: Setting, rounded_to_mb: int) -> TaskMemory:
    """Return what a task has of a container of YARN, by the settings of a session.

    Parameters
    ----------
    setting
        Gives the text of a setting of Spark, or the default that it is called with.
    rounded_to_mb
        YARN makes containers of multiples of this.

    Examples
    --------
    >>> given = {"spark.executor.memory": "3g", "spark.executor.cores": "2"}
    >>> memory = memory_in_container(given.get, 512)
    >>> memory.n_bytes // 2**20, memory.beside_bytes // 2**20
    (3584, 320)
    """
    heap_mb = _in_mb(setting("spark.executor.memory", "1g"))
    least = _in_mb(setting("spark.executor.minMemoryOverhead", _LEAST_OVERHEAD_MB))
    factor = float(setting("spark.executor.memoryOverheadFactor", _OVERHEAD_FACTOR))
    overhead = setting("spark.executor.memoryOverhead", "")
    overhead_mb = _in_mb(overhead) if overhead else max(least, int(factor * heap_mb))
    off_heap = setting("spark.memory.offHeap.enabled", "false") == "true"
    off_heap_mb = _in_mb(setting("spark.memory.offHeap.size", "0b")) if off_heap else 0
    asked_mb = heap_mb + overhead_mb + off_heap_mb
    n_tasks = max(1, int(setting("spark.executor.cores", "1")) // int(setting("spark.task.cpus", "1")))
    return TaskMemory(
        -(-asked_mb // rounded_to_mb) * rounded_to_mb * _MIB,
        "the container of its executor",
        _REMEDY,
        (_JVM_MB + n_tasks * _PYTHON_MB) * _MIB,
    )


def _in_mb(text: str) -> int:
    """Return a size as Spark writes sizes of memory, in MiB if it has no unit.

    Examples
    --------
    >>> _in_mb("2g"), _in_mb("512"), _in_mb("1048576k"), _in_mb("0b")
    (2048, 512, 1024, 0)
    """
    found = _SIZE.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is no size of memory, e.g. 2g")
    return int(found["number"]) * _UNITS[found["unit"]] // _MIB
