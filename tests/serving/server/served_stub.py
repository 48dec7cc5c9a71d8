"""Runs a stub service of several processes as ``interest-graph serve`` runs the real one: a JSON of settings is given.

Where it serves is one line on standard output: the addresses, and the version.
"""

import sys
from collections.abc import Mapping

import msgspec

from joins.errors import DiscoveryError
from serving.config import Config
from serving.server.workers.listening import Address
from serving.server.workers.messages import say
from serving.server.workers.supervising import Supervisor

STUB = "tests.serving.server.stub_service"


def begun(http: Address, thrift: Address | None, versions: Mapping[str, str]) -> None:
    print(msgspec.json.encode([http, thrift, dict(versions)]).decode(), flush=True)  # noqa: T201 - what tests read


def run(settings: str) -> None:
    try:
        Supervisor(msgspec.json.decode(settings, type=Config), begun, say, STUB).run()
    except DiscoveryError as error:
        say(f"error: {error}")
        sys.exit(2)


if __name__ == "__main__":
    run(sys.argv[1])
