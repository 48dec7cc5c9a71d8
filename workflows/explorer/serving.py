"""Serving the explorer: on which address, by which names it may be called, and where the pictures are.

Loopback unless another address is asked for; then people are warned, as whoever reaches the port reads everything.
"""

import ipaddress
import socket
from pathlib import Path

import uvicorn

from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.versions import check_root
from workflows.explorer.explorer_app import make_app
from workflows.explorer.guards import ANY_ADDRESS, LOOPBACK
from workflows.luigi_cfg import SettingsError
from workflows.operations.interruption import interrupted_means
from workflows.progress import say

_WAITING = 64  # connections that wait to be taken
_LONGEST_STOP_S = 3


def serve(output_root: str, input_root: str, host: str, port: int) -> None:
    """Serve until a signal ends it.

    Raises
    ------
    VersionNotFoundError
        If there is no such output folder.
    SettingsError
        If the address can't be listened on.
    """
    output = root_of(output_root)
    check_root(output)
    listener = listening_socket(host, port)
    address, bound = listener.getsockname()[:2]
    if not is_loopback(address):
        say(f"warning: whoever reaches port {bound} of this machine reads everything under {output}")
        say("    without a password; leave --host out to serve this machine alone")
    app = make_app(output, _pictures_below(input_root), allowed_hosts(host))
    # What starts it reads this line, and may close its pipe then (explore 2>&1 | head -1): as other servers do, this
    # one serves on, as nothing that it says later is needed, until a signal ends it.
    say(f"exploring {output} at {url_of(address, bound)}  (Ctrl-C ends it)")
    config = uvicorn.Config(
        app,
        loop="asyncio",  # with uvloop, which the extra `serving` brings, signals wouldn't reach who ends this process
        http="h11",  # whose heads are bounded
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LONGEST_STOP_S,
    )
    with listener, interrupted_means("the explorer has ended"):
        uvicorn.Server(config).run(sockets=[listener])


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 is any that is free.

    Raises SettingsError if there is no such address, or the port is taken.
    """
    try:
        (family, kind, protocol, _, address), *_others = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # a name that can't be one
        raise _unserved(host, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        raise _unserved(host, port, error) from error
    return listener


def allowed_hosts(host: str) -> list[str]:
    """Return the names by which the explorer may be called: those of loopback, and the address that was asked for.

    Of one that stands for all addresses, those and this machine's own name are allowed.

    Examples
    --------
    >>> allowed_hosts("127.0.0.1")
    ['127.0.0.1', 'localhost', '[::1]']
    >>> allowed_hosts("192.168.1.7")[-1], allowed_hosts("::2")[-1]
    ('192.168.1.7', '[::2]')
    """
    name = host.strip("[]")
    if name in ("0.0.0.0", "::"):  # noqa: S104 - asked for on purpose, and warned about
        named = [socket.gethostname().lower(), socket.getfqdn().lower(), ANY_ADDRESS]
    else:
        named = [f"[{name}]" if ":" in name else name]
    return list(dict.fromkeys([*LOOPBACK, *named]))


def is_loopback(address: str) -> bool:
    """Return whether an address is reached from this machine alone.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def url_of(address: str, port: int) -> str:
    """Return the URL that people open.

    Examples
    --------
    >>> url_of("::1", 8765)
    'http://[::1]:8765/'
    """
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


def _pictures_below(input_root: str) -> str:
    """Return the input folder, where pictures lie; nothing where there is none on this machine."""
    place: Root = root_of(input_root)
    return "" if isinstance(place, StorePath) or not Path(input_root).is_dir() else input_root


def _unserved(host: str, port: int, error: OSError | UnicodeError) -> SettingsError:
    remedy = "give another --port, or 0 for any that is free" if port else "give another --host"
    said = getattr(error, "strerror", None) or error
    return SettingsError(f"can't serve at {host}, port {port} ({said})", remedy=remedy)
