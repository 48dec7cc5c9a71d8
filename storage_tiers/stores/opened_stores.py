"""The stores that this process has opened, one client a bucket, by the scheme of their address.

A client has threads and connections of its own, which don't outlive a fork: a child opens its own. A scheme is a
module that opens a bucket, imported when it is first used; what it needs beyond this project is an extra.
"""

import os
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from storage_tiers.stores.object_store import ObjectStore
from storage_tiers.stores.store_errors import StoreError
from storage_tiers.stores.traffic import CountedStore, Traffic


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the stores of one scheme are opened."""

    module: str  # that has `opened_bucket`
    package: str  # that it needs
    extra: str  # which brings that
    bucket: str = "bucket"  # what stands first in an address, as it is shown to people


class _Opener(Protocol):
    def opened_bucket(self, scheme: str, bucket: str) -> ObjectStore:
        """Open a bucket."""


SCHEMES = {
    "s3": Scheme("storage_tiers.stores.s3_store", "obstore", "s3"),
    "gs": Scheme("storage_tiers.stores.s3_store", "obstore", "s3"),
    "hdfs": Scheme("storage_tiers.stores.hdfs.hdfs_store", "hdfs_native", "hdfs", "namenode:8020"),
}

_opened: dict[tuple[int, str, str], CountedStore] = {}
_traffic: dict[tuple[str, str], Traffic] = {}


def opened_store(scheme: str, bucket: str) -> ObjectStore:
    """Return the client of a bucket; whoever asks again gets the same.

    Raises StoreError if the package is missing that the scheme needs.
    """
    place = (os.getpid(), scheme, bucket)
    if place not in _opened:
        _opened[place] = CountedStore(_opener(scheme, bucket).opened_bucket(scheme, bucket), traffic_of(scheme, bucket))
    return _opened[place]


def traffic_of(scheme: str, bucket: str) -> Traffic:
    """Return what this process asked of a bucket so far."""
    return _traffic.setdefault((scheme, bucket), Traffic())


def forget_opened() -> None:
    """Let go of all clients: the next request is made by what the environment says then."""
    _opened.clear()


def _opener(scheme: str, bucket: str) -> _Opener:
    known = SCHEMES[scheme]
    try:
        return cast("_Opener", import_module(known.module))
    except ModuleNotFoundError as error:
        if error.name != known.package:
            raise
        problem = f"{known.package} is not installed, by which {scheme}:// is reached"
        remedy = f"pip install 'interest-graph[{known.extra}]'"
        raise StoreError(problem, where=f"{scheme}://{bucket}", remedy=remedy) from None
