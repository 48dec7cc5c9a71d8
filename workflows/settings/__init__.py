"""The settings of a run, each declared once, in a module for each section of ``luigi.cfg``."""

from workflows.settings.of_checks import (
    DAYS_BEFORE,
    NULL_SHARE_CHANGE,
    ROW_COUNT_ERROR_FACTOR,
    ROW_COUNT_FACTOR,
    WARN_ONLY,
)
from workflows.settings.of_days import (
    CORES,
    DAMPING,
    INPUT,
    ITERATIONS,
    MAX_EDGE_WEIGHT_PER_USER,
    MAX_REJECTED_SHARE,
    MEMORY_MB,
    MIN_CONFIDENCE,
    OUTPUT,
    TASK_TIMEOUT_S,
    TOLERANCE,
    WORK_FOLDER,
)
from workflows.settings.of_engines import (
    IN_PROCESS,
    MRJOB_CONF,
    ON_DRIVER,
    PYTHON_BIN,
    RANKS_ON,
    RUNNER,
    SPARK_MASTER,
)
from workflows.settings.of_monitoring import FRESH_WITHIN_H, OPENLINEAGE, OPENLINEAGE_NAMESPACE, PROMETHEUS_FILE
from workflows.settings.of_pictures import (
    JPEG_DECODER,
    MAX_DISTANCE,
    PICTURE_MEMORY_MB,
    PICTURE_ROOTS,
    PICTURE_TIME_LIMIT_S,
    SIGNATURE,
)
from workflows.settings.of_tiers import ADDRESSES, LOADED, ON_OVER_BUDGET, REDIS_PASSWORD_FILE
from workflows.settings.problems import check_folders, check_settings, check_settings_once, problems_of_settings
from workflows.settings.setting import Setting
from workflows.settings.table import SETTINGS, SHAPING, settings_of

__all__ = [
    "ADDRESSES",
    "CORES",
    "DAMPING",
    "DAYS_BEFORE",
    "FRESH_WITHIN_H",
    "INPUT",
    "IN_PROCESS",
    "ITERATIONS",
    "JPEG_DECODER",
    "LOADED",
    "MAX_DISTANCE",
    "MAX_EDGE_WEIGHT_PER_USER",
    "MAX_REJECTED_SHARE",
    "MEMORY_MB",
    "MIN_CONFIDENCE",
    "MRJOB_CONF",
    "NULL_SHARE_CHANGE",
    "ON_DRIVER",
    "ON_OVER_BUDGET",
    "OPENLINEAGE",
    "OPENLINEAGE_NAMESPACE",
    "OUTPUT",
    "PICTURE_MEMORY_MB",
    "PICTURE_ROOTS",
    "PICTURE_TIME_LIMIT_S",
    "PROMETHEUS_FILE",
    "PYTHON_BIN",
    "RANKS_ON",
    "REDIS_PASSWORD_FILE",
    "ROW_COUNT_ERROR_FACTOR",
    "ROW_COUNT_FACTOR",
    "RUNNER",
    "SETTINGS",
    "SHAPING",
    "SIGNATURE",
    "SPARK_MASTER",
    "TASK_TIMEOUT_S",
    "TOLERANCE",
    "WARN_ONLY",
    "WORK_FOLDER",
    "Setting",
    "check_folders",
    "check_settings",
    "check_settings_once",
    "problems_of_settings",
    "settings_of",
]
