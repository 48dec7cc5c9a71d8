"""The settings of a run, each declared once.

From a declaration follow the parameter of Luigi's tasks, the option of our commands, the check of ``luigi.cfg``, the
shipped file and the table of ``docs/running.md``.
"""

from dataclasses import dataclass
from typing import Generic

from features.images.decoding import JpegDecoder
from features.images.picture_signing import SignatureAlgorithm
from joins.engine.mrjob.engine import RUNNERS as MRJOB_RUNNERS
from storage_tiers.registry import TIERS
from workflows.catalog import DERIVATIONS
from workflows.luigi_cfg import SettingsError, names_in, read_setting
from workflows.parameters import (
    FOLDER,
    TEXT,
    Allowed,
    CheckedParameter,
    Value_co,
    between,
    checked,
    one_of,
    option,
    some_of,
    written,
)


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value_co]):
    """One line of ``luigi.cfg``."""

    name: str  # what the file, tasks and commands call it
    default: Value_co  # where no file sets it
    allowed: Allowed[Value_co]
    meaning: str  # as part of a sentence
    unit: str = ""
    section: str = "discovery"  # of the file
    allowed_in_short: str = ""  # for help and manual, where the whole of it is too long
    significant: bool = True  # whether another value makes another task: one whose bytes may differ
    recorded: bool = False  # whether every manifest has it; what shapes some datasets alone stands in theirs

    def value(self) -> Value_co:
        """Return what the file says, or the default.

        Raises SettingsError if the file says something that isn't allowed.
        """
        text = read_setting(self.section, self.name)
        if text is None:
            return self.default
        return checked(self.name, self.allowed, text, where=f"luigi.cfg [{self.section}]")

    def parameter(self) -> CheckedParameter[Value_co]:
        """Return the parameter of a task; a task that is given none takes what the file says."""
        parameter: CheckedParameter[Value_co] = CheckedParameter(
            name=self.name,
            allowed=self.allowed,
            description=self.help,
            read_default=self.value,
            significant=self.significant,
        )
        return parameter

    def option(self, *flags: str) -> object:
        """Return the option of a command; left out, it is what the file says."""
        shown = f"{written(self.default) or 'none'}, or as luigi.cfg says"
        return option(self.name, self.allowed, self.help, *flags, default=self.value, shown_default=shown)

    @property
    def help(self) -> str:
        """What it does, in which unit, and what it may be."""
        unit = f"in {self.unit}" if self.unit else ""
        limits = ", ".join(filter(None, (unit, self.limits)))
        return f"{self.meaning}; {limits}" if limits else self.meaning

    @property
    def limits(self) -> str:
        """What it may be, for help and manual."""
        return self.allowed_in_short or str(self.allowed)


IN_PROCESS = "in_process"  # the runner that isn't one of mrjob's: threads of the process that runs the task
RUNNERS = (IN_PROCESS, *MRJOB_RUNNERS)
ON_DRIVER, ON_ENGINE = "driver", "engine"
MAX_DISTANCE_BITS = 64  # a quarter of a signature; beyond it pictures are no more alike than any two
_ENGINE, _PICTURES = "engine", "pictures"
_ALGORITHMS: tuple[SignatureAlgorithm, ...] = ("dct256", "phash64")
_DECODERS: tuple[JpegDecoder, ...] = ("pillow", "simplejpeg")
_SHARE = between(0.0, 1.0)
_NATURAL = between(0)

