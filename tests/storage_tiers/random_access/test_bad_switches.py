"""What Voldemort's read-only stores are tested by: swaps, swaps that fail, no backup, bad data, truncated files."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError, Version, VersionNotFoundError
from storage_tiers.random_access import RandomAccess, RandomAccessTier

DAY = "2026-11-20"
FIRST, SECOND = Version(DAY, 1), Version(DAY, 2)
NAMES = ("board_ranks", "pin_ranks", "user_ranks")

SWITCHER = """
import sys
from pathlib import Path
from storage_tiers import Version, embedded
from storage_tiers.random_access import RandomAccessTier

root, names, n_moves = sys.argv[1], sys.argv[2].split(), int(sys.argv[3])
write, n_written = embedded.replace_text, 0

def write_and_stop(path, text):
    global n_written
    if n_written == n_moves:
        print("stopped", flush=True)
        sys.stdin.readline()
    write(path, text)
    n_written += 1

embedded.replace_text = write_and_stop
RandomAccessTier(root).make_current({name: Version("2026-11-20", 2) for name in names})
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, publish: Callable[..., Dataset]) -> Path:
    """Two versions of three datasets, the first of which serves."""
    root = tmp_path_factory.mktemp("loaded")
    tier = RandomAccessTier(root)
    for name in NAMES:
        for iteration in (1, 2):
            table = pa.table({"board_id": range(500), "seen_in": [iteration] * 500})
            tier.load(publish(root, table, name, iteration=iteration))
    tier.make_current(dict.fromkeys(NAMES, FIRST))
    return root


@pytest.fixture
def tier(loaded: Path, tmp_path: Path) -> RandomAccessTier:
    """A copy of it."""
    return RandomAccessTier(shutil.copytree(loaded, tmp_path / "output"))


def served(tier: RandomAccessTier) -> dict[str, set[object]]:
    """Which version the rows say they are of that a reader gets."""
    found = {}
    for name in NAMES:
        with RandomAccess(tier.root, name) as reader:
            found[name] = {row and row["seen_in"] for row in reader.get_many(range(500))}
    return found


def all_at(iteration: int) -> dict[str, set[int]]:
    return {name: {iteration} for name in NAMES}


def data_of(tier: RandomAccessTier, name: str, version: Version) -> Path:
    return tier.version_folder(name, version) / "data.mdb"


def test_swap_and_back(tier: RandomAccessTier) -> None:
    tier.make_current(dict.fromkeys(NAMES, SECOND))
    assert served(tier) == all_at(2)
    tier.make_current(dict.fromkeys(NAMES, FIRST))
    assert served(tier) == all_at(1)


@pytest.mark.parametrize("n_moves", range(1 + len(NAMES)))
def test_a_swap_that_is_killed_half_way_is_whole_or_never_was(
    tier: RandomAccessTier, run_python: Callable[..., subprocess.Popen[str]], n_moves: int
) -> None:
    with run_python(SWITCHER, tier.root, " ".join(NAMES), n_moves) as switcher:
        assert switcher.stdout is not None
        assert switcher.stdout.readline() == "stopped\n"
        expected = all_at(2 if n_moves else 1)  # its note is the first of its writes
        assert served(tier) == expected
        switcher.kill()
    assert served(tier) == expected
    tier.advance({})  # whoever takes the lock next moves what is left
    assert served(tier) == expected
    tier.make_current(dict.fromkeys(NAMES, FIRST))
    assert served(tier) == all_at(1)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    os.truncate(path, path.stat().st_size + 4096)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 4
    path.write_bytes(content)


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def fill_with_noise(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def take_that_of_the_other_version(path: Path) -> None:
    shutil.copy(path.parent.with_name("iteration=1") / path.name, path)


DAMAGE = [
    Path.unlink,
    truncate,
    lengthen,
    empty,
    flip_a_bit,
    fill_with_zeros,
    fill_with_noise,
    take_that_of_the_other_version,
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_dataset_moves_where_the_data_of_one_is_bad(tier: RandomAccessTier, damage: Callable[[Path], None]) -> None:
    damage(data_of(tier, "user_ranks", SECOND))
    with pytest.raises(DamagedVersionError, match=r"user_ranks/date=2026-11-20/iteration=2: .*data\.mdb") as refused:
        tier.make_current(dict.fromkeys(NAMES, SECOND))
    assert "run --repair --date 2026-11-20" in str(refused.value)
    assert served(tier) == all_at(1)
    with RandomAccess(tier.root, "board_ranks") as boards:
        assert boards.version == FIRST


@pytest.mark.parametrize("damage", DAMAGE)
def test_bad_data_is_found_by_verify_and_loading_again_mends_it(
    tier: RandomAccessTier, publish: Callable[..., Dataset], damage: Callable[[Path], None]
) -> None:
    whole = data_of(tier, "user_ranks", SECOND).read_bytes()
    damage(data_of(tier, "user_ranks", SECOND))
    with pytest.raises(DamagedVersionError, match=r"user_ranks/.*data\.mdb"):
        tier.verify("user_ranks", SECOND)
    table = pa.table({"board_id": range(500), "seen_in": [2] * 500})
    tier.serve(publish(tier.root / "again", table, "user_ranks", iteration=2))
    assert data_of(tier, "user_ranks", SECOND).read_bytes() == whole
    assert served(tier)["user_ranks"] == {2}


def test_a_rollback_without_a_backup_is_refused_and_lists_what_there_is(tier: RandomAccessTier) -> None:
    for name in NAMES:
        tier.make_current({name: SECOND})
        tier.drop(name, FIRST)
    with pytest.raises(VersionNotFoundError, match=r"1 loaded \(newest: date=2026-11-20 iteration=2\)"):
        tier.make_current(dict.fromkeys(NAMES, FIRST))
    assert served(tier) == all_at(2)
    with pytest.raises(DatasetError, match="is the current version"):
        tier.drop("board_ranks", SECOND)


def test_a_rollback_to_a_backup_that_is_half_there_is_refused(tier: RandomAccessTier) -> None:
    tier.make_current(dict.fromkeys(NAMES, SECOND))
    (tier.version_folder("pin_ranks", FIRST) / "_tier.json").unlink()
    with pytest.raises(VersionNotFoundError, match="pin_ranks"):
        tier.make_current(dict.fromkeys(NAMES, FIRST))
    assert served(tier) == all_at(2)


def test_a_store_whose_data_is_gone_is_not_opened(tier: RandomAccessTier) -> None:
    shutil.rmtree(tier.version_folder("board_ranks", FIRST))
    with pytest.raises(VersionNotFoundError, match=r"board_ranks .*is not loaded"):
        RandomAccess(tier.root, "board_ranks")
