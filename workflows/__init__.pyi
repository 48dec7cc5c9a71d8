from .backfills.range_daily import RangeDaily
from .daily import DailyDiscovery

__all__ = ["DailyDiscovery", "RangeDaily"]
