"""What the client library raises, as one line of ours: which server, what is wrong, and what to do.

redis-py is an extra, imported where a server is talked to and nowhere else. None of its errors holds the password.
"""

from types import ModuleType

from storage_tiers.errors import DatasetError
from storage_tiers.redis_server.redis_address import RedisAddress

_MOST_SAID = 200  # characters of what a server says
_PASSWORD = "set REDIS_PASSWORD or redis_password_file, and ?username= where the server has users"  # noqa: S105 - words
_SINGLE = "name a single server"

_TAKEN = "name another namespace (?namespace=), or delete that key: the next run loads again what it was of"
# The library's class or the server's first word, what is wrong, and what to do; the first that fits counts.
_WORDS = (
    ("ClusterError", "it is one of a cluster, over which keys that belong together would be spread", _SINGLE),
    ("AskError", "it is one of a cluster, over which keys that belong together would be spread", _SINGLE),
    ("OutOfMemoryError", "its memory is full (maxmemory)", "raise maxmemory, drop older versions, or set a budget"),
    ("AuthenticationError", "it refuses the password, or needs one", _PASSWORD),
    ("NOAUTH", "it needs a password", _PASSWORD),
    ("WRONGPASS", "it refuses the password", _PASSWORD),
    ("NoPermissionError", "its user may not do that ({said})", "let the user do it, or name another: ?username="),
    ("BusyLoadingError", "it is still reading its data after a start", "try again soon"),
    ("ReadOnlyError", "it is a replica, which takes no changes", "name the primary"),
    ("MISCONF", "it takes no changes as it can't save them", "see its log, and make room on its disk"),
    ("WRONGTYPE", "keys of ours hold something else ({said})", _TAKEN),
    ("TimeoutError", "no answer within {limit}", "see what keeps it busy, or wait longer: ?timeout_s=60"),
    ("ConnectionError", "it can't be reached ({said})", "start it, or mend [tiers] redis_address"),
    ("OSError", "it can't be reached ({said})", "start it, or mend [tiers] redis_address"),
)
_REFUSED = ["it refused a command ({said})", "Redis 4 or newer, or Valkey, is needed"]


class ServerMemoryError(DatasetError):
    """The server has no memory left for what was to be loaded."""


def client_library() -> ModuleType:
    """Import redis-py; a DatasetError says how to install it where it isn't."""
    try:
        import redis  # noqa: PLC0415 - an extra
    except ImportError:
        remedy = "install it: pip install 'interest-graph[redis]'"
        raise DatasetError("the tier redis needs the package redis, which isn't there", remedy=remedy) from None
    return redis


def in_words(error: Exception, address: RedisAddress) -> DatasetError:
    """Return the error of ours that says what the client library raised."""
    said = " ".join(str(error).split())[:_MOST_SAID]
    kinds = {kind.__name__ for kind in type(error).__mro__}
    problem, remedy = next((words for name, *words in _WORDS if name in kinds or name in said.split()), _REFUSED)
    error_type = ServerMemoryError if "OutOfMemoryError" in kinds else DatasetError
    return error_type(problem.format(said=said, limit=f"{address.timeout_s:g} s"), where=str(address), remedy=remedy)
