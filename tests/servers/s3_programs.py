"""Real S3 servers on loopback, each over a folder of its own: versitygw, and MinIO as a cross check.

Which one tests run is said by ``INTEREST_GRAPH_S3_SERVER`` (``versitygw`` unless it is set; ``make test-minio`` sets
it). Both are programs that ``go install`` brings. The versions are those that the tests were run against.
"""

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pyarrow.fs import S3FileSystem

BUCKET = "trial"
ACCESS_KEY, SECRET_KEY = "trialaccess", "trialsecret123"  # of a server that ends with its test
_CHOICE = "INTEREST_GRAPH_S3_SERVER"
_STARTS_WITHIN_S = 60
_LOOK_S = 0.05


class MissingServerError(RuntimeError):
    """The program of a server isn't installed here; the text says how to install it."""


@dataclass(frozen=True, slots=True)
class S3Program:
    """A program that serves S3: what ``go install`` is given, and how it is started."""

    name: str
    module: str
    arguments: Callable[[str, Path], list[str]]  # of the address to listen on, and the folder of the objects
    key_variables: tuple[str, str]  # which give it the access key and the secret

    def path(self) -> str:
        """Return where the program lies, as ``go install`` puts it.

        Raises MissingServerError.
        """
        found = shutil.which(self.name) or shutil.which(self.name, path=str(Path.home() / "go" / "bin"))
        if found is None:
            raise MissingServerError(f"{self.name} is not installed: go install {self.module}")
        return found


VERSITYGW = S3Program(
    "versitygw",
    "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
    lambda address, folder: ["--quiet", "--port", address, "posix", str(folder)],
    ("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"),
)
MINIO = S3Program(
    "minio",
    "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c",
    lambda address, folder: [
        "server",
        "--quiet",
        "--address",
        address,
        "--console-address",
        "127.0.0.1:0",
        str(folder),
    ],
    ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"),
)
PROGRAMS = {program.name: program for program in (VERSITYGW, MINIO)}


@dataclass(slots=True)
class S3Server:
    """A server that runs: its address, the process, and what starts that once more over the same objects."""

    url: str
    process: "subprocess.Popen[bytes]"
    begin: "Callable[[], subprocess.Popen[bytes]]"

    def kill(self) -> None:
        """End it at once; whoever asks is refused from then on."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Start it after its end, at the same address; it may not yet answer."""
        self.process = self.begin()

    def environment(self) -> dict[str, str]:
        """Return the variables by which clients find it, and are let in."""
        return environment_of(self.url)


def chosen_program() -> S3Program:
    """Return the program that the environment chooses."""
    return PROGRAMS[os.environ.get(_CHOICE) or VERSITYGW.name]


def environment_of(url: str) -> dict[str, str]:
    """Return the variables by which clients find a server or the proxy before it; its address must be loopback."""
    host = urlsplit(url).hostname
    if host is None or not ipaddress.ip_address(host).is_loopback:
        raise ValueError(url)
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


@contextmanager
def s3_server_in(folder: Path, program: S3Program | None = None) -> Iterator[S3Server]:
    """Run a server over a folder, with one bucket; it ends with the block, whatever happens there.

    Raises MissingServerError.
    """
    program = program or chosen_program()
    path = program.path()
    (folder / "objects").mkdir(parents=True)
    address = f"127.0.0.1:{free_port()}"
    keys = dict(zip(program.key_variables, (ACCESS_KEY, SECRET_KEY), strict=True))
    log = folder / f"{program.name}.log"

    def begin() -> "subprocess.Popen[bytes]":
        with log.open("ab") as output:
            return subprocess.Popen(
                [path, *program.arguments(address, folder / "objects")],
                env=os.environ | keys | {"HOME": str(folder)},
                stdout=output,
                stderr=output,
            )

    server = S3Server(f"http://{address}", begin(), begin)
    try:
        _make_bucket(address, server.process, log)
        yield server
    finally:
        server.kill()


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _make_bucket(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Make the bucket as soon as the server answers."""
    client = S3FileSystem(
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        region="us-east-1",
        scheme="http",
        endpoint_override=address,
        allow_bucket_creation=True,
        connect_timeout=1,
    )
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            client.create_dir(BUCKET)
        except OSError:  # it listens not yet, or answers that it isn't ready
            time.sleep(_LOOK_S)
        else:
            return
    raise RuntimeError(log.read_text(errors="replace"))


def install(name: str) -> None:
    """Install a program where it isn't there; SystemExit says what keeps it from being had."""
    program = PROGRAMS[name]
    try:
        program.path()
    except MissingServerError as missing:
        go = shutil.which("go")
        if go is None:
            raise SystemExit(f"{missing}; but Go, which that needs, isn't installed here") from None
        sys.stderr.write(f"{missing} (some minutes) ...\n")
        if subprocess.run([go, "install", program.module], check=False).returncode:
            raise SystemExit(f"{name} can't be had here: go install {program.module} failed") from None


if __name__ == "__main__":
    install(*sys.argv[1:])
