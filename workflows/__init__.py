"""Luigi tasks, configuration and command line: the only place that knows Luigi.

``luigi --module workflows DailyDiscovery --date 2026-11-20`` runs the whole day.
"""

from workflows import before_imports, luigi_cfg
from workflows.backfills.range_daily import RangeDaily
from workflows.daily import DailyDiscovery

__all__ = ["DailyDiscovery", "RangeDaily", "before_imports", "luigi_cfg"]
