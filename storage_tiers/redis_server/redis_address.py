"""The address of a Redis or Valkey server: which server, which database there, and the name that our keys begin with.

``redis://HOST[:PORT][/DATABASE]``, ``rediss://`` with TLS, ``unix:///PATH/TO/SOCKET``; ``valkey://`` and ``valkeys://``
mean the same as the first two. Behind a ``?`` may stand

- ``namespace``: what all keys of one output folder begin with, so that several outputs share a server;
- ``database``, for a socket; ``username``, for servers with users; ``timeout_s``, of an answer;
- ``ca_file``, whose certificates are trusted instead of the system's.

A password never stands in it. It comes from the environment, ``REDIS_PASSWORD``, or from the first line of a file.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from joins.uri_secrets import has_secrets, without_secrets
from storage_tiers.bounded_files import read_bounded
from storage_tiers.errors import DatasetError

DEFAULT_NAMESPACE = "interest_graph"
_DEFAULT_PORT = 6379
_DEFAULT_TIMEOUT_S = 5.0
_LONGEST_TIMEOUT_S = 600.0
_MOST_DATABASES = 2**31
_PASSWORD_VARIABLE = "REDIS_PASSWORD"  # noqa: S105 - the name of a variable
_NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PLAIN, _TLS, _SOCKET = ("redis", "valkey"), ("rediss", "valkeys"), ("unix",)
_PARAMETERS = ("namespace", "database", "username", "timeout_s", "ca_file")
_ALLOWED = (
    "allowed: redis://HOST[:PORT][/DATABASE], rediss://... with TLS, unix:///PATH, "
    f"and behind a ? any of {', '.join(_PARAMETERS)}"
)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where the keys of an output lie; ``str()`` says it for people."""

    host: str = ""  # empty for a socket
    port: int = _DEFAULT_PORT
    socket_path: str = ""
    has_tls: bool = False
    database: int = 0
    namespace: str = DEFAULT_NAMESPACE
    username: str = ""
    timeout_s: float = _DEFAULT_TIMEOUT_S
    ca_file: str = ""

    def __str__(self) -> str:
        namespace = "" if self.namespace == DEFAULT_NAMESPACE else f"?namespace={self.namespace}"
        if self.socket_path:
            return f"unix://{self.socket_path}?database={self.database}{namespace.replace('?', '&')}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"redis{'s' if self.has_tls else ''}://{host}:{self.port}/{self.database}{namespace}"


def read_address(text: str) -> RedisAddress:
    """Read an address.

    Raises DatasetError, with what is allowed, if it is none or has a password in it.

    Examples
    --------
    >>> str(read_address("redis://cache.internal"))
    'redis://cache.internal:6379/0'
    >>> read_address("unix:///run/redis.sock?database=2&namespace=trial").namespace
    'trial'
    """
    if has_secrets(text):
        raise _refused(text, f"a password doesn't belong there: set {_PASSWORD_VARIABLE}, or redis_password_file")
    try:
        parts = urlsplit(text)
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        unknown = sorted(given.keys() - {*_PARAMETERS})
        if unknown or parts.fragment or parts.username is not None:
            raise _refused(text, f"there is no {unknown[0] if unknown else 'user or # in it'}")
        return _address(parts, given)
    except ValueError:  # a port that is no number, an IPv6 host without its bracket
        raise _refused(text) from None


def read_password(path: str) -> str:
    """Return the password: the first line of a file where one is named, else the variable; empty where neither is.

    Raises DatasetError, which holds nothing of the file, if it can't be read.
    """
    if not path:
        return os.environ.get(_PASSWORD_VARIABLE, "")
    try:
        lines = read_bounded(path).decode().splitlines()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        problem = f"the file of the password can't be read: {why}"
        raise DatasetError(problem, where=path, remedy="mend redis_password_file") from None
    if not lines or not lines[0].strip():
        raise DatasetError("its first line is empty", where=path, remedy="put the password there, alone in that line")
    return lines[0].strip()


def _address(parts: SplitResult, given: Mapping[str, str]) -> RedisAddress:
    is_socket, has_tls = parts.scheme in _SOCKET, parts.scheme in _TLS
    path = unquote(parts.path)
    if is_socket:
        number, is_right = given.get("database", "0"), not parts.netloc and len(path) > 1
    else:
        number = path.removeprefix("/") or given.get("database", "0")
        is_right = parts.scheme in {*_PLAIN, *_TLS} and bool(parts.hostname)
    timeout_s = float(given.get("timeout_s", _DEFAULT_TIMEOUT_S))
    namespace = given.get("namespace", DEFAULT_NAMESPACE)
    is_right = is_right and number.isascii() and number.isdecimal() and int(number) < _MOST_DATABASES
    is_right = is_right and 0 < timeout_s <= _LONGEST_TIMEOUT_S and bool(_NAMESPACE.fullmatch(namespace))
    if not is_right or ("ca_file" in given and not has_tls):
        raise ValueError
    return RedisAddress(
        host="" if is_socket else parts.hostname or "",
        port=_DEFAULT_PORT if parts.port is None else parts.port,
        socket_path=path if is_socket else "",
        has_tls=has_tls,
        database=int(number),
        namespace=namespace,
        username=given.get("username", ""),
        timeout_s=timeout_s,
        ca_file=given.get("ca_file", ""),
    )


def _refused(text: str, why: str = "") -> DatasetError:
    problem = f"{without_secrets(text)!r} is no address of a Redis server"
    return DatasetError(f"{problem}{f': {why}' if why else ''}; {_ALLOWED}", remedy="mend [tiers] redis_address")
