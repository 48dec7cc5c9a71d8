"""All settings, in the order of the shipped file."""

from workflows.settings import of_checks as checks
from workflows.settings import of_daily as daily
from workflows.settings import of_days as days
from workflows.settings import of_engines as engines
from workflows.settings import of_monitoring as monitoring
from workflows.settings import of_notices as notices
from workflows.settings import of_pictures as pictures
from workflows.settings import of_retention as retention
from workflows.settings.of_tiers import ADDRESSES, LOADED, ON_OVER_BUDGET, REDIS_PASSWORD_FILE
from workflows.settings.setting import Setting

SETTINGS: tuple[Setting[object], ...] = (
    *(days.INPUT, days.OUTPUT, days.WORK_FOLDER, days.ITERATIONS),
    *(days.DAMPING, days.TOLERANCE, days.MAX_EDGE_WEIGHT_PER_USER, days.MIN_CONFIDENCE, days.MAX_REJECTED_SHARE),
    *(days.CORES, days.MEMORY_MB, days.TASK_TIMEOUT_S),
    *(engines.RUNNER, engines.RANKS_ON, engines.ROWS_PER_PART, engines.BROADCAST_MB),
    *(engines.DRIVER_ROWS, engines.TASK_ROWS, engines.TASK_MEMORY_MB),
    *(engines.SPARK_MASTER, engines.SPARK_CONF, engines.PYTHON_BIN, engines.MRJOB_CONF),
    *(pictures.PICTURE_ROOTS, pictures.SIGNATURE, pictures.MAX_DISTANCE, pictures.JPEG_DECODER),
    *(pictures.PICTURE_TIME_LIMIT_S, pictures.PICTURE_MEMORY_MB),
    *LOADED.values(),
    ON_OVER_BUDGET,
    *ADDRESSES.values(),
    REDIS_PASSWORD_FILE,
    *(retention.KEEP_DATES, retention.KEEP_ITERATIONS),
    *(checks.ROW_COUNT_FACTOR, checks.ROW_COUNT_ERROR_FACTOR, checks.NULL_SHARE_CHANGE),
    *(checks.DAYS_BEFORE, checks.WARN_ONLY),
    *(monitoring.PROMETHEUS_FILE, monitoring.OPENLINEAGE, monitoring.OPENLINEAGE_NAMESPACE, monitoring.FRESH_WITHIN_H),
    monitoring.REPORTS_URL,
    *(engines.QUERY_TIME_LIMIT_S, engines.QUERY_MEMORY_MB, engines.QUERY_DISK_MB),
    *(engines.PAGE_ROWS, engines.PAGE_MB, engines.DOWNLOAD_ROWS, engines.DOWNLOAD_MB, engines.QUERIES_AT_ONCE),
    *(daily.DAYS_AGO, daily.COMPLETE_WHEN, daily.QUIET_S, daily.POLL_S, daily.LATE_AT, daily.GIVE_UP_AFTER_S),
    *(daily.LOG_FOLDER, daily.KEEP_RUNS),
    *(notices.ON, notices.MAIL_TO, notices.MAIL_FROM),
    *(notices.SMTP_HOST, notices.SMTP_PORT, notices.SMTP_SECURITY, notices.SMTP_USER, notices.SMTP_PASSWORD_FILE),
    *(notices.WEBHOOK_URL, notices.WEBHOOK_URL_FILE, notices.WEBHOOK_TOKEN_FILE),
    *(notices.NOTICE_COMMAND, notices.NOTICE_TIMEOUT_S),
)
SHAPING = tuple(setting.name for setting in SETTINGS if setting.recorded)


def settings_of(section: str) -> list[Setting[object]]:
    """Return the settings of a section, as they stand there."""
    return [setting for setting in SETTINGS if setting.section == section]
