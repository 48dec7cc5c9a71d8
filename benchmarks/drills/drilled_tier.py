"""The tiers that a drill works on, one after the other; a server that a tier needs is started by the drill itself.

A server runs on loopback, in a folder that goes with the drill. Where the address of another one is given, the drill
has a namespace, schema or prefix of its own there, and removes at the end what lies in it.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.drills.left_behind import remove_all
from storage_tiers import Tier, open_tier
from storage_tiers.registry import ALL_TIERS
from storage_tiers.tier import TierOptions
from tests.servers.hbase_server import missing_for_hbase, running_hbase
from tests.servers.postgresql import missing_program, started_postgresql
from tests.servers.redis_server import missing_for_redis, running_redis

DRILLED = ("random_access", "sql_batch", "hive_batch", "redis", "postgresql", "hbase")
TIER_OPTIONS: dict[str, dict[str, object]] = {
    "--tier": {"nargs": "+", "help": "the tiers that take part (default: %(default)s)"},
    "--address": {"default": "", "help": "of the server of the one tier that takes part; without it one is started"},
}


class MissingServerError(Exception):
    """A server can't be started here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class _Server:
    """How a server is had."""

    missing: Callable[[], str]  # what isn't there to start one
    started: Callable[[Path], AbstractContextManager[str]]  # runs one in a folder, and gives its address
    own: str  # the parameter of an address that keeps what lies there apart from everything else


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    with running_redis(folder) as server:
        yield server.address


@contextmanager
def _postgresql(_folder: Path) -> Iterator[str]:
    with started_postgresql() as server:
        yield server.address().replace("&schema=interest_graph", "")


@contextmanager
def _hbase(folder: Path) -> Iterator[str]:
    with running_hbase(folder) as server:
        yield server.address("").partition("?")[0]


_SERVERS = {
    "redis": _Server(missing_for_redis, _redis, "namespace"),
    "postgresql": _Server(missing_program, _postgresql, "schema"),
    "hbase": _Server(missing_for_hbase, _hbase, "prefix"),
}


@contextmanager
def drilled_tier(name: str, root: Path, address: str = "") -> Iterator[Tier]:
    """Open a tier for a block, with its server.

    Raises MissingServerError if it needs one that can't be started here.
    """
    if name not in _SERVERS:
        yield open_tier(name, root)
        return
    how = _SERVERS[name]
    if not address and how.missing():
        raise MissingServerError(how.missing())
    with how.started(root.with_name(f"{name}-server")) if not address else _given(address) as there:
        own = f"{there}{'&' if '?' in there else '?'}{how.own}=drill_{secrets.token_hex(4)}"
        tier = open_tier(name, root, TierOptions(address=own))
        try:
            yield tier
        finally:
            remove_all(tier)


def whole_names(asked: list[str]) -> list[str]:
    """Return the names of tiers that may be given by their short names; SystemExit names those that there are."""
    known = {name: tier.name for tier in ALL_TIERS for name in (tier.name, tier.short_name) if tier.name in DRILLED}
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise SystemExit(f"there is no drill for the tier {unknown[0]!r}; there is for {', '.join(DRILLED)}")
    return [known[name] for name in asked]


@contextmanager
def _given(address: str) -> Iterator[str]:
    yield address
