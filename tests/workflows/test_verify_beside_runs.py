"""``verify`` beside a run: what is being put in its place or loaded is not called lost, and what is lost still is."""

import shutil
import threading
from pathlib import Path

import pytest

from storage_tiers import open_tier
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.versioned import verification
from storage_tiers.versioned.staging import publications_locked
from workflows.commands.outputs.verify import verify_output
from workflows.tasks import lost_datasets as lost

VERSION = "date=2026-11-20/iteration=2"
AT_WORK = """
import datetime, pathlib, sys
from workflows.operations.run_lock import day_locked
with day_locked(pathlib.Path(sys.argv[1]), datetime.date(2026, 11, 20)):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def output(built_day, tmp_path):
    shutil.copytree(built_day.output_root, tmp_path / "output")
    for tier in ("sql_batch", "hive_batch"):  # they name the folder that was copied
        open_tier(tier, tmp_path / "output").make_current({})
    return tmp_path / "output"


class Installing(threading.Thread):
    """Somebody who holds a lock, has moved something away, and puts it back once whoever looks waits for the lock."""

    def __init__(self, monkeypatch, held, path: Path, waits_in: tuple[object, str]):
        super().__init__()
        self._held, self._path, self._aside = held, path, path.with_name("_aside")
        self._begun, self._is_waited_for = threading.Event(), threading.Event()
        where, name = waits_in
        wait = getattr(where, name)

        def waits(*given):
            self._is_waited_for.set()
            wait(*given)

        monkeypatch.setattr(where, name, waits)

    def run(self):
        with self._held:
            self._path.rename(self._aside)
            self._begun.set()
            self._is_waited_for.wait(60)
            self._aside.rename(self._path)

    def __enter__(self):
        self.start()
        assert self._begun.wait(60)
        return self

    def __exit__(self, *_error):
        self.join()
        assert self._is_waited_for.is_set()


@pytest.mark.parametrize("what", [f"_manifests/full/{VERSION}.json", f"full/{VERSION}", f"light/{VERSION}"])
def test_what_is_just_being_published_is_not_lost(output, monkeypatch, what):
    path = output / "pin_joins" / what
    with Installing(monkeypatch, publications_locked(output), path, (verification, "wait_for_publications")):
        assert verify_output(output).lines == []
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert any(f"{path} is missing" in line for line in verify_output(output).lines)


def test_a_version_that_comes_while_files_are_looked_at_is_known(output, monkeypatch):
    folder, aside = output / "user_joins" / "full" / VERSION, output / "aside"
    folder.rename(aside)
    manifest = output / "user_joins" / "_manifests" / "full" / f"{VERSION}.json"
    manifest.rename(output / "aside.json")
    looks = verification.all_places

    def publishes_after(*given):
        found = looks(*given)
        if aside.exists():
            aside.rename(folder)
            (output / "aside.json").rename(manifest)
        return found

    monkeypatch.setattr(verification, "all_places", publishes_after)
    assert list(verification.strangers(output, "user_joins", "full")) == []
    (folder / "part-00099.parquet").write_bytes(b"of no version")
    assert len(list(verification.strangers(output, "user_joins", "full"))) == 1


def test_a_version_that_is_removed_meanwhile_is_not_lost(output, monkeypatch):
    place = f"user_joins/_manifests/light/{VERSION}.json"
    seen = verification.read_manifest

    def removes_before(asked):
        if asked.dataset == "user_joins" and asked.variant == "light" and asked.folder.exists():
            (output / place).unlink()
            shutil.rmtree(asked.folder)
        return seen(asked)

    monkeypatch.setattr(verification, "read_manifest", removes_before)
    assert [line for line in verify_output(output).lines if "user_joins/light" in line and "is missing" in line] == []


def test_a_dataset_that_comes_before_what_is_made_from_it_is_looked_at_is_not_lost(output, monkeypatch):
    aside = output.with_name("boards")
    (output / "boards").rename(aside)
    looks = lost.places_of

    def publishes_after(*given):
        found = looks(*given)
        aside.rename(output / "boards")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(lost, "places_of", publishes_after)
        assert list(lost.lost_datasets(output)) == []
    shutil.rmtree(output / "boards")
    assert [fault.dataset for fault in lost.lost_datasets(output)] == ["boards"]


@pytest.mark.parametrize("what", [f"pin_joins/{VERSION}", "pin_joins/_CURRENT"])
def test_what_a_tier_is_just_putting_in_its_place_is_not_lost(output, monkeypatch, what):
    tier = open_tier("random_access", output)
    path = tier.home / what
    with Installing(monkeypatch, tier.locked(), path, (EmbeddedTier, "wait_for_writers")):
        assert verify_output(output).lines == []
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert verify_output(output).lines


def test_what_a_run_has_not_loaded_yet_is_not_lost_until_it_ends(output, run_python):
    home = output / "_random_access"
    shutil.rmtree(home / "user_joins")
    (home / "receipts" / "user_joins" / f"{VERSION}.json").unlink()
    (home / "receipts" / "board_joins" / f"{VERSION}.json").unlink()
    (home / "board_joins" / "_CURRENT").unlink()
    run = run_python(AT_WORK, output)
    assert run.stdout.readline() == "held\n"
    assert verify_output(output).lines == []
    (home / "pin_joins" / VERSION / "data.mdb").write_bytes(b"")
    assert all("pin_joins" in line for line in verify_output(output).lines)
    assert verify_output(output).lines
    run.communicate()
    told = "\n".join(verify_output(output).lines)
    assert all(name in told for name in ("user_joins", "no receipt says", "board_joins/_CURRENT: it is missing"))
