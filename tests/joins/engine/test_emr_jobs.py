"""Steps on EMR, as moto plays it: what is asked of the service, and what the user is told of how a step ended."""

import os
import pickle
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from joins.arrow.hashing import partition_of
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.mrjob.lines import NumberedLines
from joins.engine.mrjob.runners import in_clouds
from joins.engine.mrjob.runners.in_clouds import on_one_cluster, refuse_without_client
from joins.engine.step import PartitionStep, Shuffled
from joins.errors import EngineError
from tests.servers.emr import BUCKET, until

EXAMPLE = Path(__file__).parents[3] / "examples" / "mrjob_clouds.conf"
STEP = PartitionStep(
    3, {}, max, max, {"boards": Shuffled([pa.table({"board_id": [1, 2, 3]})].__getitem__, 1, "board_id")}, partition_of
)
DRIVER = """
import sys
from pathlib import Path
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.step import PartitionStep

MRJobEngine(Path(sys.argv[1]), "emr", conf_paths=[Path(sys.argv[2])]).run(PartitionStep(2, {"number": int}, dict, max))
"""


@pytest.fixture
def conf(played_emr, tmp_path):
    """The documented file, told where moto is, with a wheel in the bucket."""
    told = yaml.safe_load(EXAMPLE.read_text())
    told["runners"]["emr"] |= played_emr.options()
    played_emr.s3.put_object(Bucket=BUCKET, Key="wheels/interest_graph-0.1.0-py3-none-any.whl", Body=b"a wheel")
    path = tmp_path / "mrjob.conf"
    path.write_text(yaml.safe_dump(told))
    return path


@pytest.fixture
def on_emr(conf, tmp_path):
    with ThreadPoolExecutor(1) as thread:
        yield lambda **options: thread.submit(MRJobEngine(tmp_path, "emr", conf_paths=[conf], **options).run, STEP)


def arguments_of(step):
    """The arguments of a streaming step, by option; ``-D`` as their own names."""
    words, found = list(step.args), {}
    while words:
        name = words.pop(0)
        if name == "-D":
            name, _, value = words.pop(0).partition("=")
            found[name] = value
        else:
            found[name] = words.pop(0) if words and name.startswith("-") else ""
    return found


def complete(played, step, cluster, results):
    """Put what reduce tasks would have written, and end the step well."""
    place = arguments_of(step)["-output"].removeprefix(f"s3://{BUCKET}/")
    lines = b"".join(NumberedLines().write(number, pickle.dumps(result)) + b"\n" for number, result in results.items())
    played.s3.put_object(Bucket=BUCKET, Key=f"{place}part-00000", Body=lines)
    step.state, cluster.state = "COMPLETED", "WAITING"


def test_all_steps_run_on_one_cluster_with_what_hadoop_is_told(played_emr, on_emr, tmp_path):
    for number in range(2):
        running = on_emr(n_tasks=2)
        step, cluster = played_emr.step(number)
        told = arguments_of(step)
        assert told["-inputformat"] == "org.apache.hadoop.mapred.lib.NLineInputFormat"
        assert told["mapreduce.job.reduces"] == "2"
        assert told["mapreduce.reduce.memory.mb"] == "1024"
        assert told["stream.map.input.ignoreKey"] == "true"
        assert told["-reducer"].startswith("python3.11 job.py --step-num=0 --reducer ")
        assert sys.executable not in " ".join(step.args)
        assert played_emr.read(told["-input"].removeprefix(f"s3://{BUCKET}/")).strip() == b'["boards", 0]'
        complete(played_emr, step, cluster, {0: "a", 1: "b", 2: "c"})
        assert running.result() == ["a", "b", "c"]
    assert len(played_emr.clusters) == 1
    assert cluster.state == "WAITING"
    assert not [key for key in played_emr.keys("tmp/") if "/max_mins_idle" not in key]
    assert not list(tmp_path.glob("mrjob-*"))


