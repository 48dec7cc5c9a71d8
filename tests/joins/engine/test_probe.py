"""What a node is asked for before its first task, and how what is missing is told."""

import pickle
import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from joins.engine import probe
from joins.engine.probe import NodeCheck, NodeReport, Probe
from joins.engine.shipped.contents import project_digest
from joins.engine.spark import executors
from joins.engine.spark.job_failures import failure_to_start

HERE = (sys.version_info[0], sys.version_info[1])
LOST = "Job aborted due to stage failure: ... Lost task 0.3 in stage 0.0 (TID 3) (node7 executor 2): "


class Refusing:
    """A place in a store that lets nobody in."""

    def read_bytes(self):
        raise PermissionError("s3://pins/output: the store refused: 403 Forbidden")


class Silent:
    """A place in a store that doesn't answer."""

    def read_bytes(self):
        time.sleep(5)


@pytest.fixture
def asked(tmp_path):
    """A folder with an input and an output, and what is asked of nodes about it."""
    (tmp_path / "input").mkdir()
    (tmp_path / "_staging").mkdir()
    return Probe(lambda: nullcontext(tmp_path / "_staging"), tmp_path / "input")


def test_a_node_that_has_everything_is_told_nothing_of(asked):
    with asked.check() as check:
        there = pickle.loads(pickle.dumps(check))()  # noqa: S301 - its own
        assert there.problem == ""


def test_another_python_and_another_version_of_the_project_are_told(asked):
    with asked.check() as check:
        other_python = NodeCheck((3, 9), check.project, check.places)()
        other_project = NodeCheck(HERE, "0" * 24, check.places)()
    assert str(other_python.error("Spark on yarn")).startswith(f"Spark on yarn, node {other_python.node}: ")
    assert "and the run has 3.9; give it Python 3.9" in str(other_python.error("Spark on yarn"))
    assert "is another version" in other_project.problem
    assert "leave python_bin empty" in other_project.remedy


def test_a_python_without_arrow_is_told(asked, monkeypatch):
    monkeypatch.setattr(probe, "_TASKS_IMPORT", ("no_such_module",))
    with asked.check() as check:
        assert "lacks what tasks import: No module named 'no_such_module'" in check().problem


def test_an_output_that_is_another_folder_there_is_told(asked, tmp_path):
    with asked.check() as check:
        (tmp_path / "_staging" / "mark").write_bytes(b"of another run")
        another = check()
        (tmp_path / "_staging" / "mark").unlink()
        gone = check()
    assert another == gone
    assert f"the output {tmp_path} is not the one of this run" in gone.problem
    assert "share that folder with all nodes" in gone.remedy


def test_folders_mean_the_same_on_a_node_whose_tasks_run_in_another_one(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Probe(lambda: nullcontext(Path("_staging")), Path("input")).check() as check:
        monkeypatch.chdir("/")
        assert check().problem == ""
    assert asked


def test_an_input_that_is_not_there_is_told_only_if_it_is_here(asked, tmp_path):
    with asked.check() as check:
        (tmp_path / "input").rmdir()
        assert check().problem == f"the input {tmp_path / 'input'} is not there"
    with asked.check() as check:
        assert check().problem == ""


@pytest.mark.parametrize(
    ("place", "told"), [(Refusing(), "the store refused: 403"), (Silent(), "did not answer within")]
)
def test_a_store_that_a_node_can_not_use_is_told(place, told, monkeypatch):
    monkeypatch.setattr(probe, "_ANSWERS_WITHIN_S", 0.5 if isinstance(place, Silent) else 5)
    report = NodeCheck(HERE, project_digest(), pickle.dumps((place, b"", None)))()
    assert told in report.problem
    assert "see that the node reaches it" in report.remedy


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'java.io.IOException: Cannot run program "python3.11": error=2, No such file or directory',
            "Spark on yarn, node node7: there is no Python called python3.11; install it on that node's path",
        ),
        (
            "[PYTHON_VERSION_MISMATCH] Python in worker has different version (3, 13) than that in driver 3.11, ...",
            "Spark on yarn, node node7: its Python is 3.13, and the run has 3.11; install Python 3.11 there",
        ),
        (
            "[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.13 than that in driver: 3.11, PySpark",
            "Spark on yarn, node node7: its Python is 3.13, and the run has 3.11; install Python 3.11 there",
        ),
        (
            "PythonException: Traceback ...\nModuleNotFoundError: No module named 'joins'\n",
            "Spark on yarn, node node7: its Python has no module named 'joins'; install this project there",
        ),
    ],
)
def test_a_python_that_can_do_no_task_is_told_with_its_node(said, told):
    error = failure_to_start(LOST + said, "Spark on yarn")
    assert str(error).startswith(told)
    assert "\n" not in str(error)
    assert failure_to_start("ValueError: partition 3 holds an owl", "Spark on yarn") is None


class Session:
    """A session of Spark that deals its tasks out evenly; ``hosts`` are the nodes of its executors."""

    def __init__(self, *hosts):
        self.hosts, self.applicationId = [*hosts], f"app-{id(self)}"
        self._jsc = SimpleNamespace(sc=lambda: self)

    def statusTracker(self):  # noqa: N802 - Spark's name
        return self

    def getExecutorInfos(self):  # noqa: N802 - Spark's name
        return [SimpleNamespace(host=lambda host=host: host, port=lambda: 7) for host in ["driver", *self.hosts]]

    def parallelize(self, _numbers, _n_tasks):
        return SimpleNamespace(mapPartitions=lambda _ask: self)

    def collect(self):
        return [((host, "folder"), NodeReport(host)) for host in self.hosts]


def test_executors_that_come_later_or_in_place_of_others_are_asked_before_the_next_step():
    asked, session = [], Session("node1", "node2")

    @contextmanager
    def check():
        asked.append(list(session.hosts))
        yield None

    probe_of_all = SimpleNamespace(check=check)
    for hosts in (["node1", "node2"], ["node1", "node2"], ["node1"], ["node1", "node3"], ["node1", "node3", "node4"]):
        session.hosts = hosts
        executors.probe_executors(session, probe_of_all, "Spark")
    assert asked == [["node1", "node2"], ["node1", "node3"], ["node1", "node3", "node4"]]
