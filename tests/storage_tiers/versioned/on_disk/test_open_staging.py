"""An interrupted process takes its staging away while its other threads go on: nothing half is moved into place."""

import json

import pytest

BEGIN = """
import json, os, pathlib, sys, threading, time
from storage_tiers.versioned.on_disk.open_staging import remove_open_staging, whole_move
from storage_tiers.versioned.staging import staging_folder
root = pathlib.Path(sys.argv[1])
def end(**said):
    print(json.dumps(said), flush=True)
    os._exit(0)
"""


@pytest.fixture
def told(run_python, tmp_path):
    """Run a script that ends by telling something, in a process of its own: what is removed can't be opened again."""

    def run_it(script):
        process = run_python(BEGIN + script, tmp_path)
        printed, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return json.loads(printed)

    return run_it


def test_all_that_is_open_goes_with_its_locks(told, tmp_path):
    script = """
with staging_folder(root, "facts") as one, staging_folder(root, "scratch") as other:
    (one / "a" / "b").mkdir(parents=True)
    (other / "part").write_bytes(b"x" * 10_000)
    end(clean=remove_open_staging(5.0))
"""
    assert told(script) == {"clean": True}
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]


def test_staging_of_other_processes_stays(told, run_python, tmp_path):
    holding = "with staging_folder(root, 'facts') as one:\n    print(one.name, flush=True)\n    sys.stdin.read()"
    holder = run_python(BEGIN + holding, tmp_path)
    name = holder.stdout.readline().strip()
    try:
        told("with staging_folder(root, 'facts'):\n    end(clean=remove_open_staging(5.0))")
        assert (tmp_path / "_staging" / name).is_dir()
    finally:
        holder.communicate("")


def test_a_folder_is_moved_whole_or_not_at_all(told, tmp_path):
    script = """
staged = threading.Event()
def publish():
    for number in range(10_000):
        with staging_folder(root, "facts") as scratch:
            folder = scratch / "made"
            folder.mkdir()
            for part in range(5):
                (folder / str(part)).touch()
            if number == 20:
                staged.set()
            folder.rename(root / f"published-{number}")
thread = threading.Thread(target=publish, daemon=True)
thread.start()
staged.wait()
end(clean=remove_open_staging(5.0))
"""
    assert told(script) == {"clean": True}
    published = list(tmp_path.glob("published-*"))
    assert len(published) >= 20
    assert {len(list(folder.iterdir())) for folder in published} == {5}
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]


def test_a_thread_that_goes_on_writing_does_not_keep_it(told, tmp_path):
    script = """
scratch = staging_folder(root, "facts").__enter__()
def write():
    for number in range(1_000_000):
        try:
            (scratch / str(number % 50)).mkdir(exist_ok=True)
            (scratch / str(number % 50) / "part").touch()
        except OSError:
            pass
threading.Thread(target=write, daemon=True).start()
time.sleep(0.1)
end(clean=remove_open_staging(20.0))
"""
    assert told(script) == {"clean": True}
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]


def test_a_move_of_several_renames_is_waited_for_and_one_that_hangs_is_left_to_the_next_run(told, tmp_path):
    script = """
def move(seconds):
    with staging_folder(root, "facts") as scratch, whole_move():
        (scratch / "made").mkdir()
        began.set()
        time.sleep(seconds)
        (scratch / "made").rename(root / "published")
        if seconds > 1:
            time.sleep(60)
began = threading.Event()
threading.Thread(target=move, args=({seconds},), daemon=True).start()
began.wait()
end(clean=remove_open_staging({within}))
"""
    assert told(script.format(seconds=0.3, within=20.0)) == {"clean": True}
    assert (tmp_path / "published").is_dir()
    (tmp_path / "published").rmdir()
    assert told(script.format(seconds=30, within=0.3)) == {"clean": False}
    (abandoned,) = [path for path in (tmp_path / "_staging").iterdir() if path.is_dir()]
    assert (abandoned / "made").is_dir()
