"""The settings of a service: what stands in ``serving.toml``, each setting declared once with its unit and meaning.

Every setting has a default that works, but for the addresses of other servers; without a file one LMDB store over the
output folder is served to this machine alone. `serving.config_file` reads the file.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from serving.plans.limits import LIMITS, Limits

WrittenFields = dict[str, object]  # a name, and "text", "number", "fraction", "truth", [one of these], or {a name: ...}
DEFAULT_PLANS = "plans"  # the folder where plans are looked for that nobody names
_HOUR_MS = 3_600_000
_MOST = 1_000_000

Milliseconds = Annotated[int, Meta(ge=1, le=_HOUR_MS)]
Port = Annotated[int, Meta(ge=0, le=65_535)]
Datasets = Annotated[tuple[str, ...], Meta(description="datasets to serve; all that are loaded by default")]
Output = Annotated[str, Meta(description="output folder, or its address in a store; that of the command by default")]
TimeLimit = Annotated[Milliseconds, Meta(description="ms that an answer of it may take")]
AtOnce = Annotated[int, Meta(ge=1, le=10_000, description="questions that it is asked at one time")]
Threads = Annotated[int, Meta(ge=1, le=64, description="threads that ask it")]
Waiting = Annotated[
    int, Meta(ge=0, le=_MOST, description="questions that wait for their turn; more are refused at once")
]
Replicas = Annotated[tuple[str, ...], Meta(description="addresses of copies, of which the next is asked if one fails")]
HedgeAfter = Annotated[int, Meta(ge=0, le=_HOUR_MS, description="ms after which a copy is asked as well; 0: never")]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what stands in one section."""


class LmdbStore(_Section, frozen=True, kw_only=True, tag_field="kind", tag="lmdb"):
    """The random access tier of an output folder: read on the spot, nothing waits."""

    output: Output = ""
    datasets: Datasets = ()


class RedisStore(_Section, frozen=True, kw_only=True, tag_field="kind", tag="redis"):
    """Random access on a Redis or Valkey server; no output folder is needed."""

    address: Annotated[str, Meta(min_length=1, description="of the server: redis://HOST[:PORT][/DATABASE]")]
    datasets: Datasets = ()
    password_file: Annotated[str, Meta(description="file whose first line is the password")] = ""
    connections: Annotated[int, Meta(ge=1, le=64, description="connections to each server, of a process")] = 1
    replicas: Replicas = ()
    hedge_after_ms: HedgeAfter = 0
    timeout_ms: TimeLimit = 500
    most_at_once: AtOnce = 64
    most_waiting: Waiting = 256


class DebuggingStore(_Section, frozen=True, kw_only=True, tag_field="kind", tag="debugging"):
    """Rows straight from the published files: slow, for looking into data."""

    output: Output = ""
    datasets: Datasets = ()
    timeout_ms: TimeLimit = 10_000
    most_at_once: Threads = 2
    most_waiting: Waiting = 16


class SqlStore(_Section, frozen=True, kw_only=True, tag_field="kind", tag="sql"):
    """Rows by queries of the SQL tier: slow, for looking into data."""

    output: Output = ""
    datasets: Datasets = ()
    timeout_ms: TimeLimit = 10_000
    most_at_once: Threads = 2
    most_waiting: Waiting = 16


class HttpStore(_Section, frozen=True, kw_only=True, tag_field="kind", tag="http"):
    """Another service, which is sent keys and answers with rows; it has no versions."""

    address: Annotated[
        str, Meta(pattern=r"^https?://.", description="where keys are sent to; {dataset} in it stands for the dataset")
    ]
    dataset: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", description="what plans call its rows")]
    key: Annotated[str, Meta(min_length=1, description="the field that is the key")]
    fields: Annotated[
        WrittenFields,
        Meta(min_length=1, description='name = "text", "number", "fraction" or "truth", [a list], {a struct}'),
    ]
    token_file: Annotated[str, Meta(description="file whose first line is sent as bearer token")] = ""
    answer_bytes: Annotated[int, Meta(ge=1, le=2**30, description="bytes that an answer of it may have")] = 4_000_000
    replicas: Replicas = ()
    hedge_after_ms: HedgeAfter = 0
    timeout_ms: TimeLimit = 500
    most_at_once: AtOnce = 64
    most_waiting: Waiting = 256


Store = LmdbStore | RedisStore | DebuggingStore | SqlStore | HttpStore
STORE_KINDS: Mapping[str, type[Store]] = {
    "lmdb": LmdbStore,
    "redis": RedisStore,
    "debugging": DebuggingStore,
    "sql": SqlStore,
    "http": HttpStore,
}


class ServerConfig(_Section, frozen=True, kw_only=True):
    """Where the service listens, whom it answers, and how much of it."""

    host: Annotated[str, Meta(min_length=1, description="address to listen on; loopback is this machine alone")] = (
        "127.0.0.1"
    )
    port: Annotated[Port, Meta(description="of HTTP; 0: any that is free")] = 8770
    thrift_port: Annotated[Port | None, Meta(description="of Thrift; none: it isn't spoken; 0: any that is free")] = (
        None
    )
    workers: Annotated[int, Meta(ge=1, le=256, description="processes that answer")] = 1
    tokens_file: Annotated[str, Meta(description="file of callers, a line each: NAME:TOKEN; none: all may ask")] = ""
    hosts: Annotated[
        tuple[str, ...], Meta(description="other names by which browsers may call it, where there are no tokens")
    ] = ()
    requests_per_s: Annotated[
        float, Meta(ge=0, le=_MOST, description="requests a second of one caller, of all processes; 0: no limit")
    ] = 0
    burst: Annotated[float, Meta(ge=1, le=_MOST, description="requests of a caller at once, after a pause")] = 100
    most_in_flight: Annotated[int, Meta(ge=1, le=_MOST, description="requests at one time, a process")] = 256
    most_queued_ms: Annotated[
        Milliseconds, Meta(description="ms that a request may have waited before it is begun; it is refused after")
    ] = 250
    deadline_ms: Annotated[Milliseconds, Meta(description="ms of a request at most, and of one that says none")] = 1_000
    request_bytes: Annotated[int, Meta(ge=1, le=2**30, description="bytes of a request")] = 100_000
    request_s: Annotated[float, Meta(ge=0.1, le=3_600, description="s in which a request must have come in")] = 10
    idle_s: Annotated[float, Meta(ge=0.1, le=3_600, description="s after which an idle connection is closed")] = 60
    notice_s: Annotated[
        float, Meta(ge=0, le=3_600, description="s between /ready saying no after SIGTERM, and taking no connection")
    ] = 0
    drain_s: Annotated[float, Meta(ge=0, le=3_600, description="s that requests have to end after SIGTERM")] = 10
    access_log: Annotated[str, Meta(description="file that has a line a request; -: standard output; none")] = ""
    access_log_share: Annotated[float, Meta(ge=0, le=1, description="share of the requests that have a line")] = 1
    plans_in_requests: Annotated[bool, Meta(description="whether a request may bring its own plan")] = True


class Config(_Section, frozen=True, kw_only=True):
    """All settings.

    Attributes
    ----------
    stores
        By name. A dataset is called by its name alone in the first store that has it, else ``store/dataset``.
    """

    plans: Annotated[
        str | None, Meta(description="folder of plans, a TOML file each; none: `plans` of the current folder, if there")
    ] = None
    look_every_ms: Annotated[Milliseconds, Meta(description="ms between two looks for another version")] = 100
    stores: Mapping[str, Store]
    limits: Limits = LIMITS
    server: ServerConfig = ServerConfig()
