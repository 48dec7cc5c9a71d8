"""The command that answers requests by execution plans, over HTTP and Thrift: ``interest-graph serve``."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.commands.options import OutputOption
from workflows.operations.interruption import interrupted_means
from workflows.parameters import between, option
from workflows.progress import say

if TYPE_CHECKING:
    from serving.config import Config
    from serving.server.workers.listening import Address

_HIGHEST_PORT, _MOST_WORKERS = 65_535, 256
_SHOWN_VERSIONS = 3
_AS_SAID = "as the settings say by default"


@interrupted_means("no request was under way")  # until the service meets signals itself, and after it has ended
def serve(
    output_root: OutputOption,
    config: Annotated[
        str | None, typer.Option(help="settings of the service; ./serving.toml if it is there", metavar="FILE")
    ] = None,
    plans: Annotated[
        str | None, typer.Option(help=f"folder of execution plans, a TOML file each; {_AS_SAID}", metavar="FOLDER")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="address to listen on; others than this machine reach it where it isn't loopback")
    ] = None,
    port: Annotated[
        int | None, option("port", between(0, _HIGHEST_PORT), f"port of HTTP; 0: any that is free; {_AS_SAID}")
    ] = None,
    workers: Annotated[
        int | None, option("workers", between(1, _MOST_WORKERS), f"processes that answer; {_AS_SAID}")
    ] = None,
    thrift_port: Annotated[
        int | None,
        option("thrift_port", between(0, _HIGHEST_PORT), f"port of Thrift; 0: any that is free; {_AS_SAID}"),
    ] = None,
) -> None:
    """Answer requests by execution plans, over HTTP and Thrift; Ctrl-C or SIGTERM ends it when all are answered."""
    # All that serves takes a fifth of a second to import, which no other command needs.
    import msgspec  # noqa: PLC0415 - as above

    from serving.config_file import read_config  # noqa: PLC0415 - as above
    from serving.server.workers.supervising import Supervisor  # noqa: PLC0415 - as above

    settings = read_config(config, output_root)
    given = {"host": host, "port": port, "workers": workers, "thrift_port": thrift_port}
    server = msgspec.structs.replace(
        settings.server, **{name: value for name, value in given.items() if value is not None}
    )
    settings = msgspec.structs.replace(settings, server=server, plans=settings.plans if plans is None else plans)
    _warn(settings)

    def begun(http: "Address", thrift: "Address | None", versions: Mapping[str, str]) -> None:
        say(_line(settings, http, thrift, versions))

    Supervisor(settings, begun, say).run()


def _line(settings: "Config", http: "Address", thrift: "Address | None", versions: Mapping[str, str]) -> str:
    """Return the line that says where what is served, as what starts it reads it."""
    from serving.server.workers.listening import url_of  # noqa: PLC0415 - as above

    n_workers = settings.server.workers
    by = "" if n_workers == 1 else f", by {n_workers} processes"
    by += f", Thrift at port {thrift[1]}" if thrift else ""
    return f"serving {_shown(versions)} at {url_of(http)}{by}  (Ctrl-C ends it)"


def _shown(versions: Mapping[str, str]) -> str:
    """Return what versions are served.

    Examples
    --------
    >>> _shown({"pin_joins": "2026-11-20/2", "board_joins": "2026-11-20/2"})
    'version 2026-11-20/2'
    >>> _shown({"pin_joins": "2026-11-20/2", "cache/pin_joins": "2026-11-19/1"})
    'pin_joins 2026-11-20/2, cache/pin_joins 2026-11-19/1'
    >>> _shown({})
    'no version yet'
    """
    known = {address: version for address, version in versions.items() if version}
    if not known:
        return "no version yet"
    if len(set(known.values())) == 1:
        return f"version {next(iter(known.values()))}"
    shown = [f"{address} {version}" for address, version in list(known.items())[:_SHOWN_VERSIONS]]
    return ", ".join(shown) + (", ..." if len(known) > _SHOWN_VERSIONS else "")


def _warn(settings: "Config") -> None:
    from serving.server.guards.tokens import is_open_to_others  # noqa: PLC0415 - as above
    from serving.server.workers.listening import is_known_to_all  # noqa: PLC0415 - as above

    server = settings.server
    if not server.tokens_file and is_known_to_all(server.host):
        say(f"warning: whoever reaches {server.host} may ask for all that is served, as there are no tokens")
        say("    name a file of them (tokens_file in serving.toml), or leave --host out to serve this machine alone")
    if server.tokens_file and is_open_to_others(server.tokens_file):
        say(f"warning: others may read {server.tokens_file}, where tokens are; chmod 600 {server.tokens_file}")
