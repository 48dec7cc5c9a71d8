"""serving.toml: what is written is read, defaults work without it, and errors say where and what is allowed."""

from pathlib import Path

import msgspec
import pytest

from serving.config import STORE_KINDS, Config, HttpStore, LmdbStore, RedisStore, ServerConfig
from serving.config_file import read_config
from serving.errors import ServingConfigError
from serving.plans.limits import Limits

WHOLE = """
plans = "my-plans"
look_every_ms = 50

[stores.main]
kind = "lmdb"
datasets = ["pin_joins"]

[stores.cache]
kind = "redis"
address = "redis://127.0.0.1"
replicas = ["redis://127.0.0.1:7000"]
password_file = "secret"
hedge_after_ms = 5

[stores.labels]
kind = "http"
address = "http://127.0.0.1:8000/{dataset}"
dataset = "labels"
key = "pin_id"
fields = {pin_id = "number", boards = [{board_id = "number"}]}

[limits]
steps = 8

[server]
port = 80
thrift_port = 0
"""

LONG, NUL = "F" * 5_000, "\\u0000"  # as TOML has them
HAS_NUL = "has the character NUL, which no path, name or address has$"


def written(folder: Path, text: str) -> Path:
    path = folder / "serving.toml"
    path.write_text(text)
    return path


def test_without_a_file_one_store_is_served_to_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = read_config(None, "there")
    assert config == Config(stores={"lmdb": LmdbStore(output="there")})
    assert (config.server.host, config.server.workers, config.server.tokens_file) == ("127.0.0.1", 1, "")
    written(tmp_path, "plans = 'p'")  # a file of this name in the folder is read
    assert read_config(None, "there").plans == "p"


def test_what_is_written_is_read_and_paths_begin_at_the_file(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, WHOLE), "s3://bucket/there")
    assert config.plans == str(tmp_path / "my-plans")
    assert config.stores["main"] == LmdbStore(output="s3://bucket/there", datasets=("pin_joins",))
    cache = config.stores["cache"]
    assert isinstance(cache, RedisStore)
    assert (cache.password_file, cache.hedge_after_ms) == (str(tmp_path / "secret"), 5)
    assert isinstance(config.stores["labels"], HttpStore)
    assert config.limits == Limits(steps=8)
    assert (config.server.port, config.server.thrift_port) == (80, 0)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "port = 80",
            "port = 80000",
            r"\[server\]: port is 80000; allowed: a whole number, at least 0, at most 65,535",
        ),
        ("port = 80", "port = '80'", r"port is '80'; allowed: a whole number, .* \(of HTTP; 0: any that is free\)"),
        ("thrift_port = 0", "thrift_port = -1", r"thrift_port is -1; allowed: a whole number, at least 0"),
        ("port = 80", "prt = 80", r"\[server\]: there is no setting 'prt'; there are host, port, "),
        ("steps = 8", "steps = 0", r"\[limits\]: steps is 0; allowed: a whole number, at least 1"),
        ("steps = 8", "step = 8", r"\[limits\]: there is no setting 'step'; there are steps, "),
        ('kind = "lmdb"', 'kind = "lm"', r"\[stores.main\]: kind is 'lm'; allowed: one of lmdb, redis, "),
        ('kind = "lmdb"', "", r"\[stores.main\]: kind is None; allowed: one of"),
        ('kind = "lmdb"', 'kind = "lmdb"\naddress = "x"', r"\[stores.main\]: there is no setting 'address'; there are"),
        ('address = "redis://127.0.0.1"', "", r"\[stores.cache\]: address is missing: of the server: redis://HOST"),
        ('dataset = "labels"', 'dataset = "Labels"', r"dataset is 'Labels'; allowed: a text, like \^\[a-z\]"),
        ('["redis://127.0.0.1:7000"]', "[1]", r"replicas is \[1\]; allowed: a list"),
        (
            "look_every_ms = 50",
            "look_every = 50",
            r"serving.toml: there is no setting 'look_every'; there are plans, look",
        ),
        ("[limits]", "[[limits]]", r"limits is \[.*allowed: a section \[limits\]"),
        ("[stores.main]", '[stores."a/b"]', r"a/b is .*; allowed: a name of letters, digits and _"),
        ("[server]", "[server", r"serving.toml: it is no TOML: "),
        (
            "port = 80",
            f"port = 0x{LONG}",
            r"serving.toml \[server\]: port is a whole number of 20,000 bits; at most 63",
        ),
        ("look_every_ms = 50", f"look_every_ms = 0x{LONG}", r"serving.toml: look_every_ms is a whole number of 20,000"),
        ("steps = 8", f"steps = 0x{LONG}", r"serving.toml \[limits\]: steps is a whole number of 20,000 bits"),
        ("steps = 8", f"steps = {2**63}", r"\[limits\]: steps is a whole number of 64 bits"),
        ("steps = 8", f"steps = {'9' * 5_000}", r"serving.toml: it has a number of more than 4,300 digits"),
        ("[limits]", f"[[limits]]\na = 0x{LONG}", r"\[limits\]: a is a whole number of 20,000 bits"),
        ("steps = 8", f"{'a.' * 9_000}a = 1", r"is more than 32 lists and tables deep"),
        ("port = 80", "requests_per_s = nan", r"\[server\]: requests_per_s is nan, which is no number"),
        ('plans = "my-plans"', f'plans = "my{NUL}plans"', rf"serving.toml: plans {HAS_NUL}"),
        ('"pin_joins"', f'"pin{NUL}joins"', rf"serving.toml \[stores.main\]: datasets {HAS_NUL}"),
        ('kind = "lmdb"', f'kind = "lmdb"\noutput = "{NUL}"', rf"serving.toml \[stores.main\]: output {HAS_NUL}"),
        ('"secret"', f'"{NUL}"', rf"\[stores.cache\]: password_file {HAS_NUL}"),
        ('"redis://127.0.0.1"', f'"redis://{NUL}"', rf"\[stores.cache\]: address {HAS_NUL}"),
        ("port = 80", f'tokens_file = "a{NUL}b"', rf"serving.toml \[server\]: tokens_file {HAS_NUL}"),
        ('board_id = "number"', f'board_id = "{NUL}"', rf"\[stores.labels.fields.boards\]: board_id {HAS_NUL}"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(ServingConfigError, match=said):
        read_config(written(tmp_path, WHOLE.replace(before, after)))


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ServingConfigError, match=r"none.toml: it can't be read \(No such file or directory\)"):
        read_config(tmp_path / "none.toml")
    with pytest.raises(ServingConfigError, match=r"stores is \{\}; allowed: sections \[stores.NAME\], at least one"):
        read_config(written(tmp_path, "[stores]"))


def test_every_setting_says_what_it_means() -> None:
    for section in (Config, ServerConfig, *STORE_KINDS.values()):
        for field in msgspec.structs.fields(section):
            if field.name not in {"stores", "limits", "server"}:
                told = msgspec.inspect.type_info(field.type)
                assert isinstance(told, msgspec.inspect.Metadata), f"{section.__name__}.{field.name}"
                assert (told.extra_json_schema or {}).get("description"), f"{section.__name__}.{field.name}"
