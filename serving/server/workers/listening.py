"""Where a service listens: one address, which every process has a socket of its own for (SO_REUSEPORT).

The system deals connections out among them. A process that ends takes only its own along, and none has to be asked for
a socket. The parent holds the address without listening, so that it stays the service's while processes come and go.
"""

import socket

from serving.errors import ServingConfigError
from serving.server.guards.host_names import is_loopback

Address = tuple[str, int]


def hold(host: str, port: int, setting: str = "port") -> socket.socket:
    """Return a socket that holds an address, and takes no connection; port 0 is any that is free.

    Parameters
    ----------
    host, port
        The address.
    setting
        What the port is called, for messages.

    Raises
    ------
    ServingConfigError
        If there is no such address, or somebody listens there: another service of this user would share it.
    """
    alone = _bound(host, port, setting, shared=False)  # fails where somebody listens
    with alone:
        port = alone.getsockname()[1]
    return _bound(host, port, setting, shared=True)


def listener(held: Address) -> socket.socket:
    """Return another socket of an address that is held, for one process to listen with.

    Raises ServingConfigError if it can't be had.
    """
    host, port = held
    return _bound(host, port, "port", shared=True)


def url_of(held: Address) -> str:
    """Return the URL of an address.

    Examples
    --------
    >>> url_of(("::1", 8770))
    'http://[::1]:8770'
    """
    host, port = held
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def address_of(held: socket.socket) -> Address:
    """Return the address that a socket holds."""
    host, port = held.getsockname()[:2]
    return host, port


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


def _bound(host: str, port: int, setting: str, *, shared: bool) -> socket.socket:
    try:
        (family, kind, protocol, _, address), *_others = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # a name that can't be one
        raise _refused(host, port, setting, error) from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
        if not shared:
            bound.listen(1)  # to hold it without listening is allowed to many
    except OSError as error:
        bound.close()
        raise _refused(host, port, setting, error) from None
    return bound


def _refused(host: str, port: int, setting: str, error: OSError | UnicodeError) -> ServingConfigError:
    remedy = f"give another {setting}, or 0 for any that is free" if port else "give another host"
    said = getattr(error, "strerror", None) or error
    return ServingConfigError(f"can't serve at {host}, {setting} {port} ({said})", remedy=remedy)
