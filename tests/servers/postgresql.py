"""A PostgreSQL of its own for tests: on a free port of loopback, in a folder that goes with it.

As root the server runs as the user ``postgres``, because PostgreSQL refuses to run as root.
"""

import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"
_START_S = 60.0


@dataclass
class PostgresqlServer:
    """A running server; its superuser is ``postgres``."""

    bin: Path
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def address(self, schema: str = "interest_graph", role: str = _USER, database: str = _USER) -> str:
        """Return the address of the tier; never one that others could reach."""
        if not ipaddress.ip_address(HOST).is_loopback:
            raise RuntimeError(HOST)
        return f"postgresql://{HOST}:{self.port}/{database}?user={role}&schema={schema}"

    def make(self) -> None:
        """Make the folder of its data."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER, _USER)
        arguments = ["-A", "trust", "-U", _USER, "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
        made = subprocess.run(self._command("initdb", *arguments), capture_output=True, check=False, cwd="/")
        if made.returncode:
            raise RuntimeError(made.stderr.decode())

    def start(self) -> None:
        """Start it, and wait until it takes connections; it ends with the process that starts it, however that ends."""
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",  # no test takes the power away
            "shared_buffers": "64MB",
            "max_wal_size": "256MB",
            **self.settings,
        }
        written = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            command = self._command("postgres", *written)
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        end = time.monotonic() + _START_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError((self.folder / "log").read_text()[-2_000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once with all that it has started, as when a machine goes down; nothing is put in order."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def _is_ready(self) -> bool:
        found = self.folder / "postmaster.pid"
        return found.exists() and found.read_text().split("\n")[7:8] in (["ready"], ["ready   "])

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self.bin / program), "-D", str(self.folder), *arguments]
        if not shutil.which("setpriv"):
            return command
        who = ["--reuid", _USER, "--regid", _USER, "--clear-groups"] if os.geteuid() == 0 else []
        return ["setpriv", *who, "--pdeathsig", "QUIT", *command]


def missing_program() -> str:
    """Return what isn't installed; nothing where all is."""
    return "" if _bin_folder() else "PostgreSQL's server (Debian: apt-get install postgresql)"


@contextmanager
def started_postgresql(**settings: str) -> Iterator[PostgresqlServer]:
    """Make and start a server with settings of its own, and remove it at the end."""
    found = _bin_folder()
    if found is None:
        raise RuntimeError(missing_program())
    folder = Path(tempfile.mkdtemp(prefix="interest-graph-postgresql-"))
    server = PostgresqlServer(found, folder, _free_port(), settings)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _bin_folder() -> Path | None:
    debian = sorted(_DEBIAN.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("pg_ctl")
    return debian[-1].parent if debian else Path(on_path).resolve().parent if on_path else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
