"""The address of an HBase cluster as a setting names it: its ZooKeeper servers, its root there, and our prefix.

``hbase://zk1:2181,zk2:2181/hbase?prefix=interest_graph`` is the whole form. Ports, root and prefix may be left out. All
tables of the tier begin with the prefix, so that several outputs can live in one cluster.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from storage_tiers.errors import DatasetError

_ALLOWED = "allowed: hbase://HOST[:PORT][,HOST[:PORT]...][/ROOT][?prefix=NAME], as in hbase://zk1:2181,zk2:2181/hbase"
_HOST = re.compile(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?")
_PREFIX = re.compile(r"[A-Za-z0-9_]+")  # what HBase takes in names of tables, but for what separates our words
_ZOOKEEPER_PORT = 2181
_LAST_PORT = 65_535
DEFAULT_ROOT = "/hbase"
DEFAULT_PREFIX = "interest_graph"

Server = tuple[str, int]  # host and port


@dataclass(frozen=True, slots=True)
class HBaseAddress:
    """Where a cluster is found, and how the names of our tables begin."""

    quorum: tuple[Server, ...]
    root: str = DEFAULT_ROOT
    prefix: str = DEFAULT_PREFIX

    def __str__(self) -> str:
        return f"hbase://{','.join(map(written, self.quorum))}{self.root}?prefix={self.prefix}"


def written(server: Server) -> str:
    """Return host and port as they are written together.

    Examples
    --------
    >>> written(("zk1", 2181)), written(("::1", 2181))
    ('zk1:2181', '[::1]:2181')
    """
    host, port = server
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def read_address(text: str) -> HBaseAddress:
    """Read an address; a DatasetError says what is wrong with it.

    Examples
    --------
    >>> read_address("hbase://zk1,zk2:2182").quorum
    (('zk1', 2181), ('zk2', 2182))
    >>> str(read_address("hbase://127.0.0.1:12181?prefix=night"))
    'hbase://127.0.0.1:12181/hbase?prefix=night'
    """
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _refused(text, "it is no address") from None
    if parts.scheme != "hbase" or parts.fragment:
        raise _refused(text, "it doesn't begin with hbase://" if parts.scheme != "hbase" else "it has a #")
    if "@" in parts.netloc:
        raise DatasetError(
            "the address of HBase holds a user or a password, which the tier has no use for", remedy=_ALLOWED
        )
    prefix = options.pop("prefix", DEFAULT_PREFIX)
    if options or not _PREFIX.fullmatch(prefix):
        what = f"{', '.join(options)} is no option" if options else f"{prefix!r} is no prefix: letters, digits and _"
        raise _refused(text, what)
    return HBaseAddress(_read_quorum(text, parts.netloc), parts.path.rstrip("/") or DEFAULT_ROOT, prefix)


def _read_quorum(text: str, written: str) -> tuple[Server, ...]:
    found = [_HOST.fullmatch(word) for word in written.split(",")]
    servers = [(one["host"].strip("[]"), int(one["port"] or _ZOOKEEPER_PORT)) for one in found if one]
    if len(servers) < len(found):
        raise _refused(text, "a host is missing or none")
    if not all(0 < port <= _LAST_PORT for _, port in servers):
        raise _refused(text, f"a port isn't from 1 to {_LAST_PORT}")
    return tuple(servers)


def _refused(text: str, what: str) -> DatasetError:
    return DatasetError(f"{text!r} can't be the address of HBase: {what}", remedy=_ALLOWED)
