"""The stores of a configuration, made but not opened, and what plans call the datasets in them.

A new kind of store is a class and one line here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from serving.config import Config, DebuggingStore, HttpStore, LmdbStore, RedisStore, SqlStore
from serving.stores.remote.http_source import HttpUpstream
from serving.stores.remote.redis_versions import RedisVersions
from serving.stores.slow_tiers import DebuggingVersions, SqlVersions
from serving.stores.tier_versions import LmdbVersions
from serving.stores.versioned_store import VersionedStore

Place = tuple[str, str]  # a store and a dataset in it

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


def addresses_of(places: Iterable[Place], config: Config) -> dict[Place, str]:
    """Return what plans call datasets, of which the first of a name needs no store, in the configuration's order.

    Examples
    --------
    >>> config = Config(stores={"lmdb": LmdbStore(), "cache": LmdbStore()})
    >>> addresses_of([("cache", "pin_joins"), ("cache", "labels"), ("lmdb", "pin_joins")], config)
    {('lmdb', 'pin_joins'): 'pin_joins', ('cache', 'labels'): 'labels', ('cache', 'pin_joins'): 'cache/pin_joins'}
    """
    order = list(config.stores)
    addresses: dict[Place, str] = {}
    for store, dataset in sorted(places, key=lambda place: (order.index(place[0]), place[1])):
        is_taken = dataset in addresses.values()
        addresses[store, dataset] = f"{store}/{dataset}" if is_taken else dataset
    return addresses
