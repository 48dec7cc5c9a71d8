"""Which tiers there are. A new tier is a class of `storage_tiers.tier.Tier` and one line here.

The settings in ``[tiers]``, Luigi's load tasks, ``show``, ``status`` and the tests of every tier follow from this list.
"""

from storage_tiers.debugging import DebuggingTier
from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hive_batch import HiveBatchTier
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.reading import KeyLookup, Queryable
from storage_tiers.redis_server.redis_tier import RedisTier
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier, TierOptions

TIERS: tuple[type[Tier], ...] = (RandomAccessTier, SqlBatchTier, HiveBatchTier, DebuggingTier)  # on this machine
# In use where the address of their server is known.
SERVER_TIERS: tuple[type[Tier], ...] = (RedisTier, HBaseTier, PostgresqlTier)
ALL_TIERS = (*TIERS, *SERVER_TIERS)
KEY_TIERS = tuple(tier for tier in ALL_TIERS if issubclass(tier, KeyLookup))
QUERY_TIERS = tuple(tier for tier in ALL_TIERS if issubclass(tier, Queryable))


def open_tier(name: str, root: str | Root, options: TierOptions | None = None) -> Tier:
    """Open a tier by its name or its short name.

    Parameters
    ----------
    name
        ``random_access`` or ``random``, for example.
    root
        The output folder, or its address in a store.
    options
        What else the tier must know.

    Raises
    ------
    DatasetError
        If there is no such tier; the message lists those that there are.

    Examples
    --------
    >>> open_tier("debug", "output").title
    'debugging'
    """
    for tier in ALL_TIERS:
        if name in (tier.name, tier.short_name):
            return tier(root, options or TierOptions())
    known = ", ".join(f"{tier.name} ({tier.short_name})" for tier in ALL_TIERS)
    raise DatasetError(f"there is no tier {name!r}; allowed: {known}")


def announce_anew(root: str | Root) -> None:
    """Let every tier write anew what it tells other programs, after versions were removed or made again.

    What serves stays as it is.
    """
    for tier in (tier(root) for tier in TIERS):
        if tier.datasets():
            tier.make_current({})
