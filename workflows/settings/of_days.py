"""Section ``[discovery]``: where a day's data lies, what shapes it, how much of the machine it takes."""

from workflows.parameters import FOLDER, LOCAL_FOLDER, between
from workflows.settings.setting import NATURAL, SHARE, Setting

INPUT = Setting(
    "input",
    "input",
    FOLDER,
    "folder of the raw input, or its address in a store; Parquet files lie in {pins,boards,users}/date=YYYY-MM-DD/",
)
OUTPUT = Setting(
    "output",
    "output",
    FOLDER,
    "folder of the published datasets and of the embedded tiers, or the address of the datasets in a store",
)
WORK_FOLDER = Setting(
    "work_folder",
    "",
    LOCAL_FOLDER,
    "folder on this machine, for outputs in a store: their staging, locks, logs, records and embedded tiers lie there; "
    "empty: .cache/interest-graph in your home",
    significant=False,
)
# Each is another version of every derived dataset on the disk. Ranks are confirmed by the second, and categories change
# in the first few, so that a number beyond this one is a slip of the keyboard, which would fill the disk overnight.
MOST_ITERATIONS = 100
ITERATIONS = Setting(
    "iterations", 2, between(1, MOST_ITERATIONS), "iterations a date; the wide joins are built from the last one"
)
DAMPING = Setting("damping", 0.85, SHARE, "PageRank: chance of going on along a repin", recorded=True)
TOLERANCE = Setting(
    "tolerance", 1e-8, between(1e-15, 1.0), "PageRank: largest L1 error of the ranks, which sum to 1", recorded=True
)
MAX_EDGE_WEIGHT_PER_USER = Setting(
    "max_edge_weight_per_user",
    10,
    NATURAL,
    "PageRank: so many repins of one user count on an edge of two boards; 0 means all",
    recorded=True,
)
MIN_CONFIDENCE = Setting(
    "min_confidence", 0.55, SHARE, "least confidence at which a board's category is changed", recorded=True
)
MAX_REJECTED_SHARE = Setting(
    "max_rejected_share",
    0.05,
    SHARE,
    "largest share of rows of a raw table that may be rejected before the run stops",
    significant=False,
)
CORES = Setting("cores", 0, NATURAL, "cores to work on; 0 means all", significant=False)
MEMORY_MB = Setting(
    "memory_mb",
    4096,
    NATURAL,
    "memory that partitions built side by side may hold together; a larger one is built alone",
    "MiB",
    significant=False,
)
TASK_TIMEOUT_S = Setting(
    "task_timeout_s", 14_400, NATURAL, "longest time a task may take; 0 means no limit", "seconds", significant=False
)