def test_a_cluster_is_as_the_documented_file_says_and_ends_by_itself(played_emr, on_emr):
    running = on_emr()
    step, cluster = played_emr.step(0)
    assert (cluster.release_label, cluster.log_uri) == ("emr-7.5.0", "s3://pins/logs/emr/")
    assert cluster.keep_job_flow_alive_when_no_steps
    assert [action.name for action in cluster.bootstrap_actions] == ["master", "idle timeout"]
    assert cluster.bootstrap_actions[1].args == ["600"]
    script = played_emr.read(cluster.bootstrap_actions[0].script_path.removeprefix(f"s3://{BUCKET}/")).decode()
    assert "aws s3 cp s3://pins/wheels/interest_graph-0.1.0-py3-none-any.whl " in script
    assert re.search(r'pip install "obstore>=0.12" .*interest_graph-0.1.0-py3-none-any.whl', script)
    complete(played_emr, step, cluster, {0: 0, 1: 1, 2: 2})
    assert running.result() == [0, 1, 2]


def test_a_cluster_that_could_not_start_is_told_in_one_line(played_emr, on_emr):
    running = on_emr()
    step, cluster = played_emr.step(0)
    cluster.state, step.state = "TERMINATED_WITH_ERRORS", "CANCELLED"
    cluster.last_state_change_reason = (
        "On the master instance (i-1), bootstrap action 1 returned a non-zero return code"
    )
    with pytest.raises(
        EngineError,
        match=r"mrjob on emr: the job failed: the cluster j-\w+ ended \(TERMINATED_WITH_ERRORS\): On the master "
        r"instance \(i-1\), bootstrap action 1 returned a non-zero return code; nothing was published; see cloud_log",
    ):
        running.result()
    assert not played_emr.keys("tmp/")


def test_a_step_that_failed_ends_its_cluster_and_leaves_nothing(played_emr, on_emr):
    running = on_emr()
    step, cluster = played_emr.step(0)
    step.state, step.last_state_change_reason = "FAILED", "Unknown Error."
    with pytest.raises(
        EngineError,
        match=r"the job failed: FAILED \(Unknown Error.\) / Cluster j-\w+ is RUNNING / Step 1 of 1 failed; nothing",
    ):
        running.result()
    assert cluster.state == "TERMINATED"
    assert not played_emr.keys("tmp/")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_driver_that_is_ended_ends_its_cluster(played_emr, conf, tmp_path, sent):
    command = [sys.executable, "-c", DRIVER, str(tmp_path), str(conf)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(EXAMPLE.parents[1])}) as driver:
        _, cluster = played_emr.step(0)
        driver.send_signal(sent)
    until(lambda: cluster.state == "TERMINATED")
    until(lambda: not played_emr.keys("tmp/"))


def test_a_cluster_that_was_given_is_left_and_its_step_cancelled():
    asked = []

    class Given:
        alias, _ran_job, _cluster_id, _step_ids = "emr", False, "j-1", ("s-1",)

        def __init__(self):
            self._opts = {"cluster_id": "j-1"}

        def cleanup(self, mode):
            asked.append(("removed", mode))

        def make_emr_client(self):
            return self

        def cancel_steps(self, **what):
            asked.append(("cancelled", what["ClusterId"], what["StepIds"]))

    on_one_cluster(Given)().cleanup()
    assert asked == [("cancelled", "j-1", ["s-1"]), ("removed", None)]


def test_dataproc_is_given_its_cluster():
    class Dataproc:
        alias = "dataproc"

        def __init__(self, cluster_id=None):
            self._opts = {"cluster_id": cluster_id}

    assert on_one_cluster(Dataproc)(cluster_id="interest-graph")
    with pytest.raises(EngineError, match=r"a cluster for every step of a day; create one, and name it as cluster_id"):
        on_one_cluster(Dataproc)()


def test_a_client_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(in_clouds, "find_spec", lambda _package: None)
    refuse_without_client("hadoop")
    with pytest.raises(EngineError, match=r"runner emr: boto3 is not installed; pip install 'interest-graph\[emr\]'"):
        refuse_without_client("emr")


def test_every_option_of_the_documented_file_is_one_of_mrjob():
    from mrjob.dataproc import DataprocJobRunner  # noqa: PLC0415 - each takes a second
    from mrjob.emr import EMRJobRunner  # noqa: PLC0415

    runners = yaml.safe_load(EXAMPLE.read_text())["runners"]
    assert set(runners["emr"]) <= EMRJobRunner.OPT_NAMES
    assert set(runners["dataproc"]) <= DataprocJobRunner.OPT_NAMES
    defaults = in_clouds._AS_A_DAY_NEEDS
    assert {name: defaults[name] for name in defaults.keys() & runners["emr"].keys()} == {
        name: runners["emr"][name] for name in defaults.keys() & runners["emr"].keys()
    }
