"""A real standalone HBase for tests: ZooKeeper, master and region server in one Java process, on ports of loopback.

Its jars lie in the folder that ``INTEREST_GRAPH_HBASE_JARS`` names, where ``make hbase-jars`` puts them by Maven.
"""

import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

JARS = Path(os.environ.get("INTEREST_GRAPH_HBASE_JARS") or Path.home() / ".cache/interest-graph-tests/hbase")
_HOST = "127.0.0.1"
_IS_UP = b"Master has completed initialization"
_LIMIT_S = 600.0  # of a start, on a machine that has much to do; nine seconds where it has not
_OPENED = (  # what HBase and Netty look into by reflection, which Java 17 forbids otherwise
    *("lang", "lang.reflect", "io", "net", "nio", "util", "util.concurrent"),
)
_DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []  # where pytest is killed
_LOG4J = """
log4j.rootLogger=INFO,OUT
log4j.logger.org.apache.zookeeper=WARN
log4j.appender.OUT=org.apache.log4j.ConsoleAppender
log4j.appender.OUT.target=System.err
log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
log4j.appender.OUT.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""


def missing_for_hbase() -> str:
    """Return what is missing to start an HBase; empty where nothing is."""
    if shutil.which("java") is None:
        return "Java isn't installed (Debian: apt-get install openjdk-17-jre-headless)"
    if not any(JARS.glob("hbase-server-*.jar")):
        return f"HBase's jars aren't in {JARS}: make hbase-jars"
    return ""


@dataclass
class HBaseServer:
    """An HBase that a test may kill and start again, with what it keeps in its folder."""

    folder: Path
    zookeeper_port: int
    master_port: int
    region_port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def address(self, prefix: str) -> str:
        """Return the address of the tier; never one that others could reach."""
        assert ipaddress.ip_address(_HOST).is_loopback
        return f"hbase://{_HOST}:{self.zookeeper_port}/hbase?prefix={prefix}"

    def start(self) -> None:
        """Start it, and wait until it serves; it ends with the thread that starts it."""
        self.folder.joinpath("conf").mkdir(parents=True, exist_ok=True)
        self.folder.joinpath("conf/hbase-site.xml").write_text(self._site())
        self.folder.joinpath("conf/log4j.properties").write_text(_LOG4J)
        log = self.folder / "hbase.log"
        begin = log.stat().st_size if log.exists() else 0
        opens = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in _OPENED]
        opens += ["--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED"]
        opens += ["--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"]
        memory = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command = [*_DIES_WITH_US, "java", *memory, "-Djava.net.preferIPv4Stack=true", *opens]
        command += ["-cp", f"{self.folder / 'conf'}:{JARS}/*", "org.apache.hadoop.hbase.master.HMaster", "start"]
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=written, stderr=written, start_new_session=True
            )
        end = time.monotonic() + _LIMIT_S
        while _IS_UP not in log.read_bytes()[begin:]:
            assert self.process.poll() is None, log.read_text()[-4_000:]
            assert time.monotonic() < end, f"HBase doesn't start: {log}"
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.kill()
        self.process.wait()

    def pause(self, *, on: bool) -> None:
        """Let it stand still, or go on: it takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def _site(self) -> str:
        settings = {
            "fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",  # the other one can't flush: a kill loses rows
            "hbase.rootdir": f"file://{self.folder}/hbase",
            "hbase.tmp.dir": str(self.folder / "scratch"),
            "hbase.zookeeper.property.dataDir": f"{self.folder}/zk",
            "hbase.zookeeper.property.clientPort": str(self.zookeeper_port),
            "hbase.zookeeper.property.clientPortAddress": _HOST,
            "hbase.zookeeper.quorum": _HOST,
            "hbase.cluster.distributed": "false",
            "hbase.unsafe.stream.capability.enforce": "false",
            "hbase.wal.provider": "filesystem",
            "hbase.localcluster.assign.random.ports": "false",
            "hbase.client.registry.impl": "org.apache.hadoop.hbase.client.ZKConnectionRegistry",
            "hbase.master.wait.on.regionservers.mintostart": "1",
            "hbase.master.wait.on.regionservers.timeout": "500",
            "hbase.master.wait.on.regionservers.interval": "100",
            "hbase.regionserver.handler.count": "10",
            "hbase.hregion.memstore.mslab.enabled": "false",  # 2 MB for each of many small regions
            "hbase.table.sanity.checks": "false",
        }
        for name, port in (("master", self.master_port), ("regionserver", self.region_port)):
            settings |= {f"hbase.{name}.hostname": _HOST, f"hbase.{name}.ipc.address": _HOST}
            settings |= {f"hbase.{name}.port": str(port), f"hbase.{name}.info.port": "-1"}
        lines = "".join(
            f"<property><name>{name}</name><value>{escape(value)}</value></property>\n"
            for name, value in (settings | self.settings).items()
        )
        return f"<configuration>\n{lines}</configuration>\n"


@contextmanager
def running_hbase(folder: Path, **settings: str) -> Iterator[HBaseServer]:
    """Run an HBase for a block; what is missing for it, `missing_for_hbase` says before."""
    named = {name.replace("_", "."): value for name, value in settings.items()}
    server = HBaseServer(folder, *_free_ports(3), named)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


def _free_ports(n_ports: int) -> list[int]:
    """Return ports that are free and differ: all are held until the last is found."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(n_ports)]
        for probe in probes:
            probe.bind((_HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
