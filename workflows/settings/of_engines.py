"""Sections ``[engine]`` and ``[queries]``: where partitions are built and ranks are swept; what queries may take.

A query of the explorer's box has these bounds, whether it is saved or not (`QueryBounds` says what each means). The
command line has none of them: whoever runs ``interest-graph sql`` can end it.
"""

from joins.engine.mrjob.engine import ON_HADOOP
from joins.engine.mrjob.engine import RUNNERS as MRJOB_RUNNERS
from storage_tiers.sql_batch.bounded_queries import QueryBounds
from workflows.parameters import SPARK_SETTINGS, TEXT, WITHOUT_SECRETS, between, one_of
from workflows.settings.setting import Setting

IN_PROCESS = "in_process"  # the runner of one machine: threads of the process that runs the task
ON_SPARK = "spark"  # the runner of one session of Spark for the whole day
RUNNERS = (IN_PROCESS, ON_SPARK, *MRJOB_RUNNERS)
ON_CLUSTERS = (ON_SPARK, *ON_HADOOP)  # runners whose tasks may be on other machines
ON_DRIVER, ON_ENGINE = "driver", "engine"
_ENGINE, _QUERIES = "engine", "queries"
_USUAL = QueryBounds()

RUNNER = Setting(
    "runner",
    IN_PROCESS,
    one_of(*RUNNERS),
    "where partitions are built, with the same bytes: in_process (threads, one a core), spark (jobs of one "
    "session), or a runner of mrjob",
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
BROADCAST_MB = Setting(
    "broadcast_mb",
    64,
    between(0),
    "largest table that is sent whole to every task, as it lies in memory (Spark's broadcast threshold; in_process, "
    "where threads share it, eight times as much): ids of pins, boards, users, importance, signatures of pictures; a "
    "larger one is joined by a shuffle, with the same bytes; 0: none is sent",
    "MiB",
    section=_ENGINE,
    significant=False,
)
SPARK_MASTER = Setting(
    "spark_master",
    "local[*]",
    WITHOUT_SECRETS,
    "address of the Spark cluster, like spark://host:7077 or yarn; for the runner spark alone",
    section=_ENGINE,
    significant=False,
)
SPARK_CONF = Setting(
    "spark_conf",
    "",
    SPARK_SETTINGS,
    "settings of Spark, beside those of its spark-defaults.conf; for the runner spark alone",
    section=_ENGINE,
    significant=False,
)
PYTHON_BIN = Setting(
    "python_bin",
    "",
    TEXT,
    "Python of the workers, with this project installed; empty: the one that runs this, and on hadoop or with a "
    "spark_master elsewhere pythonX.Y of the path there, which is sent what tasks import",
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
ROWS_PER_PART = Setting(
    "rows_per_part",
    0,
    between(0),
    "pins a part of every dataset of a date, about; the same number gives the same bytes on every runner; 0: 131,072 "
    "on a disk, 1,048,576 in an object store, where each file costs requests",
    "pins",
    section=_ENGINE,
    significant=False,
)
DRIVER_ROWS = Setting(
    "driver_rows",
    100_000,
    between(0),
    "a step that reads at most so many rows, or a thousandth as many pictures, runs in threads of the process that "
    "runs the tasks where the runner is hadoop, emr or dataproc, since a job alone takes longer to start; with the "
    "same bytes; 0: every step is a job",
    "rows",
    section=_ENGINE,
    significant=False,
)
TASK_ROWS = Setting(
    "task_rows",
    2**20,
    between(1),
    "a step on hadoop, emr or dataproc has a map task and a reduce task for about so many of its rows, or a thousandth "
    "as many pictures, since to start one takes as long as to work on them; with the same bytes",
    "rows",
    section=_ENGINE,
    significant=False,
)
TASK_MEMORY_MB = Setting(
    "task_memory_mb",
    0,
    between(0),
    "memory of a task's container on hadoop, emr and dataproc, its JVM and its Python together; 0: what the step is "
    "reckoned to need",
    "MiB",
    section=_ENGINE,
    significant=False,
)
QUERY_TIME_LIMIT_S = Setting(
    "query_time_limit_s",
    _USUAL.seconds,
    between(1.0),
    "how long a query of the box may take before it is ended",
    "seconds",
    section=_QUERIES,
    significant=False,
)
QUERY_MEMORY_MB = Setting(
    "query_memory_mb",
    _USUAL.memory_mb,
    between(64),
    "memory that a query of the box may hold",
    "MiB",
    section=_QUERIES,
    significant=False,
)
QUERY_DISK_MB = Setting(
    "query_disk_mb",
    _USUAL.aside_mb,
    between(0),
    "disk for what a query of the box puts aside where its memory is too small",
    "MiB",
    section=_QUERIES,
    significant=False,
)
PAGE_ROWS = Setting(
    "page_rows",
    _USUAL.rows,
    between(1, 100_000),
    "rows of an answer that a page shows; what is longer is cut, and says so",
    "rows",
    section=_QUERIES,
    significant=False,
)
PAGE_MB = Setting(
    "page_mb",
    _USUAL.megabytes,
    between(1, 256),
    "size of an answer that a page shows; what is larger is cut, and says so",
    "MiB",
    section=_QUERIES,
    significant=False,
)
DOWNLOAD_ROWS = Setting(
    "download_rows",
    _USUAL.file_rows,
    between(1),
    "rows of a download; what is longer is refused",
    "rows",
    section=_QUERIES,
    significant=False,
)
DOWNLOAD_MB = Setting(
    "download_mb",
    _USUAL.file_megabytes,
    between(1),
    "size of a download; what is larger is refused",
    "MiB",
    section=_QUERIES,
    significant=False,
)
QUERIES_AT_ONCE = Setting(
    "queries_at_once",
    _USUAL.at_once,
    between(1, 64),
    "how many queries of the box run side by side; four times as many may wait",
    section=_QUERIES,
    significant=False,
)
