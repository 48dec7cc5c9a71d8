"""The Spark session of this process: opened by the first step, used by all, closed when the process ends.

Starting an application takes seconds, and its Python workers import what a step needs once. So a day has one.
"""

import atexit
import importlib.util
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joins.errors import EngineError

if TYPE_CHECKING:
    from pyspark import SparkContext

_APPLICATION = "interest-graph"
_ALWAYS = {
    "spark.ui.showConsoleProgress": "false",  # our own progress is shown
    "spark.python.worker.reuse": "true",
    "spark.executorEnv.OMP_NUM_THREADS": "1",  # tasks stand side by side on all cores already
}
_LOGGING = Path(__file__).with_name("log4j2.properties")
_FAST_START = "-XX:TieredStopAtLevel=1"  # Java moves bytes alone, and would compile for longer than it saves
_USUALLY = {
    "spark.ui.enabled": "false",
    "spark.driver.defaultJavaOptions": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()} {_FAST_START}",
    "spark.executor.defaultJavaOptions": _FAST_START,
}
_ON_THIS_MACHINE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}

_opened: dict[int, "SparkContext"] = {}  # by process: a fork opens its own
_one_at_a_time = threading.Lock()


def spark_session(master: str, python_bin: str, conf: Mapping[str, str]) -> "SparkContext":
    """Return the session of this process; the first call opens it, and says by which settings.

    Raises EngineError if PySpark or Java is missing, or no session comes about.
    """
    with _one_at_a_time:
        if os.getpid() not in _opened:
            _opened[os.getpid()] = _open(master, python_bin, conf)
            atexit.register(close_session)
        return _opened[os.getpid()]


def close_session() -> None:
    """End the session of this process, if there is one, and the Java that it began: the next has its own variables."""
    session = _opened.pop(os.getpid(), None)
    if session is None:
        return
    session.stop()
    kind = type(session)
    gateway: Any = kind._gateway  # noqa: SLF001 - PySpark keeps one Java a process, and has no other way to end it
    kind._gateway = kind._jvm = None  # noqa: SLF001
    gateway.shutdown()
    if gateway.proc is not None:  # who was started by spark-submit has Java for a parent
        gateway.proc.stdin.close()  # by which Java ends
        gateway.proc.wait()


def _open(master: str, python_bin: str, conf: Mapping[str, str]) -> "SparkContext":
    if importlib.util.find_spec("pyspark") is None:
        raise EngineError(
            "PySpark is not installed", where="runner spark", remedy="pip install 'interest-graph[spark]'"
        )
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineError("Java is not on this machine", where="runner spark", remedy="install Java 17")
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - an extra

    os.environ["PYSPARK_PYTHON"] = python_bin or sys.executable  # the one way to name the Python of workers
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    settings = SparkConf().setAppName(_APPLICATION).setMaster(master)
    usually = _USUALLY | (_ON_THIS_MACHINE if master.startswith("local") else {})
    for name, value in (usually | dict(conf) | _ALWAYS).items():
        settings.set(name, value)
    try:
        return SparkContext(conf=settings)
    except Exception as error:
        why = str(error).strip().splitlines()
        raise EngineError(
            f"no session of Spark came about: {why[0] if why else type(error).__name__}",
            where=f"runner spark, {master}",
            remedy="see that the address is right and its master runs",
        ) from error
