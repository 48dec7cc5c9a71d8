"""How much memory a task of a Hadoop job is given: what its step is reckoned to need, or what a setting says.

A container holds two processes. The Python that streaming starts does the work; the JVM beside it only passes lines
on, sorts them in a buffer and merges them, so its heap is small and of one size. A table that all partitions see counts
twice, as it lies in its file and as it was prepared: YARN counts the pages of a mapped file as the task's own.

The rows of a step aren't known before it runs. They are reckoned as those of a full part, or as what a group of parts
holds before it is put aside. One key with more rows than that needs the setting.
"""

from collections.abc import Iterator, Mapping

from joins.engine.places import table_bytes
from joins.engine.shuffle.gathering import MOST_HELD_BYTES
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import PartitionStep, Result, SharedTable
from joins.engine.task_memory import TaskMemory

MEMORY_SETTING = "task_memory_mb"
HEAP_MB = 384
SORT_MB = 100  # Hadoop's own default; a larger one of the cluster's would not fit the heap
_JVM_MB = 128  # besides its heap
_PYTHON_MB = 320  # interpreter, Arrow, numpy, numba and what they compiled
_LEAST_BESIDE_MB = 256  # an idle JVM and a Python with Arrow
_PART_MB = 128  # a part of 131,072 pins, its columns and what is built of them
_ROUNDED_TO_MB = 256
_TIMES_SHARED = 2
_TIMES_HELD = 2  # a group's rows, and the same split by partition
_MIB = 2**20
# A JVM of a few seconds: compiling its code well and collecting in threads would take longer than it lives.
_JVM_OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"


def reckoned_mb(step: PartitionStep[Result]) -> int:
    """Return the memory that a task of a step is reckoned to need, JVM and Python together, in MiB."""
    groups = PartitionGroups.of(step.n_partitions)
    is_held = bool(step.shuffled) and groups.n_groups < step.n_partitions
    held_mb = _TIMES_HELD * MOST_HELD_BYTES // _MIB if is_held else 0
    shared_mb = _TIMES_SHARED * sum(_shared_bytes(step)) // _MIB
    needed_mb = HEAP_MB + _JVM_MB + _PYTHON_MB + _PART_MB + held_mb + shared_mb
    return -(-needed_mb // _ROUNDED_TO_MB) * _ROUNDED_TO_MB


def memory_settings(task_mb: int) -> Mapping[str, str]:
    """Return the settings of Hadoop by which both kinds of tasks get so much memory.

    Examples
    --------
    >>> memory_settings(1024)["mapreduce.map.memory.mb"], memory_settings(256)["mapreduce.reduce.java.opts"]
    ('1024', '-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1')
    """
    heap_mb = min(HEAP_MB, task_mb // 2)
    settings = {"mapreduce.task.io.sort.mb": str(min(SORT_MB, heap_mb // 2))}
    for kind in ("map", "reduce"):
        settings[f"mapreduce.{kind}.memory.mb"] = str(task_mb)
        settings[f"mapreduce.{kind}.java.opts"] = f"-Xmx{heap_mb}m {_JVM_OPTIONS}"
    return settings


def memory_of_container(task_mb: int) -> TaskMemory:
    """Return what a task may take of a container of so many MiB, beside its JVM and its Python at their smallest."""
    remedy = f"raise {MEMORY_SETTING} [engine] to {{mb}}"
    return TaskMemory(task_mb * _MIB, "its container", remedy, _LEAST_BESIDE_MB * _MIB)


def _shared_bytes(step: PartitionStep[Result]) -> Iterator[int]:
    """Yield the size of the file of each table that tasks see whole."""
    reads = [*step.inputs.values(), *(table.read for table in step.shuffled.values())]
    places = {table.place for table in reads if isinstance(table, SharedTable)}
    yield from map(table_bytes, places)
