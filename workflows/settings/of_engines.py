"""Section ``[engine]``: where partitions are built and ranks are swept."""

from joins.engine.mrjob.engine import RUNNERS as MRJOB_RUNNERS
from workflows.parameters import TEXT, WITHOUT_SECRETS, one_of
from workflows.settings.setting import Setting

IN_PROCESS = "in_process"  # the runner that isn't one of mrjob's: threads of the process that runs the task
RUNNERS = (IN_PROCESS, *MRJOB_RUNNERS)
ON_DRIVER, ON_ENGINE = "driver", "engine"
_ENGINE = "engine"

RUNNER = Setting(
    "runner",
    IN_PROCESS,
    one_of(*RUNNERS),
    "where partitions are built, with the same bytes: in_process (threads, one a core), or a runner of mrjob",
    section=_ENGINE,
    significant=False,
)
RANKS_ON = Setting(
    "ranks_on",
    ON_DRIVER,
    one_of(ON_DRIVER, ON_ENGINE),
    "where PageRank sweeps: driver, the process that runs the tasks (in memory, or on its disk where the graph takes "
    "more than memory_mb), or engine, a step of the runner a sweep, for graphs beyond one machine",
    section=_ENGINE,
)
SPARK_MASTER = Setting(
    "spark_master",
    "local[*]",
    WITHOUT_SECRETS,
    "address of the Spark cluster, like spark://host:7077 or yarn; for the runner spark alone",
    section=_ENGINE,
    significant=False,
)
PYTHON_BIN = Setting(
    "python_bin",
    "",
    TEXT,
    "Python of the workers, with this project installed; empty: the one that runs this",
    section=_ENGINE,
    significant=False,
)
MRJOB_CONF = Setting(
    "mrjob_conf",
    "",
    TEXT,
    "file of mrjob (mrjob.conf) with what else a cluster needs; empty: none, not even ~/.mrjob.conf",
    section=_ENGINE,
    significant=False,
)
