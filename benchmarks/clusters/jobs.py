"""How many jobs a day was, and how many bytes they shuffled, as Spark and Hadoop themselves count them."""

import json
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers import yarn_settings
from tests.servers.nodes import loopback

_ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows of the cluster's network
_JOBS = f"http://localhost:{yarn_settings.HISTORY_PAGES}/ws/v1/history/mapreduce/jobs"
_SHUFFLED = "REDUCE_SHUFFLE_BYTES"


class Jobs(NamedTuple):
    """The jobs of a day."""

    n_jobs: int
    shuffled_bytes: int


def spark_jobs(events: Path) -> Jobs:
    """Read them off the event logs below a folder."""
    n_jobs, shuffled = 0, 0
    for path in events.rglob("*"):
        if not path.is_file():
            continue
        with path.open() as lines:
            for line in lines:
                event = json.loads(line)
                n_jobs += event["Event"] == "SparkListenerJobStart"
                metrics = event.get("Task Metrics") or {}
                shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    return Jobs(n_jobs, shuffled)


def hadoop_jobs() -> Jobs:
    """Ask the history server, from within the cluster's network, for all jobs that ended well."""
    listed = (_answer(_JOBS)["jobs"] or {}).get("job", [])
    ended = [job["id"] for job in listed if job["state"] == "SUCCEEDED"]
    return Jobs(len(ended), sum(_shuffled_bytes(job) for job in ended))


def _shuffled_bytes(job: str) -> int:
    groups = _answer(f"{_JOBS}/{job}/counters")["jobCounters"]["counterGroup"]
    counters = [counter for group in groups for counter in group["counter"]]
    return sum(int(counter["totalCounterValue"]) for counter in counters if counter["name"] == _SHUFFLED)


def _answer(address: str) -> "dict[str, Any]":
    with _ASK.open(loopback(address), timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
