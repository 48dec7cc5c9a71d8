"""The tier that a drill works on, by its name; on a server under a name of its own, which goes with the drill."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage_tiers import Tier, open_tier
from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.loading.load_lease import LEASE_S, unrecorded_keys
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.tier import TierOptions


@contextmanager
def drilled_tier(name: str, root: Path, address: str) -> Iterator[Tier]:
    """Open a tier for a block; on a Redis server it has a namespace of its own, whose keys are removed at the end."""
    if name != RedisTier.name:
        yield open_tier(name, root, TierOptions(address=address))
        return
    namespace = f"drill_{secrets.token_hex(4)}"
    own = f"{address}{'&' if '?' in address else '?'}namespace={namespace}"
    try:
        yield open_tier(name, root, TierOptions(address=own))
    finally:
        client = RedisServer(own).client
        for key in list(client.scan_iter(f"{namespace}:*")):
            client.unlink(key)


def seconds_until_given_up(tier: Tier) -> float:
    """Return for how long a tier takes a load that was killed for one that is alive."""
    return LEASE_S if isinstance(tier, RedisTier) else 0.0


def left_of(tier: Tier) -> Callable[[], list[str]]:
    """Return what lists the keys or files of a tier that belong to no version."""
    if isinstance(tier, RedisTier):
        server = RedisServer(tier.options.address)
        return lambda: unrecorded_keys(server)
    return lambda: [str(path) for path in tier.root.glob("_staging/*/*")]
