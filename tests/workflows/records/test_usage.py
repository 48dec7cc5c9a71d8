"""What a piece of work takes is measured in this process and in all that it started."""

import os
import signal
import subprocess
import sys
import time

import pytest

from workflows.records import usage
from workflows.records.usage import Meter, started_ticks

HOLDS_MEMORY = "import sys; held = bytearray(b'x' * int(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
WORKS = "import time\nwhile time.process_time() < 0.5: pass"
MB = 1_000_000


def talking_to(script, *arguments):
    """Start a Python whose pipes close with the block, by which it ends."""
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_work_of_this_process_counts():
    meter = Meter()
    while time.process_time() < 0.05:
        pass
    began = time.process_time()
    while time.process_time() - began < 0.3:
        pass
    used = meter.stop()
    assert 0.25 < used.cpu_s < 5
    assert used.wall_s >= used.cpu_user_s / os.cpu_count()


def test_work_of_a_child_that_ended_counts():
    meter = Meter()
    subprocess.run([sys.executable, "-c", WORKS], check=True)
    assert meter.stop().cpu_s > 0.4


def test_work_and_memory_of_a_child_that_lives_on_count():
    before = Meter().stop()
    meter = Meter()
    with talking_to(WORKS + "\n" + HOLDS_MEMORY, str(200 * MB)) as child:
        assert child.stdout.readline() == "held\n"
        time.sleep(1.3)  # children are looked for once a second
        used = meter.stop()
    assert used.cpu_s > 0.4
    assert used.peak_memory_bytes > before.peak_memory_bytes + 150 * MB


def test_work_that_a_child_did_before_does_not_count():
    with talking_to(WORKS + "\n" + HOLDS_MEMORY, "1") as child:
        assert child.stdout.readline() == "held\n"
        meter = Meter()
    assert meter.stop().cpu_s < 0.4  # ended and waited for: the system adds all that it ever used to ours


def test_the_peak_is_seen_after_it_is_gone():
    before = Meter().stop().peak_memory_bytes
    meter = Meter()
    held = bytearray(b"x" * (150 * MB))
    time.sleep(0.3)
    del held
    assert meter.stop().peak_memory_bytes > before + 100 * MB


def test_bytes_that_are_written_and_read_count(tmp_path):
    meter = Meter()
    (tmp_path / "file").write_bytes(bytes(3 * MB))
    (tmp_path / "file").read_bytes()
    used = meter.stop()
    assert used.written_bytes >= 3 * MB
    assert used.read_bytes >= 3 * MB


def test_a_system_that_tells_nothing_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(usage, "PROC", tmp_path / "nowhere")
    used = Meter().stop()
    assert (used.peak_memory_bytes, used.read_bytes, used.disk_written_bytes) == (None, None, None)
    assert used.wall_s >= 0
    assert started_ticks(os.getpid()) is None


@pytest.mark.parametrize("pid", [0, 2**30])
def test_a_process_that_is_not_there_was_never_started(pid):
    assert started_ticks(pid) is None


@pytest.mark.parametrize("lists_by_parent", [True, False])
def test_children_and_theirs_are_found(monkeypatch, lists_by_parent):
    if not lists_by_parent:
        monkeypatch.setattr(usage, "_CHILDREN_LISTED", "/no such list")
    starts_one = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
    with talking_to(starts_one) as child:
        grandchild = int(child.stdout.readline())
        try:
            assert {child.pid, grandchild} <= set(usage._descendants(os.getpid()))
            assert grandchild in usage._descendants(child.pid)
        finally:
            os.kill(grandchild, signal.SIGKILL)
