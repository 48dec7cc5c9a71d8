"""What keeps a service from starting, before a process of it is there."""

import os
from pathlib import Path

import pytest

from serving.config import ServerConfig
from serving.errors import ServingConfigError
from serving.server.workers.supervising import check_start


def test_http_and_thrift_have_no_port_together() -> None:
    with pytest.raises(ServingConfigError, match=r"^port and thrift_port are both 8770; give each a port of its own"):
        check_start(ServerConfig(port=8770, thrift_port=8770))
    check_start(ServerConfig(port=0, thrift_port=0))  # each is any that is free
    check_start(ServerConfig(port=8770))


def test_an_access_log_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path / "none" / "x.log", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (tmp_path / "pipe", "No such device or address"),  # nobody reads it
    ):
        with pytest.raises(ServingConfigError, match=rf"^access_log is '{path}', which can't be written \({said}\); "):
            check_start(ServerConfig(access_log=str(path)))


def test_an_access_log_is_made_and_one_that_is_there_stays(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    check_start(ServerConfig(access_log=str(log)))
    assert log.read_bytes() == b""
    log.write_bytes(b"a line\n")
    check_start(ServerConfig(access_log=str(log)))
    assert log.read_bytes() == b"a line\n"
    check_start(ServerConfig(access_log="-"))
