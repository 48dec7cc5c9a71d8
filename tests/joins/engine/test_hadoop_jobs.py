"""Jobs on Hadoop: how many processes they start, what they ask of the cluster, how they end. `hadoop` is made up."""

import getpass
import operator
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.mrjob import engine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.mrjob.folder import JobFolder
from joins.engine.mrjob.memory import reckoned_mb
from joins.engine.mrjob.runners.on_hadoop import other_program
from joins.engine.shipped.archive import Archive
from joins.engine.step import PartitionStep, Shuffled, share
from joins.errors import EngineError

STEP_FUNCTIONS = """
def ids(pins):
    return sorted(pins["pin_id"].to_pylist())

def itself(number):
    return number

def both(number, built):
    return number, built

def odd(number):
    raise ValueError(f"partition {number} is odd")
"""
APPLICATION = "application_1700000000000_0001"
DRIVER = """
import sys, hadoop_step_functions
from pathlib import Path
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.step import PartitionStep
MRJobEngine(Path(sys.argv[1]), "hadoop").run(
    PartitionStep(1, {"number": int}, hadoop_step_functions.itself, hadoop_step_functions.both))
"""
WAIT_S, PUTS_FOR_S = 60, 3
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def hadoop(tmp_path, monkeypatch):
    """A Hadoop's home with a made-up command; the folder has the calls and what lies in HDFS."""
    home = tmp_path / "hadoop-home"
    (home / "bin").mkdir(parents=True)
    (home / "hadoop-streaming-3.4.2.jar").touch()
    source = Path(__file__).with_name("made_up_hadoop.py").read_text()
    for name in ("hadoop", "mapred", "yarn"):
        (home / "bin" / name).write_text(f"#!{sys.executable}\n{source}")
        (home / "bin" / name).chmod(0o755)
    for name in ("HADOOP_PREFIX", "HADOOP_INSTALL", "HADOOP_LOG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HADOOP_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return home


@pytest.fixture
def functions(tmp_path, monkeypatch):
    (tmp_path / "hadoop_step_functions.py").write_text(STEP_FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("hadoop_step_functions", None)
    import hadoop_step_functions  # noqa: PLC0415 - it has just been written

    return hadoop_step_functions


@dataclass(frozen=True)
class ReadsByNumber:
    """An input that has no hash, as several have."""

    tables: Mapping[int, pa.Table]

    def __call__(self, number):
        return self.tables[number]


def calls_of(hadoop):
    return (hadoop / "calls").read_text().splitlines()


def named(calls):
    return [" ".join(call.split()[1 : 3 if " fs " in call else 2]) for call in calls]


def left_in(hadoop):
    """Return the names of files and of folders of jobs; what is removed meanwhile is no error."""
    walked = os.walk(hadoop / "hdfs")
    return [name for _, folders, files in walked for name in [*files, *folders] if name in files or name[:4] == "job."]


def scratch_of(tmp_path):
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return tmp_path / "scratch"


def a_shuffle(functions, n_shards=5, n_partitions=3):
    shards = [pa.table({"pin_id": pa.array([3 * number, 3 * number + 1], pa.int64())}) for number in range(n_shards)]
    pins = {"pins": Shuffled(shards.__getitem__, n_shards, "pin_id")}
    return PartitionStep(n_partitions, {}, functions.ids, functions.both, pins, partition_of)


def no_shuffle(functions, n_partitions=5, build="itself"):
    return PartitionStep(n_partitions, {"number": int}, getattr(functions, build), functions.both)


def test_a_step_starts_four_processes_however_many_tasks_it_has(tmp_path, hadoop, functions):
    step, scratch = a_shuffle(functions), scratch_of(tmp_path)
    assert MRJobEngine(scratch, "hadoop", n_tasks=2).run(step) == LocalEngine(scratch).run(step)
    assert named(calls_of(hadoop)) == ["fs -put", "fs -mkdir", "fs -put", "jar", "fs -cat", "fs -rm"]  # a user's first
    assert left_in(hadoop) == []
    (hadoop / "calls").unlink()
    assert MRJobEngine(scratch, "hadoop").run(step) == LocalEngine(scratch).run(step)
    assert named(calls_of(hadoop)) == ["fs -put", "jar", "fs -cat", "fs -rm"]
    assert not list(scratch.iterdir())


def test_a_step_that_shuffles_nothing_has_no_reduce_tasks(tmp_path, hadoop, functions):
    step, scratch = no_shuffle(functions), scratch_of(tmp_path)
    assert MRJobEngine(scratch, "hadoop", n_tasks=2).run(step) == [(number, number) for number in range(5)]
    (job,) = (call for call in calls_of(hadoop) if " jar " in call)
    assert " -reducer " not in job
    assert "-D mapreduce.job.reduces=0" in job


def test_one_manifest_is_cut_by_its_lines_for_so_many_tasks(tmp_path, hadoop, functions):
    MRJobEngine(scratch_of(tmp_path), "hadoop", n_tasks=2, task_memory_mb=1536).run(a_shuffle(functions))
    (job,) = (call for call in calls_of(hadoop) if " jar " in call)
    assert job.count(" -input ") == 1
    assert "-inputformat org.apache.hadoop.mapred.lib.NLineInputFormat" in job
    for setting in ("input.lineinputformat.linespermap=3", "map.memory.mb=1536", "reduce.memory.mb=1536"):
        assert f"-D mapreduce.{setting} " in job
    assert "-D stream.map.input.ignoreKey=true" in job


@pytest.mark.parametrize(("n_tasks", "at_once"), [(1, True), (8, True), (9, False)])
def test_a_job_of_few_tasks_starts_them_at_once(tmp_path, hadoop, functions, n_tasks, at_once):
    MRJobEngine(scratch_of(tmp_path), "hadoop", n_tasks=n_tasks).run(a_shuffle(functions))
    (job,) = (call for call in calls_of(hadoop) if " jar " in call)
    assert ("-D mapreduce.job.reduce.slowstart.completedmaps=0 " in job) == at_once


def test_a_job_without_a_shared_folder_tells_how_far_it_is_and_what_failed(tmp_path, hadoop, functions):
    told, scratch, errors = [], scratch_of(tmp_path), tmp_path / "errors"
    errors.mkdir()
    on_hadoop = MRJobEngine(scratch, "hadoop", n_tasks=1, errors=errors)
    results = on_hadoop.run(no_shuffle(functions, 200), lambda done, total: told.append((done, total)))
    assert len(results) == 200
    assert (100, 200) in told
    assert not list(errors.iterdir())
    with pytest.raises(
        EngineError, match=r"on hadoop: the job failed: ValueError: partition 0 is odd; nothing"
    ) as info:
        on_hadoop.run(no_shuffle(functions, 1, "odd"))
    assert 'raise ValueError(f"partition {number} is odd")' in info.value.__notes__[0]
    assert not list(scratch.iterdir())
    assert left_in(hadoop) == []


def test_tasks_act_as_the_user_who_started_the_job(tmp_path, hadoop, functions, monkeypatch):
    monkeypatch.setenv("HADOOP_USER_NAME", "night")
    MRJobEngine(scratch_of(tmp_path), "hadoop").run(no_shuffle(functions, 1))
    (job,) = (call for call in calls_of(hadoop) if " jar " in call)
    assert " -cmdenv HADOOP_USER_NAME=night " in job


def test_a_task_is_given_what_its_shared_tables_take(tmp_path):
    def reckoned(n_users, n_partitions=3):
        users = share(pa.table({"user_id": pa.array(range(n_users), pa.int64())}), tmp_path / "users.arrow")
        pins = {"pins": Shuffled(int, 1, "pin_id")}
        return reckoned_mb(PartitionStep(n_partitions, {"users": users}, dict, max, pins))

    assert reckoned(1) == 1024
    assert reckoned_mb(PartitionStep(1, {"boards": ReadsByNumber({0: pa.table({})})}, dict, max)) == 1024
    assert reckoned(16 * 2**20) == 1280  # two times 128 MiB more
    assert reckoned(1, n_partitions=600) == 1280  # a group of partitions is held


@pytest.mark.parametrize(
    ("runner", "umask", "mode"),
    [("local", 0o022, 0o700), ("hadoop", 0o022, 0o755), ("hadoop", 0o007, 0o770), ("hadoop", 0, 0o775)],
)
def test_the_umask_says_who_may_read_the_folder_of_a_job_on_hadoop(tmp_path, runner, umask, mode):
    before = os.umask(umask)
    try:
        folder = JobFolder.new(tmp_path, for_others=runner == "hadoop")
        folder.own_reports(marks=True)
    finally:
        os.umask(before)
    assert folder.path.stat().st_mode & 0o777 == mode
    if runner == "hadoop":  # as the folder, in which tasks leave marks and errors
        assert {(folder.path / name).stat().st_mode & 0o777 for name in ("done", "errors")} == {mode}


def test_a_traceback_that_only_the_cluster_has_is_read_there(tmp_path, hadoop, functions, monkeypatch):
    (tmp_path / "says").write_text(
        "2026-11-20 00:00:01,000 INFO mapreduce.Job: Task Id : attempt_1700000000000_0001_m_000000_0, Status : FAILED\n"
        "Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 1\n"
        "2026-11-20 00:00:02,000 ERROR streaming.StreamJob: Job not successful!\n"
    )
    trace = (
        'Traceback (most recent call last):\n  File "task.py", line 1, in build\n    raise\nValueError: pin 7 is odd\n'
    )
    (tmp_path / "yarn-says").write_text(f"Container: container_1 on node\nLogContents:\n{trace}End of LogType:stderr\n")
    monkeypatch.setenv("HADOOP_SAYS", str(tmp_path / "says"))
    monkeypatch.setenv("YARN_SAYS", str(tmp_path / "yarn-says"))
    with pytest.raises(EngineError, match=r"mrjob on hadoop: the job failed: ValueError: pin 7 is odd; nothing"):
        MRJobEngine(scratch_of(tmp_path), "hadoop").run(no_shuffle(functions, 1))
    assert f"yarn logs -applicationId {APPLICATION}" in "\n".join(calls_of(hadoop))
    assert left_in(hadoop) == []


def test_what_can_not_be_removed_changes_no_result_and_hides_no_error(tmp_path, hadoop, functions, monkeypatch):
    monkeypatch.setenv("HADOOP_KEEPS", "all")
    on_hadoop, errors = MRJobEngine(scratch_of(tmp_path), "hadoop"), tmp_path / "says"
    assert on_hadoop.run(no_shuffle(functions, 1)) == [(0, 0)]
    assert left_in(hadoop)
    errors.write_text("Caused by: pin 7 is odd\n")
    monkeypatch.setenv("HADOOP_SAYS", str(errors))
    with pytest.raises(EngineError, match="the job failed: Caused by: pin 7 is odd") as info:
        on_hadoop.run(no_shuffle(functions, 1))
    assert "Removing" not in str(info.value)
    assert "-rm" not in str(info.value)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_driver_that_ends_takes_its_application_along(tmp_path, hadoop, functions, monkeypatch, number):
    monkeypatch.setenv("HADOOP_WAITS", str(tmp_path / "waits"))
    words = [sys.executable, "-c", DRIVER, str(scratch_of(tmp_path))]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as driver:
        assert came((tmp_path / "waits").exists)
        assert left_in(hadoop)
        driver.send_signal(number)
    assert came(lambda: named(calls_of(hadoop))[-2:] == ["job", "fs -rm"])
    *_, killed, removed = calls_of(hadoop)
    assert killed == f"mapred job -kill {APPLICATION.replace('application', 'job')}"
    assert removed.split()[-1].endswith("/.staging/job_1_0001")  # what Hadoop itself keeps of a killed job
    assert came(lambda: left_in(hadoop) == [] and not list(scratch_of(tmp_path).iterdir()))
    assert functions


def test_a_driver_that_ends_while_files_are_put_leaves_none(tmp_path, hadoop, functions, monkeypatch):
    monkeypatch.setenv("HADOOP_PUTS", str(tmp_path / "puts"))
    (hadoop / "hdfs" / "user" / getpass.getuser() / "tmp" / "mrjob").mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(scratch_of(tmp_path))], stderr=subprocess.DEVNULL
    ) as driver:
        assert came((tmp_path / "puts").exists)
        driver.kill()
    assert came(lambda: named(calls_of(hadoop))[-1] == "fs -rm")
    time.sleep(PUTS_FOR_S + 1)  # by when it would have put them
    assert left_in(hadoop) == []
    assert functions


