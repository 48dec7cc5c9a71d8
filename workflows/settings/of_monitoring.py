"""Section ``[monitoring]``: what other programs are told of runs, and when a dataset counts as stale.

None of it shapes a byte, and none makes a run fail: what can't be written or reached is a warning.
"""

from urllib.parse import urlsplit

from workflows.parameters import TEXT, Allowed, between
from workflows.settings.setting import Setting

_MONITORING = "monitoring"


def is_url(text: str) -> bool:
    """Return whether lineage goes to an address and not to a file.

    Examples
    --------
    >>> is_url("http://marquez:5000"), is_url("output/lineage.jsonl")
    (True, False)
    """
    return "://" in text


def _read_file_or_url(text: str) -> str:
    """Read the path of a file or the address of a server, which must name a host."""
    if is_url(text):
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) < 1:
            raise ValueError(text)
    return text


def _read_served_at(text: str) -> str:
    """Read the address of a server of pages, or nothing."""
    if text and not is_url(text):
        raise ValueError(text)
    return _read_file_or_url(text)


def _read_metrics_file(text: str) -> str:
    """Read the path of a file of metrics: under another ending nobody would ever look into it."""
    if text and not text.endswith(".prom"):
        raise ValueError(text)
    return text


METRICS_FILE = Allowed(_read_metrics_file, "a path that ends in .prom, or empty")
PROMETHEUS_FILE = Setting(
    "prometheus_file",
    "",
    METRICS_FILE,
    "file that each run writes its metrics to, for node_exporter's textfile collector; empty: none",
    section=_MONITORING,
    significant=False,
)
OPENLINEAGE = Setting(
    "openlineage",
    "",
    Allowed(_read_file_or_url, "a path, or an address with http:// or https://"),
    "file that OpenLineage events are appended to, a line each, or the address that they are sent to; empty: none",
    section=_MONITORING,
    significant=False,
)
OPENLINEAGE_NAMESPACE = Setting(
    "openlineage_namespace",
    "interest-graph",
    TEXT,
    "namespace of the jobs in these events: one for each place where days are run",
    section=_MONITORING,
    significant=False,
)
FRESH_WITHIN_H = Setting(
    "fresh_within_h",
    30.0,
    between(0.0),
    "age from which the newest version of a dataset that every day makes is told as stale",
    "hours",
    section=_MONITORING,
    significant=False,
)
REPORTS_URL = Setting(
    "reports_url",
    "",
    Allowed(_read_served_at, "an address with http:// or https://, or empty"),
    "address under which the folder _reports of the output is served, which Luigi's page links tasks to; empty: the "
    "files themselves, as a browser on this machine opens them",
    section=_MONITORING,
    significant=False,
)
