"""mrjob on EMR and Dataproc, as a day uses them: all its steps on one cluster, which no failure leaves behind.

mrjob starts a cluster for each job by default, and a day is two dozen jobs: each would wait some minutes for machines
and pay for them. So on EMR jobs share a cluster by mrjob's own pool, which ends when it was idle for ten minutes. mrjob
waits ten minutes after every step, too, for logs to reach S3, to print Hadoop's counters; here it doesn't look. All of
these are defaults, which give way to `mrjob_conf`. On Dataproc mrjob has no pool, so the cluster must be named there.

A job that fails or is ended takes its cluster along, or its step where the cluster is somebody else's. None of this was
run on the services themselves: EMR as moto plays it, which starts no machine and runs no step, is what tests ask.
"""

import logging
from importlib.util import find_spec
from typing import Any

from joins.errors import EngineError

POOL = "interest-graph"
MINUTES_IDLE = 10.0  # after which a cluster of the pool ends
_LOOK_AGAIN_S = 5.0  # whether the cluster is free, which it isn't at once after a step; mrjob's own are 30
_AS_A_DAY_NEEDS = {
    "pool_clusters": True,
    "pool_name": POOL,
    "max_clusters_in_pool": 1,
    "pool_jitter_seconds": 0,  # only one day at a time asks for it
    "max_mins_idle": MINUTES_IDLE,
    "read_logs": False,
}
_CLIENTS = {
    "emr": ("boto3", "pip install 'interest-graph[emr]'"),
    "dataproc": ("google", "pip install 'mrjob[google]'"),
}
_HADOOP = "3.4.0"  # where the service doesn't say; mrjob stumbles over none in steps without reduce tasks
_log = logging.getLogger("mrjob.emr")


def refuse_without_client(runner: str) -> None:
    """Raise EngineError if the packages aren't installed by which mrjob speaks to a cloud."""
    package, remedy = _CLIENTS.get(runner, ("", ""))
    if package and find_spec(package) is None:
        raise EngineError(f"{package} is not installed", where=f"runner {runner}", remedy=remedy)


def on_one_cluster(runner: type[Any]) -> type[Any]:
    """Return mrjob's runner of EMR or Dataproc with all of this."""
    return _on_emr(runner) if runner.alias == "emr" else _on_dataproc(runner)


def _on_emr(runner: type[Any]) -> type[Any]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra, for this runner alone
    from mrjob import emr  # noqa: PLC0415 - as above

    emr._POOLING_SLEEP_INTERVAL = _LOOK_AGAIN_S  # noqa: SLF001 - mrjob has no option for it

    class OneCluster(runner):  # type: ignore[misc] # mrjob has no types
        @classmethod
        def _default_opts(cls) -> dict[str, Any]:
            return dict(super()._default_opts()) | _AS_A_DAY_NEEDS

        def get_hadoop_version(self) -> str:
            return super().get_hadoop_version() or _HADOOP

        def cleanup(self, mode: list[str] | None = None) -> None:
            if not self._ran_job and self._cluster_id:
                self._end_what_runs()
            super().cleanup(mode)

        def _end_what_runs(self) -> None:
            """End the cluster, or the step alone where the cluster was given by its id."""
            client, cluster = self.make_emr_client(), self._cluster_id
            try:
                if not self._opts["cluster_id"]:
                    client.terminate_job_flows(JobFlowIds=[cluster])
                elif self._step_ids:
                    cancel = {"StepIds": list(self._step_ids), "StepCancellationOption": "TERMINATE_PROCESS"}
                    client.cancel_steps(ClusterId=cluster, **cancel)
            except (BotoCoreError, ClientError):  # what else is to be removed is removed all the same
                _log.exception("cluster %s, or what runs there, could not be ended; see to it", cluster)

    return OneCluster


def _on_dataproc(runner: type[Any]) -> type[Any]:
    class GivenCluster(runner):  # type: ignore[misc] # mrjob has no types
        def __init__(self, **options: Any) -> None:  # noqa: ANN401 - mrjob's own
            super().__init__(**options)
            if not self._opts["cluster_id"]:
                raise EngineError(
                    "mrjob would start a cluster for every step of a day",
                    where="runner dataproc",
                    remedy="create one, and name it as cluster_id in mrjob_conf",
                )

    return GivenCluster
