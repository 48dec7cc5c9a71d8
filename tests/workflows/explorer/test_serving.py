import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.explorer_days import StrangeDays
from workflows.explorer.explorer_app import make_app
from workflows.explorer.serving import allowed_hosts, listening_socket
from workflows.luigi_cfg import SettingsError

_URL = re.compile(r"http://\S+/")


def explorer(output: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workflows.commands.app", "explore", "--output", str(output), "--port", "0", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def url_told(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return the address that it says, and what it said before."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if found := _URL.search(line):
            return found[0], said
    raise AssertionError(said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_this_machine_until_it_is_interrupted(strange_days: StrangeDays, number: signal.Signals):
    with explorer(strange_days.output) as process:
        url, said = url_told(process)
        assert "warning" not in said
        with urllib.request.urlopen(f"{url}datasets.json") as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        process.send_signal(number)
        last, _ = process.communicate(timeout=60)
        assert last == f"interrupted by {number.name}; the explorer has ended\n"
        assert process.returncode == 128 + number


def test_it_serves_on_where_nobody_reads_what_it_says(strange_days: StrangeDays):
    with explorer(strange_days.output) as process:
        url, _ = url_told(process)
        assert process.stdout
        process.stdout.close()
        for path in ("nosuch", "datasets.json"):
            with suppress(urllib.error.HTTPError), urllib.request.urlopen(f"{url}{path}") as answer:  # noqa: S310 - our own
                assert answer.status == 200
        process.terminate()
        assert process.wait(timeout=60) == 128 + signal.SIGTERM


def test_opening_it_to_others_is_warned_about(strange_days: StrangeDays):
    with explorer(strange_days.output, "--host", "0.0.0.0") as process:  # noqa: S104 - what is tested
        _, said = url_told(process)
        process.terminate()
        assert "warning: whoever reaches port" in said


def test_a_port_that_is_taken_is_told_with_a_remedy():
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="give another --port, or 0"):
            listening_socket("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "", "é" * 70])
def test_an_address_that_is_not_of_this_machine_is_told(host: str):
    with pytest.raises(SettingsError, match="can't serve at"):
        listening_socket(host or "host.invalid", 0).close()


def test_other_addresses_may_be_called_by_number_and_no_stranger_by_name(tmp_path: Path):
    client = TestClient(make_app(tmp_path, hosts=allowed_hosts("0.0.0.0")), base_url="http://127.0.0.1")  # noqa: S104 - as above
    for host, status in (("192.168.1.7:8765", 200), (socket.gethostname(), 200), ("evil.example", 421)):
        assert client.get("/datasets", headers={"host": host}).status_code == status
