"""What tests of days in a store share: raw input that lies there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.store_path import StorePath


@pytest.fixture
def upload() -> Callable[[Path, StorePath], None]:
    """Copy a folder into a store."""

    def copy(folder: Path, place: StorePath) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                (place / path.relative_to(folder)).write_bytes(path.read_bytes())

    return copy


@pytest.fixture
def stored_input(s3_root: str, built_day, upload: Callable[[Path, StorePath], None]) -> StorePath:
    """The raw input of the built day, in a store."""
    place = in_store(root_of(s3_root)).parent / "input"
    upload(Path(built_day.input_root), place)
    return place


@pytest.fixture
def stored(s3_root: str, finished: Path, upload: Callable[[Path, StorePath], None]) -> StorePath:
    """What a small day published, copied into a store, its tiers left out."""
    place = in_store(root_of(s3_root))
    for path in sorted((finished / "output").iterdir()):
        if path.is_dir() and not path.name.startswith("_"):
            upload(path, place / path.name)
    return place
