"""The stores of a configuration, made but not opened: a new kind of store is a class and one line here."""

from collections.abc import Callable, Mapping
from typing import Any

from serving.config import Config, DebuggingStore, HttpStore, LmdbStore, RedisStore, SqlStore
from serving.stores.remote.http_source import HttpUpstream
from serving.stores.remote.redis_versions import RedisVersions
from serving.stores.slow_tiers import DebuggingVersions, SqlVersions
from serving.stores.tier_versions import LmdbVersions
from serving.stores.versioned_store import VersionedStore

_VERSIONED: Mapping[type, Callable[[str, Any], VersionedStore]] = {
    LmdbStore: lambda name, store: LmdbVersions(name, store.datasets, store.output),
    RedisStore: RedisVersions,
    DebuggingStore: DebuggingVersions,
    SqlStore: SqlVersions,
}


def versioned_stores(config: Config) -> list[VersionedStore]:
    """Return the stores that have versions, in the order of the configuration.

    Raises ServingConfigError if one can't be as it is configured.
    """
    return [_VERSIONED[type(store)](name, store) for name, store in config.stores.items() if type(store) in _VERSIONED]


def other_services(config: Config) -> list[HttpUpstream]:
    """Return the other services that are asked, which have no versions.

    Raises ServingConfigError if one can't be as it is configured.
    """
    return [HttpUpstream(name, store) for name, store in config.stores.items() if isinstance(store, HttpStore)]
