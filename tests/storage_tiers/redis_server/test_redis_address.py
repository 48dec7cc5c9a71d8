"""An address names a server, a database and a namespace; a password comes from elsewhere, and is shown nowhere."""

from pathlib import Path

import pytest

from storage_tiers import DatasetError
from storage_tiers.redis_server.redis_address import RedisAddress, read_address, read_password


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("redis://cache", RedisAddress("cache"), "redis://cache:6379/0"),
        ("redis://10.0.0.7:7000/3", RedisAddress("10.0.0.7", 7000, database=3), "redis://10.0.0.7:7000/3"),
        ("redis://[::1]:7000", RedisAddress("::1", 7000), "redis://[::1]:7000/0"),
        ("valkey://cache/", RedisAddress("cache"), "redis://cache:6379/0"),
        ("rediss://cache", RedisAddress("cache", has_tls=True), "rediss://cache:6379/0"),
        (
            "valkeys://cache?ca_file=/etc/ca.pem&username=ig",
            RedisAddress("cache", has_tls=True, ca_file="/etc/ca.pem", username="ig"),
            "rediss://cache:6379/0",
        ),
        (
            "unix:///run/redis%20one.sock?database=2&namespace=trial&timeout_s=0.5",
            RedisAddress(socket_path="/run/redis one.sock", database=2, namespace="trial", timeout_s=0.5),
            "unix:///run/redis one.sock?database=2&namespace=trial",
        ),
    ],
)
def test_addresses_are_read_and_shown(text: str, address: RedisAddress, shown: str) -> None:
    assert read_address(text) == address
    assert str(address) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cache:6379",
        "http://cache",
        "redis://",
        "redis:///0",
        "redis://cache:port",
        "redis://cache:70000",
        "redis://cache/zero",
        "redis://cache/-1",
        "redis://cache/0/1",
        "redis://cache/٣",
        "redis://[::1",
        "redis://cache#0",
        "redis://cache?database=x",
        "redis://cache?namespace=",
        "redis://cache?namespace=a:b",
        "redis://cache?namespace=" + "x" * 65,
        "redis://cache?timeout_s=0",
        "redis://cache?timeout_s=nan",
        "redis://cache?timeout_s=soon",
        "redis://cache?db=1",
        "redis://cache?ca_file=/etc/ca.pem",
        "unix://run/redis.sock",
        "unix:///",
    ],
)
def test_what_is_no_address_is_told_with_what_is_allowed(text: str) -> None:
    with pytest.raises(DatasetError, match=r"is no address of a Redis server.*allowed: redis://HOST\[:PORT\]"):
        read_address(text)


@pytest.mark.parametrize("text", ["redis://:hush@cache", "redis://ig:hush@cache/0", "redis://cache?password=hush"])
def test_a_password_in_an_address_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(DatasetError, match="set REDIS_PASSWORD, or redis_password_file") as refused:
        read_address(text)
    assert "hush" not in str(refused.value)


def test_the_password_is_the_first_line_of_a_file_or_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_PASSWORD", raising=False)
    assert not read_password("")
    monkeypatch.setenv("REDIS_PASSWORD", "of the variable")
    assert read_password("") == "of the variable"
    (tmp_path / "password").write_text("of the file\nand more\n")
    assert read_password(str(tmp_path / "password")) == "of the file"


@pytest.mark.parametrize("content", [None, b"", b"\nhush\n", b"\xff\xfehush"])
def test_a_file_without_a_password_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"password: (the file|its first line)") as refused:
        read_password(str(path))
    assert "hush" not in str(refused.value)
