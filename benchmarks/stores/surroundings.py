"""What a benchmark of stores sets for itself and what it starts: who lets them in, and where home is."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from storage_tiers.stores.opened_stores import forget_opened


@contextmanager
def let_in(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the block, for this process and for those that it starts; HOME is below the folder."""
    before = dict(os.environ)
    os.environ.update({**variables, "HOME": str(folder / "home")})
    forget_opened()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        forget_opened()
