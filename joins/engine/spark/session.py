"""The Spark session of this process: opened by the first step, used by all, closed when the process ends.

Starting an application takes seconds, and its Python workers import what a step needs once. So a day has one.

The Python of the workers is the one that was named: an operator has installed this project there. Where none is named
and the workers are on other machines, Spark sends them an archive of what tasks import, and their Python is
``pythonX.Y`` of their own path, of the same minor version as this one; ``spark.pyspark.python`` names another.
"""

import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from joins.engine.shipped.archive import UNPACKED, made_archive
from joins.errors import EngineError

if TYPE_CHECKING:
    from pyspark import SparkContext

_APPLICATION = "interest-graph"
_ALWAYS = {
    "spark.ui.showConsoleProgress": "false",  # our own progress is shown
    "spark.python.worker.reuse": "true",
    "spark.executorEnv.OMP_NUM_THREADS": "1",  # tasks stand side by side on all cores already
}
_ARCHIVES, _PATH, _PYTHON = "spark.archives", "spark.executorEnv.PYTHONPATH", "spark.pyspark.python"
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


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What a session is opened by.

    Parameters
    ----------
    master
        Address of the cluster: ``local[*]``, ``spark://host:7077``, ``yarn``.
    python_bin
        Python of the workers, with this project installed; empty: this one, or what is sent to other machines.
    conf
        Settings of Spark, beside those of ``spark-defaults.conf``.
    archives
        Folder of this machine for archives of what tasks import; None: nothing is sent to other machines.
    tell
        Is told what is sent.
    """

    master: str
    python_bin: str = ""
    conf: Mapping[str, str] = field(default_factory=dict)
    archives: Path | None = None
    tell: Callable[[str], None] = lambda _line: None

    @property
    def ships(self) -> bool:
        """Whether the workers are sent what they import."""
        return self.archives is not None and not self.python_bin and not self.master.startswith("local")

    @property
    def python_of_workers(self) -> str:
        """The path or name by which the workers' machines find Python."""
        by_name = "python{}.{}".format(*sys.version_info)
        return self.python_bin or self.conf.get(_PYTHON) or (by_name if self.ships else sys.executable)


def spark_session(settings: SessionSettings) -> "SparkContext":
    """Return the session of this process; the first call opens it, and says by which settings.

    Raises EngineError if PySpark or Java is missing, or no session comes about.
    """
    with _one_at_a_time:
        if os.getpid() not in _opened:
            _opened[os.getpid()] = _open(settings)
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


def _open(settings: SessionSettings) -> "SparkContext":
    if importlib.util.find_spec("pyspark") is None:
        raise EngineError(
            "PySpark is not installed", where="runner spark", remedy="pip install 'interest-graph[spark]'"
        )
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineError("Java is not on this machine", where="runner spark", remedy="install Java 17")
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - an extra

    os.environ["PYSPARK_PYTHON"] = settings.python_of_workers  # the one way to name the Python of workers
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    conf = SparkConf().setAppName(_APPLICATION).setMaster(settings.master)
    usually = _USUALLY | (_ON_THIS_MACHINE if settings.master.startswith("local") else {})
    for name, value in (usually | dict(settings.conf) | _ALWAYS | _shipped(settings)).items():
        conf.set(name, value)
    try:
        return SparkContext(conf=conf)
    except Exception as error:
        _close_input_of_java(error)
        why = str(error).strip().splitlines()
        raise EngineError(
            f"no session of Spark came about: {why[0] if why else type(error).__name__}",
            where=f"runner spark, {settings.master}",
            remedy="see that the address is right and its master runs",
        ) from error


def _close_input_of_java(error: Exception) -> None:
    """Close the pipe to a Java that ended before it answered, which PySpark left open in the call that failed."""
    for frame, _line in walk_tb(error.__traceback__):
        java = frame.f_locals.get("proc")
        if isinstance(java, subprocess.Popen) and java.stdin:
            java.stdin.close()


def _shipped(settings: SessionSettings) -> dict[str, str]:
    """Return the settings by which Spark sends what tasks import, beside what it sends already."""
    if not settings.ships or settings.archives is None:
        return {}
    archive = made_archive(settings.archives, settings.tell)
    settings.tell(f"each executor is sent what tasks import: {archive}; its Python is {settings.python_of_workers}")
    before = {name: settings.conf.get(name, "") for name in (_ARCHIVES, _PATH)}
    return {
        # As an address: of a path with a space or a % Spark takes #, too, for a part of the name.
        _ARCHIVES: ",".join(filter(None, [f"{archive.path.absolute().as_uri()}#{UNPACKED}", before[_ARCHIVES]])),
        _PATH: os.pathsep.join(filter(None, [UNPACKED, before[_PATH]])),
    }
