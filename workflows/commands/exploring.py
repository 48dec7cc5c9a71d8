"""The command that serves pages about what came out: ``interest-graph explore``."""

from typing import Annotated

import typer

from workflows.commands.options import InputOption, OutputOption
from workflows.parameters import between, option

PORT = 8765


def explore(
    output_root: OutputOption,
    input_root: InputOption,
    port: Annotated[int, option("port", between(0, 65_535), "port on this machine; 0: any that is free")] = PORT,
    host: Annotated[
        str, typer.Option(help="address to listen on; others than this machine reach it where it isn't loopback")
    ] = "127.0.0.1",
) -> None:
    """Serve read-only pages about what is published: versions, datasets, pictures, boards, users; Ctrl-C ends it."""
    # Starlette and uvicorn take 0.2 s to import, which no other command needs.
    from workflows.explorer.serving import serve  # noqa: PLC0415 - as above

    serve(output_root, input_root, host, port)
