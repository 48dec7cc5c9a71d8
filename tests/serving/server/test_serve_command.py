"""The command ``interest-graph serve``: what it says before it serves, and where it can't."""

import subprocess
import sys
from pathlib import Path

import pytest

from serving.config import Config, ServerConfig
from workflows.commands.serving.serve_command import _line, _warn


def serve(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workflows.commands.app", "serve", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--config", "none.toml"], "none.toml: it can't be read (No such file or directory)"),
        (["--host", "nowhere.invalid"], "can't serve at nowhere.invalid"),
        (["--workers", "0"], "workers"),
        (
            ["--plans", "none", "--port", "0"],
            "error: none: the folder of plans can't be read (No such file or directory)",
        ),
        (["--port", "65536"], "port"),
        (["--port", "8797", "--thrift-port", "8797"], "error: port and thrift_port are both 8797; give each"),
    ],
)
def test_what_keeps_it_from_serving_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    found = serve(tmp_path, *words)
    assert found.returncode == 2
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_an_output_folder_without_a_version_is_one_line(tmp_path: Path) -> None:
    found = serve(tmp_path, "--output", str(tmp_path / "output"), "--port", "0")
    assert found.returncode == 2
    assert "Traceback" not in found.stderr
    assert [line for line in found.stderr.splitlines() if line.startswith("error: ")] != []


def test_ctrl_c_before_it_serves_says_what_is_true_of_a_service(tmp_path: Path) -> None:
    script = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)  # what a shell starts in the background ignores it
sys.argv = ["interest-graph", "serve", "--port", "0"]
from serving.server.workers import supervising
from workflows.commands import app
supervising.Supervisor.run = lambda _self: (os.kill(os.getpid(), signal.SIGINT), time.sleep(60))
app.main()
"""
    words = [sys.executable, "-c", script]
    found = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (found.returncode, found.stderr) == (130, "interrupted by SIGINT; no request was under way\n")


def test_the_line_says_what_is_served_where(capsys: pytest.CaptureFixture[str]) -> None:
    one = Config(stores={})
    assert _line(one, ("127.0.0.1", 8770), None, {"pin_joins": "2026-11-20/2"}) == (
        "serving version 2026-11-20/2 at http://127.0.0.1:8770  (Ctrl-C ends it)"
    )
    two = Config(stores={}, server=ServerConfig(workers=2))
    assert _line(two, ("::1", 8770), ("::1", 9090), {}) == (
        "serving no version yet at http://[::1]:8770, by 2 processes, Thrift at port 9090  (Ctrl-C ends it)"
    )
    _warn(one)
    assert capsys.readouterr().err == ""


def test_people_are_warned_of_what_strangers_reach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = tmp_path / "tokens"
    tokens.touch()
    tokens.chmod(0o644)
    _warn(Config(stores={}, server=ServerConfig(host="0.0.0.0")))  # noqa: S104 - nothing is bound
    assert "whoever reaches 0.0.0.0 may ask for all that is served, as there are no tokens" in capsys.readouterr().err
    _warn(Config(stores={}, server=ServerConfig(host="0.0.0.0", tokens_file=str(tokens))))  # noqa: S104 - as above
    assert f"warning: others may read {tokens}" in capsys.readouterr().err
    tokens.chmod(0o600)
    _warn(Config(stores={}, server=ServerConfig(host="0.0.0.0", tokens_file=str(tokens))))  # noqa: S104 - as above
    assert capsys.readouterr().err == ""
