"""A real S3 server on loopback behind the counting proxy of the tests, and how contenders ask for the counts.

Server and proxy run in the benchmark's own process, which waits while a contender works. A contender finds the place in
the environment, and asks for the counts over a socket of loopback, with the standard library alone.
"""

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness.kept import bench_folder

if TYPE_CHECKING:
    from tests.servers.s3_proxy import S3Proxy

PLACE = "BENCH_S3"  # in the environment: where the output lies and who tells the counts, as JSON
_PREFIX = "output"


@contextmanager
def counted_s3() -> Iterator[str]:
    """Run both for a block, with what clients need in the environment; yield the address for an output folder."""
    from tests.servers.s3_programs import BUCKET, s3_server_in  # noqa: PLC0415 - pytest and obstore are the project's alone
    from tests.servers.s3_proxy import proxy_before  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="s3-", dir=bench_folder()))
    before = dict(os.environ)
    try:
        with s3_server_in(folder) as server, proxy_before(server.url) as proxy, Listener(("127.0.0.1", 0)) as listener:
            counting = threading.Thread(target=_tell_counts, args=(listener, proxy), daemon=True)
            counting.start()
            os.environ |= server.environment() | {"AWS_ENDPOINT_URL": proxy.url, "HOME": str(folder)}
            os.environ[PLACE] = json.dumps({"root": f"s3://{BUCKET}/{_PREFIX}", "counts": listener.address})
            yield f"s3://{BUCKET}/{_PREFIX}"
    finally:
        os.environ.clear()
        os.environ |= before
        shutil.rmtree(folder, ignore_errors=True)


def s3_root() -> str:
    """Return the address of the output folder, for a contender."""
    return str(json.loads(os.environ[PLACE])["root"])


class S3Counts:
    """Asks for requests and bytes since it was asked the last time."""

    def __init__(self) -> None:
        self._connection = Client(tuple(json.loads(os.environ[PLACE])["counts"]))

    def __call__(self) -> tuple[int, int]:
        """Return requests and bytes, and forget them."""
        self._connection.send(None)
        n_requests, n_bytes = self._connection.recv()
        return n_requests, n_bytes


def _tell_counts(listener: Listener, proxy: "S3Proxy") -> None:
    """Answer one contender after the other, until the process ends or the listener is closed."""
    while True:
        try:
            with listener.accept() as connection:
                while True:
                    connection.recv()
                    connection.send((len(proxy.requests), proxy.n_bytes))
                    proxy.forget()
        except EOFError:  # that contender has ended
            continue
        except OSError:
            return
