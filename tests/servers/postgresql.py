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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"


@dataclass
class PostgresqlServer:
    """A running server; its superuser is ``postgres``."""

    bin: Path
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)

    def address(self, schema: str = "interest_graph", role: str = _USER, database: str = _USER) -> str:
        """Return the address of the tier; never one that others could reach."""
        if not ipaddress.ip_address(HOST).is_loopback:
            raise RuntimeError(HOST)
        return f"postgresql://{HOST}:{self.port}/{database}?user={role}&schema={schema}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "fsync": "off",  # no test takes the power away
            "shared_buffers": "64MB",
            "max_wal_size": "256MB",
            **self.settings,
        }
        written = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._run(
            "pg_ctl", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", f"-p {self.port} {written}", "start"
        )

    def stop(self) -> None:
        """Stop it at once, if it runs."""
        if (self.folder / "postmaster.pid").exists():
            self._run("pg_ctl", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill it with all that it has started, as a machine that goes down would."""
        number = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        os.kill(number, signal.SIGQUIT)  # its processes end without putting anything in order
        while _is_alive(number):
            pass

    def make(self) -> None:
        """Make the folder of its data."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER, _USER)
        self._run("initdb", "-A", "trust", "-U", _USER, "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), "-D", str(self.folder), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid", _USER, "--regid", _USER, "--clear-groups", *command]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd="/"
        )
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(done.stdout.decode() + (log.read_text()[-2_000:] if log.exists() else ""))


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


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