def came(is_so):
    """Wait until something is so, and return whether it came to that."""
    deadline = time.monotonic() + WAIT_S
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return is_so()


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """An archive that stands for what tasks import, for a Python of the nodes that has nothing of it."""
    version = "python{}.{}".format(*sys.version_info)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / version).write_text(f'#!/bin/sh\nexec {sys._base_executable} "$@"\n')
    (tmp_path / "bin" / version).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    path = tmp_path / "0a1b.zip"
    paths = [str(REPOSITORY), *(one for one in sys.path if one.endswith("site-packages"))]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("sitecustomize.py", f"import sys\nsys.path += {paths}\n")
    monkeypatch.setattr(engine, "made_archive", lambda _folder, _say: Archive(path, 1, 9))
    return path


def test_what_tasks_import_is_put_once_and_named_by_each_job(tmp_path, hadoop, archive):
    step, scratch, said = PartitionStep(2, {"number": int}, dict, operator.is_not), scratch_of(tmp_path), []
    for _ in range(2):
        on_hadoop = MRJobEngine(scratch, "hadoop", archives=tmp_path / "sent", say=said.append)
        assert on_hadoop.run(step) == [True, True]
    of_archive, of_first_job = ["fs -ls", "fs -mkdir", "fs -put"], ["fs -put", "fs -mkdir", "fs -put"]
    later = ["jar", "fs -cat", "fs -rm"]
    assert named(calls_of(hadoop)) == [*of_archive, *of_first_job, *later, "fs -put", *later]
    _, job = (call for call in calls_of(hadoop) if " jar " in call)
    assert f"/interest-graph/{archive.name}#interest-graph " in job
    assert " -cmdenv PYTHONPATH=interest-graph " in job
    assert " -mapper python{}.{} job.py ".format(*sys.version_info) in job
    assert len(said) == 1


def test_a_python_that_is_named_is_sent_nothing(tmp_path, hadoop, functions):
    on_hadoop = MRJobEngine(scratch_of(tmp_path), "hadoop", sys.executable, archives=tmp_path / "sent")
    on_hadoop.run(no_shuffle(functions, 1))
    assert not any("-archives" in call for call in calls_of(hadoop))


def test_other_programs_are_those_beside_hadoop_or_classes_that_it_runs(hadoop, monkeypatch):
    program = str(hadoop / "bin" / "hadoop")
    assert other_program([program], "yarn", "logs") == [str(hadoop / "bin" / "yarn"), "logs"]
    monkeypatch.setattr(shutil, "which", lambda _name, path=None: path and None)
    assert other_program([program], "mapred", "job") == [program, "org.apache.hadoop.mapred.JobClient"]
