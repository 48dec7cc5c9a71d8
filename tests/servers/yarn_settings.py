"""Hadoop's settings for a cluster on one machine, as its files of XML: every port is fixed, on a host called localhost.

What a network of its own (``tests.servers.nodes``) makes possible: nobody else has these ports, and a node comes back
under the address that it had. MapReduce's shuffle and its application masters listen on all addresses, for which there
is no setting; there, all addresses are loopback.
"""

from pathlib import Path

from tests.servers.hdfs import LOG4J, as_xml

NAMENODE, NAMENODE_PAGES = 8020, 9870
RESOURCEMANAGER_PAGES, HISTORY_PAGES = 8088, 19888
STAGING = "/staging"  # folder of HDFS in which jobs lie until they end, by user
_SMALL_JAVA = "-Xmx384m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

_HDFS = {
    "dfs.replication": "2",
    "dfs.namenode.http-address": f"localhost:{NAMENODE_PAGES}",
    "dfs.namenode.secondary.http-address": "localhost:9868",
    "dfs.namenode.datanode.registration.ip-hostname-check": "false",
    "dfs.datanode.hostname": "localhost",
    "dfs.client.use.datanode.hostname": "true",
    "dfs.heartbeat.interval": "1",
    "dfs.namenode.heartbeat.recheck-interval": "5000",  # a DataNode is dead after 20 s
    "dfs.namenode.safemode.extension": "0",
}
_YARN = {
    "yarn.resourcemanager.hostname": "localhost",
    "yarn.nodemanager.hostname": "localhost",
    "yarn.resourcemanager.scheduler.class": (
        "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler"
    ),
    "yarn.nodemanager.aux-services": "mapreduce_shuffle",
    "yarn.nodemanager.env-whitelist": "JAVA_HOME,HADOOP_HOME,HADOOP_CONF_DIR,PATH,LANG,TZ",
    "yarn.application.classpath": "$HADOOP_CONF_DIR,$HADOOP_HOME/lib/*",
    "yarn.nodemanager.resource.memory-mb": "3072",
    "yarn.nodemanager.resource.cpu-vcores": "4",
    "yarn.scheduler.minimum-allocation-mb": "256",
    "yarn.nodemanager.resource.memory.enforced": "false",  # else no container is killed for its memory
    "yarn.nodemanager.vmem-check-enabled": "false",
    "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99",
    "yarn.log-aggregation-enable": "true",
    "yarn.nm.liveness-monitor.expiry-interval-ms": "20000",  # a NodeManager is lost after 20 s
    "yarn.client.nodemanager-connect.max-wait-ms": "10000",  # then its containers are called for so long, not 3 minutes
    "yarn.client.nodemanager-connect.retry-interval-ms": "1000",
}
_MAPREDUCE = {
    "mapreduce.framework.name": "yarn",
    "mapreduce.application.classpath": "$HADOOP_CONF_DIR,$HADOOP_HOME/lib/*",
    "mapreduce.jobhistory.address": "localhost:10020",
    "mapreduce.jobhistory.webapp.address": f"localhost:{HISTORY_PAGES}",
    "mapreduce.jobhistory.admin.address": "localhost:10033",
    "yarn.app.mapreduce.am.staging-dir": STAGING,
    "yarn.app.mapreduce.am.resource.mb": "512",
    "yarn.app.mapreduce.am.command-opts": _SMALL_JAVA,
    "mapreduce.map.memory.mb": "1024",
    "mapreduce.map.java.opts": _SMALL_JAVA,
    "mapreduce.reduce.memory.mb": "1024",
    "mapreduce.reduce.java.opts": _SMALL_JAVA,
    "mapreduce.task.io.sort.mb": "64",
}
# mrjob knows "No such file" only as the first line of stderr; this warning would stand before it.
_QUIET = "log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR\n"


def write_settings(configuration: Path, folder: Path) -> None:
    """Write the files of a cluster whose data lie in a folder."""
    for pages in ("hdfs", "datanode"):  # empty, but NameNode and DataNode want them
        (configuration / "webapps" / pages).mkdir(parents=True)
    core = {
        "fs.defaultFS": f"hdfs://localhost:{NAMENODE}",
        "hadoop.tmp.dir": str(folder / "tmp"),
        "hadoop.security.token.service.use_ip": "false",
    }
    files = {
        "core": core,
        "hdfs": _HDFS | {"dfs.namenode.name.dir": f"file://{folder}/name"},
        # by default in a folder that all clusters of a user share
        "yarn": _YARN | {"yarn.node-attribute.fs-store.root-dir": f"file://{folder}/node-attribute"},
        "mapred": _MAPREDUCE,
    }
    for name, settings in files.items():
        (configuration / f"{name}-site.xml").write_text(as_xml(settings))
    log4j = LOG4J.replace("WARN", "INFO").replace(
        "ConsoleAppender\n", "ConsoleAppender\nlog4j.appender.console.target=System.err\n"
    )
    (configuration / "log4j.properties").write_text(log4j + _QUIET)


def datanode(number: int, folder: Path) -> list[str]:
    """Return what a DataNode has of its own, as arguments."""
    return [
        f"-Ddfs.datanode.data.dir=file://{folder}/data{number}",
        f"-Ddfs.datanode.address=localhost:986{number}",
        f"-Ddfs.datanode.ipc.address=localhost:987{number}",
        f"-Ddfs.datanode.http.address=localhost:988{number}",
    ]


def nodemanager(number: int, folder: Path) -> list[str]:
    """Return what a NodeManager has of its own, as arguments."""
    return [
        f"-Dyarn.nodemanager.local-dirs={folder}/local{number}",
        f"-Dyarn.nodemanager.log-dirs={folder}/userlogs{number}",  # it is emptied at start
        f"-Dyarn.nodemanager.address=localhost:804{number}",
        f"-Dyarn.nodemanager.localizer.address=localhost:805{number}",
        f"-Dyarn.nodemanager.webapp.address=localhost:806{number}",
        f"-Dmapreduce.shuffle.port=1356{number}",
    ]
