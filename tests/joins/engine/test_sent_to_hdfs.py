"""The archive of what tasks import in HDFS: put once, few kept; what a node lacks, as logs and errors tell it."""

from pathlib import Path

import pytest

from joins.engine.mrjob.failures import failure_told_by, lacks_told_by
from joins.engine.probe import NodeReport, UnfitNodeError
from joins.engine.shipped.in_hdfs import put_once
from joins.errors import EngineError

FOLDER = "hdfs:///user/night/tmp/interest-graph"
NEW = Path("sent-to-nodes/new.zip")


class Hdfs:
    """A folder of HDFS, its files the newest first; `came` are those that others put meanwhile."""

    def __init__(self, *files, came=(), is_writable=True):
        self.files, self.came, self.is_writable, self.calls = [*files], [*came], is_writable, []

    def __call__(self, action, *words):
        self.calls.append(action)
        if action == "-ls":
            there = [f"{FOLDER}/{name}\n" for name in self.files]
            return "".join(there) if there or "-mkdir" in self.calls else None
        if action == "-put":
            self.files[:0] = self.came
            if not self.is_writable or self.came:
                return None
            self.files.insert(0, words[1].rpartition("/")[2])
        if action == "-rm":
            self.files = [name for name in self.files if f"{FOLDER}/{name}" not in words]
        return ""


def test_an_archive_is_put_once():
    hdfs = Hdfs()
    for _ in range(2):
        put_once(NEW, FOLDER, hdfs)
    assert hdfs.files == ["new.zip"]
    assert hdfs.calls == ["-ls", "-mkdir", "-put", "-ls"]


def test_four_archives_are_kept_the_newest():
    hdfs = Hdfs("4.zip", "3.zip", "half.zip._COPYING_", "2.zip", "1.zip")
    put_once(NEW, FOLDER, hdfs)
    assert hdfs.files == ["new.zip", "4.zip", "3.zip", "half.zip._COPYING_", "2.zip"]


def test_who_comes_second_takes_what_the_first_has_put():
    hdfs = Hdfs("1.zip", came=["new.zip"])
    put_once(NEW, FOLDER, hdfs)
    assert hdfs.files == ["new.zip", "1.zip"]


def test_a_folder_that_takes_nothing_is_told():
    with pytest.raises(EngineError, match=r"interest-graph/new\.zip could not be put, .* or set python_bin"):
        put_once(NEW, FOLDER, Hdfs("1.zip", is_writable=False))


def test_what_a_node_lacks_is_told_by_the_error_of_its_task():
    with pytest.raises(UnfitNodeError) as info:
        NodeReport("node7", "the input s3://pins is not there", "use a store").refuse()
    NodeReport("node8").refuse()
    traceback = f"Traceback (most recent call last):\n  at task.py\njoins.engine.probe.UnfitNodeError: {info.value}\n"
    failure = failure_told_by([traceback], "")
    assert (failure.node, failure.why) == ("node7", "the input s3://pins is not there; use a store")
    assert lacks_told_by([traceback, "ValueError: no", traceback]) == [
        "node node7: the input s3://pins is not there; use a store"
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('java.io.IOException: Cannot run program "python3.11": error=2, No such', "there is no Python called python3"),
        ("PipeMapRed.waitOutputThreads(): subprocess failed with code 78", "it lacks what tasks need, and could not"),
    ],
)
def test_a_node_whose_task_could_say_nothing_is_told_by_the_log(line, why):
    told = f"Error: java.lang.RuntimeException\nCaused by: {line}\nan attempt failed on the node node7\n"
    failure = failure_told_by([], told)
    assert failure.node == "node7"
    assert failure.why.startswith(why)
    assert failure.remedy
