"""An output that no store has: every command says it in one line, soon, and without a trace."""

import sys
from collections.abc import Callable

import pytest

from storage_tiers.stores import s3_store
from storage_tiers.stores.opened_stores import forget_opened
from tests.servers.s3_programs import free_port
from workflows.commands import app
from workflows.luigi_cfg import USAGE

DATE = "2026-11-20"
pytestmark = pytest.mark.slow  # a server that is down is asked more than once, by every command
COMMANDS = (
    ("run", "--date", DATE),
    ("show", "pin_join", "x"),
    ("sql", "SELECT 1 FROM pin_joins"),
    ("status",),
    ("clean", "--keep-days", "1", "--dry-run"),
    ("verify",),
    ("diff", "pin_joins", DATE, "2026-11-21"),
    ("pin", DATE),
    ("rollback", "--date", DATE),
)


@pytest.fixture
def said_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], built_day
) -> Callable[[tuple[str, ...], str], str]:
    """Run a command on an output; return the one line that it says."""
    monkeypatch.setattr(s3_store, "MOST_RETRIES", 1)
    monkeypatch.setattr(s3_store, "RETRIES_ONCE_ANSWERED", 1)

    def run(words: tuple[str, ...], output: str) -> str:
        forget_opened()
        more = ("--input", str(built_day.input_root)) if words[0] == "run" else ()
        monkeypatch.setattr(sys, "argv", ["interest-graph", *words, "--output", output, *more])
        with pytest.raises(SystemExit) as ended:
            app.main()
        told = capsys.readouterr()
        assert (ended.value.code, told.out) == (USAGE, "")
        (line,) = told.err.splitlines()
        assert line.startswith("error: ")
        assert "hush" not in line
        return line

    return run


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_every_command_says_what_is_wrong_with_an_address(
    said_of, s3_root: str, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    for output, problem in (
        ("s3://", "its bucket is ''"),
        ("s3:///x", "its bucket is ''"),
        ("s3://-x/y", "its bucket is '-x'"),
        ("s3://me:hush@trial/x", "output is 's3://***@trial/x'"),
        ("ftp://host/x", "nothing here reaches ftp://"),
    ):
        assert problem in said_of(words, output)
    if words[0] == "rollback":  # goes by what is loaded on this machine
        assert "is not loaded whole" in said_of(words, "s3://nobucket/x")
        return
    assert "NoSuchBucket" in said_of(words, "s3://nobucket/x")
    assert "InvalidBucketName" in said_of(words, "s3://Bad_Bucket/x")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file")
    assert "set GOOGLE_APPLICATION_CREDENTIALS" in said_of(words, "gs://pins/x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    assert "nobody listens there" in said_of(words, s3_root)
