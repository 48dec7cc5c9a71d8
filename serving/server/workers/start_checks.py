"""What is checked before a service starts a process: what no setting says by itself, and no worker should fail for.

Where a worker that takes the place of another met one of these, the service would go on without it, and try again and
again. Checked here, each is one line at the start.
"""

from importlib.util import find_spec

from serving.config import ServerConfig
from serving.errors import ServingConfigError
from serving.server.access_log import check_log


def check_start(server: ServerConfig) -> None:
    """Check settings that stand for one another, or for something outside.

    Parameters
    ----------
    server
        Where the service listens, and what it writes.

    Raises
    ------
    ServingConfigError
        If HTTP and Thrift have one port, the access log can't be written, or the package of Thrift isn't there.
    """
    if server.thrift_port is not None:
        if server.thrift_port == server.port and server.port:
            remedy = "give each a port of its own, or 0 for any that is free"
            raise ServingConfigError(f"port and thrift_port are both {server.port}", remedy=remedy)
        if find_spec("thriftpy2") is None:
            remedy = "pip install 'interest-graph[serving]'"
            raise ServingConfigError("thrift_port is set, and thriftpy2 isn't installed", remedy=remedy)
    if server.access_log:
        check_log(server.access_log)