INPUT = Setting(
    "input", "input", FOLDER, "folder of the raw input; Parquet files lie in {pins,boards,users}/date=YYYY-MM-DD/"
)
OUTPUT = Setting("output", "output", FOLDER, "folder of the published datasets and of the embedded tiers")
ITERATIONS = Setting("iterations", 2, between(1), "iterations a date; the wide joins are built from the last one")
DAMPING = Setting("damping", 0.85, _SHARE, "PageRank: chance of going on along a repin", recorded=True)
TOLERANCE = Setting(
    "tolerance", 1e-8, between(1e-15, 1.0), "PageRank: largest L1 error of the ranks, which sum to 1", recorded=True
)
MAX_EDGE_WEIGHT_PER_USER = Setting(
    "max_edge_weight_per_user",
    10,
    _NATURAL,
    "PageRank: so many repins of one user count on an edge of two boards; 0 means all",
    recorded=True,
)
MIN_CONFIDENCE = Setting(
    "min_confidence", 0.55, _SHARE, "least confidence at which a board's category is changed", recorded=True
)
MAX_REJECTED_SHARE = Setting(
    "max_rejected_share",
    0.05,
    _SHARE,
    "largest share of rows of a raw table that may be rejected before the run stops",
    significant=False,
)
CORES = Setting("cores", 0, _NATURAL, "cores to work on; 0 means all", significant=False)
MEMORY_MB = Setting(
    "memory_mb",
    4096,
    _NATURAL,
    "memory that partitions built side by side may hold together; a larger one is built alone",
    "MiB",
    significant=False,
)
TASK_TIMEOUT_S = Setting(
    "task_timeout_s", 14_400, _NATURAL, "longest time a task may take; 0 means no limit", "seconds", significant=False
)
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
    TEXT,
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
SIGNATURE = Setting(
    "signature",
    "dct256",
    one_of(*_ALGORITHMS),
    "what pins of one picture share that bring no signature: dct256, the id of their picture's group, or phash64, "
    "imagehash's hash as it is",
    section=_PICTURES,
)
MAX_DISTANCE = Setting(
    "max_distance",
    32,
    between(0, MAX_DISTANCE_BITS),
    "how far a picture may be from the first of its group",
    "bits of 256",
    section=_PICTURES,
)
JPEG_DECODER = Setting(
    "jpeg_decoder",
    "pillow",
    one_of(*_DECODERS),
    "what decodes JPEG; simplejpeg must be installed, and gives the same signatures",
    section=_PICTURES,
)
PICTURE_TIME_LIMIT_S = Setting(
    "picture_time_limit_s",
    20.0,
    between(0.0),
    "longest time a picture may take to decode",
    "seconds",
    section=_PICTURES,
)
PICTURE_MEMORY_MB = Setting(
    "picture_memory_mb", 1024, between(1), "memory a picture may take to decode", "MiB", section=_PICTURES
)

LOADED = {
    tier.name: Setting(
        tier.name,
        ("pin_joins", "board_joins", "user_joins"),
        some_of(*(spec.name for derivation in DERIVATIONS for spec in derivation.outputs)),
        f"datasets loaded for {tier.title}; empty: none",
        section="tiers",
        allowed_in_short="names of datasets, with a space between them",
        significant=False,
    )
    for tier in TIERS
}

SETTINGS: tuple[Setting[object], ...] = (
    *(INPUT, OUTPUT, ITERATIONS, DAMPING, TOLERANCE, MAX_EDGE_WEIGHT_PER_USER, MIN_CONFIDENCE, MAX_REJECTED_SHARE),
    *(CORES, MEMORY_MB, TASK_TIMEOUT_S),
    *(RUNNER, RANKS_ON, SPARK_MASTER, PYTHON_BIN, MRJOB_CONF),
    *(SIGNATURE, MAX_DISTANCE, JPEG_DECODER, PICTURE_TIME_LIMIT_S, PICTURE_MEMORY_MB),
    *LOADED.values(),
)
SHAPING = tuple(setting.name for setting in SETTINGS if setting.recorded)


def settings_of(section: str) -> list[Setting[object]]:
    """Return the settings of a section, as they stand there."""
    return [setting for setting in SETTINGS if setting.section == section]


def check_settings() -> None:
    """Refuse unknown lines in our sections, which Luigi would pass over in silence, and values that aren't allowed.

    Raises SettingsError, naming the first such line, and what is allowed.
    """
    for section in dict.fromkeys(setting.section for setting in SETTINGS):
        known = [setting.name for setting in settings_of(section)]
        unknown = [name for name in names_in(section) if name not in known]
        if unknown:
            raise SettingsError(
                f"[{section}] has no setting {', '.join(unknown)}; allowed: {', '.join(known)}",
                where="luigi.cfg",
                remedy="mend the name or remove the line",
            )
    for setting in SETTINGS:
        setting.value()
