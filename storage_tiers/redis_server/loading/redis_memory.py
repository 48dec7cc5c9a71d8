"""Whether a version has room on the server beside the one that serves, reckoned before it is loaded.

What a row takes is measured there: some rows of the version are written, and the server says what they came to. The
rest follows from their number. A server that may take away keys when its memory is full is refused: rows would be
missing, and nobody told.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage_tiers.budget import in_units
from storage_tiers.errors import DatasetError
from storage_tiers.redis_server.loading.load_lease import (
    LEASE_S,
    RENEWED_EVERY_S,
    LoadLease,
    UnderWay,
    others_under_way,
    remove_leftovers,
)
from storage_tiers.redis_server.raw_commands import packed_rows, raw_pipeline
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.redis_errors import ServerMemoryError

_ENTRY_ROUNDING_BYTES = 8  # an entry of a hash takes 32 bytes of the allocator, and the server counts 24
_GROWTH_BYTES = 16  # a row, while the table of the hash doubles: the old one lies beside the new one
_LOOK_EVERY_S = 0.5
_BUFFER_BYTES = 2**20  # of the connections of a load


@dataclass(frozen=True, slots=True)
class ServerMemory:
    """What a server says of its memory."""

    used_bytes: int
    limit_bytes: int
    has_limit: bool  # by maxmemory; else the machine is the limit
    is_being_freed: bool  # some of what was dropped

    @property
    def free_bytes(self) -> int:
        """What is left."""
        return max(0, self.limit_bytes - self.used_bytes)

    def __str__(self) -> str:
        limit = "maxmemory" if self.has_limit else "the memory of its machine, as no maxmemory is set"
        return f"{in_units(self.free_bytes)} of {in_units(self.limit_bytes)} are free ({limit})"


def check_takes_loads(server: RedisServer) -> None:
    """Refuse servers on which a load can't last.

    Raises DatasetError for a replica, a cluster, and a server that takes keys away when its memory is full.
    """
    with server.told() as client:
        said = client.info("everything")
    where, policy = str(server.address), str(said.get("maxmemory_policy", "noeviction"))
    if said.get("role") == "slave":
        raise DatasetError("it is a replica, which takes no changes", where=where, remedy="name the primary")
    if said.get("cluster_enabled"):
        problem = "it is one of a cluster, over which keys that belong together would be spread"
        raise DatasetError(problem, where=where, remedy="name a single server")
    if policy.startswith("allkeys") and said.get("maxmemory"):
        problem = f"maxmemory-policy is {policy}: rows would be missing once its memory is full"
        remedy = "set it to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and its file)"
        raise DatasetError(problem, where=where, remedy=remedy)


def memory_of(server: RedisServer) -> ServerMemory:
    """Ask a server for its memory."""
    with server.told() as client:
        said = client.info("memory")
    limit, machine = int(said.get("maxmemory", 0)), int(said.get("total_system_memory", 0))
    used = int(said["used_memory"])
    return ServerMemory(used, limit or machine or used, bool(limit), bool(said.get("lazyfree_pending_objects")))


def measured_overhead(server: RedisServer, lease: LoadLease, keys: Sequence[bytes], values: Sequence[bytes]) -> int:
    """Write some rows for a moment, and return what the server adds to the bytes of each row's key and value."""
    if not keys:
        return 0
    rows = server.keys.rows(lease.number)
    with raw_pipeline(server) as pipeline:
        pipeline.send(packed_rows(rows.encode(), keys, values))
    taken, _ = server.ask(("MEMORY", "USAGE", rows, "SAMPLES", 0), ("UNLINK", rows))
    encoded = sum(map(len, keys)) + sum(map(len, values))
    return max(0, -(-(int(taken) - encoded) // len(keys))) + _ENTRY_ROUNDING_BYTES


def check_room(server: RedisServer, lease: LoadLease, what: str, n_rows: int, n_bytes: int, older: str) -> None:
    """Refuse a load that the server has no memory for, beside what serves and what other loads are going to take.

    Memory of what was dropped may still be on its way back, and what a load left that died has a lease for some
    seconds: for these it waits.

    Raises ServerMemoryError with the figures.
    """
    needed = n_bytes + _GROWTH_BYTES * n_rows + _BUFFER_BYTES
    lease.needs(what, needed)
    end = time.monotonic() + LEASE_S + RENEWED_EVERY_S
    while True:
        remove_leftovers(server)
        memory, promised = memory_of(server), _promised_to(server, others_under_way(server, lease.number))
        if needed + (promised or 0) <= memory.free_bytes:
            return
        if time.monotonic() > end or (promised is None and not memory.is_being_freed):
            break
        time.sleep(_LOOK_EVERY_S)
    beside = f", {in_units(promised)} of them for another load under way" if promised else ""
    raise ServerMemoryError(
        f"{what} takes {in_units(needed)} there, beside what it holds, and {memory}{beside}",
        where=str(server.address),
        remedy=f"raise maxmemory, {older}or give the dataset a budget in [tiers]",
    )


def _promised_to(server: RedisServer, loads: Mapping[int, UnderWay]) -> int | None:
    """Return how much other loads are still going to take; None where there are none."""
    if not loads:
        return None
    taken = server.ask(*(("MEMORY", "USAGE", server.keys.rows(number)) for number in loads))
    return sum(max(0, load.needs_bytes - int(now or 0)) for load, now in zip(loads.values(), taken, strict=True))
