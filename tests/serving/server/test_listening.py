"""An address is one service's, from its start to its end, though many processes of it listen there."""

import socket

import pytest

from serving.errors import ServingConfigError
from serving.server.workers.listening import hold, listener


def test_two_services_do_not_share_a_port() -> None:
    with hold("127.0.0.1", 0) as held, listener(held) as listening:
        listening.listen()
        with pytest.raises(ServingConfigError, match="Address already in use"), hold(*held):
            pass
        with listener(held) as another:
            another.listen()


@pytest.mark.parametrize("other", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 - it is refused
def test_a_port_is_held_though_nobody_listens_there_yet(other: str) -> None:
    with hold("127.0.0.1", 0) as (_, port):
        for setting in ("port", "thrift_port"):
            said = (
                rf"^can't serve at {other}, {setting} {port} \(Address already in use\); .*give another {setting}, or 0"
            )
            with pytest.raises(ServingConfigError, match=said), hold(other, port, setting):
                pass
        with hold("127.0.0.2", port) as held:  # another address of this machine
            assert held == ("127.0.0.2", port)


def test_a_port_where_somebody_else_listens_is_refused() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # who shares it with everybody
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for _ in range(2):
            with pytest.raises(ServingConfigError, match="Address already in use"), hold("127.0.0.1", port):
                pass


def test_a_port_is_free_as_soon_as_its_service_has_ended() -> None:
    with hold("127.0.0.1", 0) as held, listener(held) as listening:
        listening.listen()
        with socket.create_connection(held) as client:
            taken, _ = listening.accept()
            taken.close()  # the side that closes first waits (TIME_WAIT)
            assert client.recv(1) == b""
    with hold(*held) as again:
        assert again == held


@pytest.mark.parametrize("host", ["nowhere.invalid", "203.0.113.1", "a" * 300])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(ServingConfigError, match="can't serve at"), hold(host, 0):
        pass


def test_ipv6_is_served_where_it_is_there() -> None:
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6")
    try:
        with hold("::1", 0) as held:
            assert held[0] == "::1"
    except ServingConfigError:
        pytest.skip("there is no IPv6")
