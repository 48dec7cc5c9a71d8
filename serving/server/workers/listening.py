"""Where a service listens: one address, which every process has a socket of its own for (SO_REUSEPORT).

The system deals connections out among them. A process that ends takes only its own along, and none has to be asked for
a socket. The parent holds the address without listening, so that it stays the service's while processes come and go.

Sockets with SO_REUSEPORT keep nobody of the same user out who has it as well, and a socket without it would keep our
own processes out. So the parent also holds the port of UDP that has the same number, alone. The system gives that to
one at a time, on Linux and on macOS. It takes it back when the process ends, however that ends, and keeps it for no
moment longer, as UDP has no connections to wait for. It is of one host address as TCP's port is, with any address in
conflict with each, and of one network namespace. A file with a lock would know none of this. Nobody sends there, and
nothing is read.
"""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from serving.errors import ServingConfigError
from serving.server.guards.host_names import is_loopback

_TRIES = 20  # at a port that is free by TCP and by UDP

Address = tuple[str, int]
_Place = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


@contextmanager
def hold(host: str, port: int, setting: str = "port") -> Iterator[Address]:
    """Hold an address for a block, and give it; no connection is taken. Port 0 is any that is free.

    Parameters
    ----------
    host, port
        The address.
    setting
        What the port is called, for messages.

    Raises
    ------
    ServingConfigError
        If there is no such address, another service holds it, or somebody listens there.
    """
    place = _place(host, port, setting)
    with ExitStack() as stack:
        for n_left in reversed(range(1 if port else _TRIES)):
            try:
                held = _held(stack, place)
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not n_left:
                    raise _refused(host, port, setting, error) from None
        yield held


def listener(held: Address) -> socket.socket:
    """Return another socket of an address that is held, for one process to listen with.

    Raises ServingConfigError if it can't be had.
    """
    host, port = held
    place = _place(host, port, "port")
    try:
        return _shared(place, port)
    except OSError as error:
        raise _refused(host, port, "port", error) from None


def url_of(held: Address) -> str:
    """Return the URL of an address.

    Examples
    --------
    >>> url_of(("::1", 8770))
    'http://[::1]:8770'
    """
    host, port = held
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_known_to_all(host: str) -> bool:
    """Return whether others than this machine reach an address; none does where there is no such address.

    Examples
    --------
    >>> is_known_to_all("localhost"), is_known_to_all("0.0.0.0")
    (False, True)
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # it is told of when it is listened on
        return False
    return not all(is_loopback(str(address[0])) for *_, address in found)


def _held(stack: ExitStack, place: _Place) -> Address:
    """Take a place for as long as a stack is open; OSError if it can't be had."""
    with ExitStack() as trial:
        lock = trial.enter_context(_bound(place, place[1][1], socket.SOCK_DGRAM))
        port = lock.getsockname()[1]
        with _bound(place, port, socket.SOCK_STREAM, socket.SO_REUSEADDR) as alone:
            alone.listen(1)  # fails where somebody else listens, with SO_REUSEPORT as well
        shared = trial.enter_context(_shared(place, port))
        stack.push(trial.pop_all())
        return shared.getsockname()[0], port


def _shared(place: _Place, port: int) -> socket.socket:
    return _bound(place, port, socket.SOCK_STREAM, socket.SO_REUSEADDR, socket.SO_REUSEPORT)


def _bound(place: _Place, port: int, kind: socket.SocketKind, *options: int) -> socket.socket:
    family, (address, _, *more) = place
    bound = socket.socket(family, kind)
    try:
        for option in options:
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind((address, port, *more))
    except OSError:
        bound.close()
        raise
    return bound


def _place(host: str, port: int, setting: str) -> _Place:
    """Return the first address of a host, with a port; ServingConfigError if there is none."""
    try:
        (family, _, _, _, address), *_others = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:  # a name that can't be one
        raise _refused(host, port, setting, error) from None
    return family, address  # type: ignore[return-value] # of the families that are built in


def _refused(host: str, port: int, setting: str, error: OSError | UnicodeError) -> ServingConfigError:
    remedy = f"give another {setting}, or 0 for any that is free" if port else "give another host"
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        remedy = f"another service or program has that port, of TCP or of UDP: {remedy}"
    said = getattr(error, "strerror", None) or error
    return ServingConfigError(f"can't serve at {host}, {setting} {port} ({said})", remedy=remedy)
