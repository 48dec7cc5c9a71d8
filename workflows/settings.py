"""Luigi's own settings, as a run that people trust every night needs them.

Luigi's defaults make a failed run exit 0 and let a task succeed that made only half of its output. The shipped
``luigi.cfg`` sets what is right; this module sets the same wherever that file is not in the working folder.
Whatever a configuration file says goes before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from luigi.configuration import get_config

from joins.errors import DiscoveryError
from storage_tiers.registry import TIERS

ALREADY_RUNNING, MISSING_INPUT, NOT_RUN, FAILED, SCHEDULING_FAILED, UNHANDLED = 10, 20, 25, 30, 35, 40

_LUIGI_SETTINGS: Mapping[str, Mapping[str, int | str]] = MappingProxyType(
    {
        "retcode": {
            "already_running": ALREADY_RUNNING,
            "missing_data": MISSING_INPUT,
            "not_run": NOT_RUN,
            "task_failed": FAILED,
            "scheduling_error": SCHEDULING_FAILED,
            "unhandled_exception": UNHANDLED,
        },
        "worker": {"check_complete_on_run": "true", "keep_alive": "false"},
        "scheduler": {"retry_count": 3, "retry_delay": 60},
    }
)


class SettingsError(DiscoveryError, ValueError):
    """A setting that doesn't exist, or a value it can't have."""


def ship_luigi_settings() -> None:
    """Set what a configuration file leaves open."""
    config = get_config()  # type: ignore[no-untyped-call]
    for section, options in _LUIGI_SETTINGS.items():
        for name, value in options.items():
            if not config.has_option(section, name):
                config.set(section, name, str(value))


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a section: its name, its default and what it means, with its unit."""

    name: str
    default: str | int | float
    meaning: str
    section: str = "discovery"


_ENGINE = "engine"
_PICTURES = "pictures"
_TIERS = "tiers"
_JOINS = "pin_joins board_joins user_joins"
SETTINGS = (
    Setting("input", "input", "folder of the raw input"),
    Setting("output", "output", "folder of the published datasets and embedded tiers"),
    Setting("iterations", 2, "iterations a date, 1 or more; the wide joins are built from the last one"),
    Setting("damping", 0.85, "PageRank: chance, 0 to 1, of going on along a repin"),
    Setting("tolerance", 1e-8, "PageRank: largest L1 error of the ranks, which sum to 1"),
    Setting(
        "max_edge_weight_per_user", 10, "PageRank: repins of one user that count on an edge of two boards; 0 means all"
    ),
    Setting("min_confidence", 0.55, "least confidence, 0 to 1, at which a board's category is changed"),
    Setting("max_rejected_share", 0.05, "largest share, 0 to 1, of rows of a raw table that may be rejected"),
    Setting("cores", 0, "cores to work on; 0 means all"),
    Setting("memory_mb", 4096, "memory that partitions built side by side may hold together, in MiB"),
    Setting("task_timeout_s", 14_400, "longest time a task may take, in seconds; 0 means no limit"),
    Setting("runner", "in_process", "where partitions are built: in_process, or one of mrjob's runners", _ENGINE),
    Setting("ranks_on", "driver", "where PageRank sweeps: driver, or engine for graphs beyond one machine", _ENGINE),
    Setting("spark_master", "local[*]", "address of the Spark cluster, for the runner spark", _ENGINE),
    Setting("python_bin", "", "Python of the workers; empty: the one that runs this", _ENGINE),
    Setting("mrjob_conf", "", "mrjob.conf file with what else a cluster needs; empty: none", _ENGINE),
    Setting("signature", "dct256", "what pins of one picture share: dct256, or phash64 as imagehash has it", _PICTURES),
    Setting("max_distance", 32, "bits of 256 by which a picture may differ from the first of its group", _PICTURES),
    Setting("jpeg_decoder", "pillow", "what decodes JPEG: pillow, or simplejpeg where it is installed", _PICTURES),
    Setting("picture_time_limit_s", 20.0, "longest time a picture may take to decode, in seconds", _PICTURES),
    Setting("picture_memory_mb", 1024, "memory a picture may take to decode, in MiB", _PICTURES),
    *(Setting(tier.name, _JOINS, f"datasets loaded for {tier.title}; empty: none", _TIERS) for tier in TIERS),
)


def setting(name: str) -> str | int | float:
    """Return a setting of the configuration file, or its default, as the type of its default.

    Raises
    ------
    SettingsError
        If the configuration holds something that isn't of that type.
    """
    known = next(known for known in SETTINGS if known.name == name)
    text = get_config().get(known.section, name, str(known.default))  # type: ignore[no-untyped-call]
    try:
        return type(known.default)(text)
    except ValueError:
        raise SettingsError(
            f"luigi.cfg: [{known.section}] {name} is {text!r}; "
            f"it must be {type(known.default).__name__}: {known.meaning}"
        ) from None


def check_settings() -> None:
    """Refuse unknown lines in our sections: Luigi would go on with the default and not say so.

    Raises
    ------
    SettingsError
        Naming the unknown lines and the known ones.
    """
    config = get_config()  # type: ignore[no-untyped-call]
    for section in dict.fromkeys(known.section for known in SETTINGS):
        allowed = [known.name for known in SETTINGS if known.section == section]
        found = config.options(section) if config.has_section(section) else []
        unknown = sorted(set(found) - set(allowed) - set(config.defaults()))
        if unknown:
            raise SettingsError(
                f"luigi.cfg: [{section}] has no setting {', '.join(unknown)}; allowed: {', '.join(allowed)}; "
                "mend the name or remove the line"
            )
