"""What is damaged in a store is refused by name, marked, mended by the next publication, and never taken for rows."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, open_dataset
from storage_tiers.debugging import lookup
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.on_stores.stored_parts import forget_footers
from storage_tiers.versioned.parts import part_sizes
from storage_tiers.versioned.verification import faults_at_a_glance, faults_of, settle, strangers
from storage_tiers.versioned.versions import listed_versions


@pytest.fixture
def dataset(s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]) -> Dataset:
    forget_footers()
    return publish(root_of(s3_root), wide_table(300))


def damaged(dataset: Dataset, how: str, number: int = 1) -> str:
    """Damage a part, and return what is said of it."""
    first, path = dataset.part_paths[0], dataset.part_paths[number]
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
        return "the file is missing"
    if how == "cut":
        path.write_bytes(content[:-100])
        return f"bytes current={len(content) - 100} != published={len(content)}"
    if how == "emptied":
        path.write_bytes(b"")
        return f"bytes current=0 != published={dataset.manifest.parts[number].n_bytes}"
    if how == "longer":
        path.write_bytes(content + b"more")
        return f"bytes current={len(content) + 4} != published={len(content)}"
    if how == "swapped":
        path.write_bytes(first.read_bytes())
        return "bytes current="
    path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    return "digest current="


@pytest.mark.parametrize("how", ["missing", "cut", "emptied", "longer", "swapped", "flipped"])
def test_damage_is_found_marked_and_mended(
    s3_root: str,
    dataset: Dataset,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    how: str,
) -> None:
    said = damaged(dataset, how)
    found = list(faults_of(dataset.place, every_byte=True))
    assert [said in fault.problem for fault in found] == [True]
    assert dataset.manifest.parts[1].name in str(found[0])
    assert f"--output {s3_root}" in str(found[0])
    if how != "flipped":
        with pytest.raises(DamagedVersionError, match=said):
            open_dataset(s3_root, "board_joins").to_table()
    assert settle(dataset.place)
    with pytest.raises(DamagedVersionError, match="it was found to be damaged"):
        open_dataset(s3_root, "board_joins")
    publish(root_of(s3_root), wide_table(300)).verify()
    assert settle(dataset.place) == []


def test_a_lookup_in_a_damaged_part_is_refused_by_its_name(dataset: Dataset) -> None:
    for how in ("cut", "emptied", "missing"):
        said = damaged(dataset, how, 0)
        key = dataset.manifest.parts[0].first_key
        with pytest.raises(DamagedVersionError, match=rf"part-00000-.*{said}"):
            lookup(dataset, key)
        forget_footers()


def test_a_glance_finds_lost_parts_and_strangers_are_told_by_their_addresses(s3_root: str, dataset: Dataset) -> None:
    root = root_of(s3_root)
    assert list(strangers(root, "board_joins", "full")) == []
    (dataset.folder / "part-00007-0123456789ab.parquet").write_bytes(b"left by a run that died")
    ((path, error),) = strangers(root, "board_joins", "full")
    assert str(error).startswith(f"{path} belongs to no version; move it away: engines that read the folder take it")
    damaged(dataset, "missing")
    listing = listed_versions(root, "board_joins", "full")
    ((version, fault),) = faults_at_a_glance(root, "board_joins", "full", listing)
    assert (version, fault.problem) == (dataset.version, "the file is missing")
    with pytest.raises(FileNotFoundError):
        part_sizes(dataset.folder)(dataset.manifest.parts[1])
