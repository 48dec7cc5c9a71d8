"""A real HDFS on loopback, one NameNode and one DataNode, that tests publish to; they skip where it can't be started.

It needs Java 11 or 17, and Hadoop's jars, which Maven fetches: ``make hadoop-jars``. No port is fixed, so that several
may run side by side.
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.servers.s3_programs import free_port

JARS = Path(os.environ.get("INTEREST_GRAPH_HADOOP_JARS") or Path.home() / ".cache" / "interest-graph-tests" / "hadoop")
_NAMENODE, _DATANODE = (f"org.apache.hadoop.hdfs.server.{node}" for node in ("namenode.NameNode", "datanode.DataNode"))
_JAVA = ("java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_STARTS_WITHIN_S, _LOOK_S = 90, 0.2
LOG4J = """log4j.rootLogger=WARN,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""


@contextmanager
def hdfs_in(folder: Path) -> Iterator[str]:
    """Run a NameNode and a DataNode over a folder; yield the address, ``hdfs://127.0.0.1:PORT``."""
    if not shutil.which("java") or not any(JARS.glob("hadoop-hdfs-*.jar")) or find_spec("hdfs_native") is None:
        pytest.skip(f"Java, hdfs-native, or Hadoop's jars in {JARS} are missing: make hadoop-jars")
    port = free_port()
    configuration = _write_configuration(folder, port)
    with ExitStack() as running:
        subprocess.run(
            [*_java(configuration), _NAMENODE, "-format", "-nonInteractive"],
            check=True,
            capture_output=True,
        )
        namenode = running.enter_context(_daemon(configuration, _NAMENODE, folder / "namenode.log"))
        _wait_for(port, namenode, folder / "namenode.log")
        datanode = running.enter_context(_daemon(configuration, _DATANODE, folder / "datanode.log"))
        _wait_for_data(f"hdfs://127.0.0.1:{port}", datanode, folder / "datanode.log")
        yield f"hdfs://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The HDFS of this session of tests."""
    with hdfs_in(tmp_path_factory.mktemp("hdfs")) as address:
        yield address


@pytest.fixture
def hdfs_root(hdfs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address on it that is this test's own; HOME is below tmp_path."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where the local work folder of a store lies by default
    return f"{hdfs}/{secrets.token_hex(6)}/output"


def _java(configuration: Path) -> list[str]:
    return [*_JAVA, "-cp", f"{configuration}:{JARS}/*"]


@contextmanager
def _daemon(configuration: Path, main: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        daemon = subprocess.Popen([*_java(configuration), main], stdout=output, stderr=output)
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.wait()


def _write_configuration(folder: Path, port: int) -> Path:
    """Write a folder of Hadoop's settings in which every port is of loopback."""
    configuration = folder / "conf"
    for pages in ("hdfs", "datanode"):  # empty, but both daemons want them
        (configuration / "webapps" / pages).mkdir(parents=True)
    core = {"fs.defaultFS": f"hdfs://127.0.0.1:{port}", "hadoop.tmp.dir": str(folder / "tmp")}
    anywhere = "127.0.0.1:0"
    hdfs_site = {
        "dfs.replication": "1",
        "dfs.namenode.name.dir": f"file://{folder}/name",
        "dfs.datanode.data.dir": f"file://{folder}/data",
        "dfs.permissions.superusergroup": "root",
        "dfs.namenode.http-address": anywhere,
        "dfs.datanode.address": anywhere,
        "dfs.datanode.ipc.address": anywhere,
        "dfs.datanode.http.address": anywhere,
        "dfs.datanode.hostname": "127.0.0.1",
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
    }
    (configuration / "core-site.xml").write_text(as_xml(core))
    (configuration / "hdfs-site.xml").write_text(as_xml(hdfs_site))
    (configuration / "log4j.properties").write_text(LOG4J)
    return configuration


def as_xml(settings: Mapping[str, str]) -> str:
    """Return settings as a file of Hadoop's."""
    properties = (f"<property><name>{name}</name><value>{value}</value></property>" for name, value in settings.items())
    return f"<configuration>{''.join(properties)}</configuration>"


def _wait_for(port: int, daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and daemon.poll() is None:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_LOOK_S)
    raise RuntimeError(log.read_text(errors="replace"))


def _wait_for_data(address: str, datanode: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a file can be written: before that, the NameNode knows of no place for its block."""
    from hdfs_native import Client  # noqa: PLC0415 - an extra

    deadline, client = time.monotonic() + _STARTS_WITHIN_S, Client(address)
    while time.monotonic() < deadline and datanode.poll() is None:
        try:
            with client.create(f"/trial-{secrets.token_hex(4)}") as file:
                file.write(b"trial")
        except Exception:  # noqa: BLE001 - whatever it says, it isn't there yet
            time.sleep(_LOOK_S)
        else:
            return
    raise RuntimeError(log.read_text(errors="replace"))
