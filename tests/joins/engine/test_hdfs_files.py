"""The files of a Hadoop job, by HDFS's own protocol: put, read and removed, as the commands do it."""

import secrets

import pytest

from joins.engine.mrjob.runners.hdfs_files import ByCommand, ByProtocol, hdfs_files

pytestmark = pytest.mark.slow  # it starts an HDFS


@pytest.fixture
def folder(hdfs):
    """An address in a folder that isn't there yet."""
    return f"{hdfs}/user/{secrets.token_hex(6)}/jobs/job.1"


@pytest.fixture
def by_protocol(folder, tmp_path):
    """What reaches a real HDFS."""
    files = hdfs_files(["/no/such/hadoop"], folder, tmp_path / "links")
    assert isinstance(files, ByProtocol)
    return files


def test_files_are_put_read_and_removed_without_a_command(by_protocol, folder, tmp_path):
    for name, content in (("part-00001", b"second\n"), ("part-00000", b"first\n"), ("_SUCCESS", b"")):
        (tmp_path / name).write_bytes(content)
    by_protocol.put([(tmp_path / name, f"{folder}/output/{name}") for name in ("part-00001", "part-00000")], folder)
    by_protocol.put([(tmp_path / "_SUCCESS", f"{folder}/output/_SUCCESS")], folder)
    assert list(by_protocol.results(f"{folder}/output")) == [b"first\n", b"second\n"]
    by_protocol.remove([folder, f"{folder}-that-is-not-there"])
    with pytest.raises(FileNotFoundError):
        list(by_protocol.results(f"{folder}/output"))


@pytest.mark.parametrize("address", ["hdfs://127.0.0.1:9/user/night/job.1", "hdfs:///user/night/job.1"])
def test_where_the_protocol_reaches_nothing_commands_are_called(address, tmp_path, monkeypatch):
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))  # which names no file system
    assert isinstance(hdfs_files(["hadoop"], address, tmp_path / "links"), ByCommand)
