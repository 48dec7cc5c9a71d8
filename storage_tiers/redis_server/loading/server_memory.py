"""Whether a version has room on the server beside the one that serves, reckoned before it is loaded.

What a row takes is measured there: some rows of the version are written, and the server says what they came to. The
rest follows from their number. A server that may take away keys when its memory is full is refused: rows would be
missing, and nobody told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storage_tiers.budget import in_units
from storage_tiers.errors import DatasetError
from storage_tiers.redis_server.loading.load_lease import LoadLease, loads_under_way, remove_leftovers, wait_for
from storage_tiers.redis_server.loading.raw_commands import packed_rows, raw_pipeline
from storage_tiers.redis_server.server_connection import RedisServer
from storage_tiers.redis_server.server_errors import ServerMemoryError

_ENTRY_ROUNDING_BYTES = 8  # an entry of a hash takes 32 bytes of the allocator, and the server counts 24
_GROWTH_BYTES = 16  # a row, while the table of the hash doubles: the old one lies beside the new one
_PROBE_BYTES = 2**18  # a command


@dataclass(frozen=True, slots=True)
class ServerMemory:
    """What a server says of its memory."""

    used_bytes: int
    limit_bytes: int
    has_limit: bool  # by maxmemory; else the machine is the limit
    being_freed: bool

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

    What a dropped version took may still be being freed, and what a load left that died has a lease for some seconds:
    for these it waits.

    Raises ServerMemoryError with the figures.
    """
    needed = n_bytes + _GROWTH_BYTES * n_rows
    lease.needs(what, needed)

    def others() -> dict[int, int]:
        under_way = loads_under_way(server)
        return {
            number: max(0, load.needs_bytes - taken_by(server, number))
            for number, load in under_way.items()
            if number != lease.number
        }

    def fits() -> bool:
        return needed + sum(others().values()) <= memory_of(server).free_bytes

    remove_leftovers(server)
    if fits():
        return
    wait_for(server, fits)
    if fits():
        return
    promised = sum(others().values())
    beside = f", and {in_units(promised)} are for another load under way" if promised else ""
    raise ServerMemoryError(
        f"{what} takes {in_units(needed)} there, beside what it holds, and {memory_of(server)}{beside}",
        where=str(server.address),
        remedy=f"raise maxmemory, {older}or give the dataset a budget in [tiers]",
    )


def taken_by(server: RedisServer, number: int) -> int:
    """Return about how many bytes the rows of a load take now."""
    (taken,) = server.ask(("MEMORY", "USAGE", server.keys.rows(number)))
    return int(taken or 0)
