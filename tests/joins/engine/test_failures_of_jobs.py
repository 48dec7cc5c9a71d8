"""What is told of a job that failed: the one line of its log that says why, and what to do."""

import pytest

from joins.engine.mrjob.failures import failure_told_by, last_traceback

MEMORY = (
    "  Task Id : attempt_1_0001_m_000000_0, Status : FAILED\n[2026-11-20 00:00:00.000]Container [pid=7,containerID="
    "container_1_01_000002] is running 75497472B beyond the 'PHYSICAL' memory limit. Current usage: 1.1 GB of 1 GB "
    "physical memory used; 3.4 GB of 2.1 GB virtual memory used. Killing container.\n"
    "Container killed on request. Exit code is 143\nStep 1 of 1 failed: Command '['hadoop']' returned status 256.\n"
)
HADOOP_2 = (
    "Container [pid=7] is running beyond physical memory limits. Current usage: 2 GB of 1 GB physical memory used; "
    "3 GB of 4 GB virtual memory used. Killing container.\n"
)
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    raise\n{error}\n'
CAUSE = (
    TRACEBACK.format(error="OSError: of mrjob itself")
    + "Probable cause of failure:\n\nPipeMapRed.waitOutputThreads(): subprocess failed with code 1\n\ncaused by:\n\n"
    + TRACEBACK.format(error="ValueError: pin 7 is odd")
    + "\n\nStep 1 of 1 failed: Command '['hadoop', 'jar']' returned non-zero exit status 256.\n"
)
RAISE = "raise task_memory_mb [engine], and run again"


@pytest.mark.parametrize(
    ("log", "why", "remedy"),
    [
        (MEMORY, "a task was killed, as it outgrew the physical memory of its container (1.1 GB of 1 GB)", RAISE),
        (
            MEMORY.replace("'PHYSICAL'", "'VIRTUAL'"),
            "a task was killed, as it outgrew the virtual memory of its container (3.4 GB of 2.1 GB)",
            RAISE,
        ),
        (
            HADOOP_2,
            "a task was killed, as it outgrew the physical memory of its container (2 GB of 1 GB)",
            RAISE,
        ),
        (
            "Error: java.lang.OutOfMemoryError: Java heap space\n\tat a.b\n",
            "the JVM beside a task ran out of memory: java.lang.OutOfMemoryError: Java heap space",
            RAISE,
        ),
        (
            "Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 137\n",
            "a task was killed (137), as the system does where memory runs out",
            RAISE,
        ),
        (
            "Container killed on request. Exit code is 137\nContainer exited with a non-zero exit code 137.\n",
            "a task was killed (137), as the system does where memory runs out",
            RAISE,
        ),
        (CAUSE, "ValueError: pin 7 is odd", ""),
        ("one\nCaused by: two\nthree\n", "Caused by: two", ""),
        ("one\ntwo\nthree\nfour\n", "two / three / four", ""),
        ("", "", ""),
    ],
)
def test_the_line_of_a_log_that_tells(log, why, remedy):
    failure = failure_told_by([], log)
    assert (failure.why, failure.remedy) == (why, remedy)


def test_the_traceback_that_a_task_left_tells_before_the_log():
    left = TRACEBACK.format(error="DatasetError: part 0 is not sorted")
    assert failure_told_by([left], MEMORY)[:3] == ("DatasetError: part 0 is not sorted", "", left)


def test_an_error_of_a_task_is_told_before_what_another_node_lacked():
    unfit = TRACEBACK.format(error="joins.engine.probe.UnfitNodeError: node7: the input is not there")
    own, log = (
        TRACEBACK.format(error="ValueError: pin 7 is odd"),
        'IOException: Cannot run program "python3.11": error=2',
    )
    failure = failure_told_by([unfit, own], log)
    assert (failure.why, failure.node) == ("ValueError: pin 7 is odd", "")
    failure = failure_told_by([unfit], log)
    assert (failure.why, failure.node) == ("the input is not there", "node7")


def test_the_traceback_of_the_log_is_handed_on_whole():
    assert failure_told_by([], CAUSE).traceback == TRACEBACK.format(error="ValueError: pin 7 is odd").rstrip("\n")


def test_a_long_line_keeps_its_beginning_and_its_end():
    why = failure_told_by([], f"hadoop {'x' * 999} exit status 9").why
    assert why.startswith("hadoop xxx")
    assert why.endswith("xxx exit status 9")
    assert len(why) == 305


def test_the_last_traceback_of_a_text():
    first, second = (TRACEBACK.format(error=error) for error in ("KeyError: 1", "ValueError: 2"))
    assert last_traceback(f"{first}between\n{second}after\n") == second.rstrip("\n")
    assert last_traceback("none") == ""
