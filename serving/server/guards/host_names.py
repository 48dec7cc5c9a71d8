"""By which names a service may be called, and who may call it from a page, where no token keeps strangers out.

A page of a stranger can't read ours, but its name can be made to lead to this machine (DNS rebinding): then the
``Host`` header is the stranger's, and is refused. A browser says of a request which page it is from; those of strangers
are refused, too, as they would have work done. Where tokens are needed, none of this is: no page has one.
"""

import ipaddress
import socket
from collections.abc import Collection, Mapping

from serving.errors import StrangerError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 - asked for on purpose, and warned about
_OWN_SITES = (b"same-origin", b"none")


class HostNames:
    """The names, without port, by which a service may be called.

    Parameters
    ----------
    host
        The address that it listens on. One that stands for all addresses allows every number, and the machine's name.
    others
        Other names, as those that a balancer in front is called by.

    Examples
    --------
    >>> names = HostNames("127.0.0.1", ["graph.example"])
    >>> names.check({b"host": b"localhost:8770"})
    >>> names.check({b"host": b"evil.example:8770"})
    Traceback (most recent call last):
    serving.errors.StrangerError: this service isn't called 'evil.example'; it is called 127.0.0.1, [::1], \
graph.example, localhost
    """

    def __init__(self, host: str, others: Collection[str] = ()) -> None:
        name = host.strip("[]").lower()
        self._any_number = name in _ALL_ADDRESSES
        named = [socket.gethostname().lower()] if self._any_number else [f"[{name}]" if ":" in name else name]
        self._names = frozenset([*LOOPBACK, *named, *(other.lower() for other in others)])
        self._known: set[bytes] = set()  # headers that were found allowed: few, so they are kept

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raise StrangerError if a request calls the service by another name, or comes from a stranger's page."""
        host = headers.get(b"host", b"")
        if host not in self._known:
            self._check_host(host)
        origin = headers.get(b"origin")
        if origin is not None and origin not in (b"http://" + host, b"https://" + host):
            raise StrangerError("pages of others may not ask this service", remedy="ask it from a program")
        if headers.get(b"sec-fetch-site", b"none") not in _OWN_SITES:
            raise StrangerError("pages of others may not ask this service", remedy="ask it from a program")

    def _check_host(self, host: bytes) -> None:
        name = host_name(host.decode("latin-1"))
        if name not in self._names and not (self._any_number and _is_number(name)):
            called = ", ".join(sorted(self._names))
            raise StrangerError(f"this service isn't called {name!r:.80}; it is called {called}")
        if len(self._known) < 100:  # noqa: PLR2004 - a number of ports and spellings, not of strangers
            self._known.add(host)


def host_name(host: str) -> str:
    """Return a ``Host`` header without its port.

    Examples
    --------
    >>> host_name("LocalHost:8770"), host_name("[::1]:80"), host_name("[::1]")
    ('localhost', '[::1]', '[::1]')
    """
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def is_loopback(address: str) -> bool:
    """Return whether an address is reached from this machine alone.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
