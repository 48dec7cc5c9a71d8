"""One photograph and edits of it that nobody here made: the bridge of PDQ's own test set."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.signatures.found import NEVER, Distances

_ORIGINAL = "aaa-orig"
_WIDTH = 18


def print_bridge(pictures: Sequence[Path], apart: Mapping[str, Distances], within: Mapping[str, int]) -> None:
    """Print how far each picture is from the original, for each tool.

    Parameters
    ----------
    pictures
        The pictures, one of them ``aaa-orig``.
    apart
        Distances of all pictures from each other, by the name of the tool.
    within
        Largest distance of what counts as the same, by the name of the tool.
    """
    original = next((row for row, path in enumerate(pictures) if path.stem == _ORIGINAL), 0)
    print(f"\nOne photo and {len(pictures) - 1} edits by others: distance from it, ! where it isn't found")
    print(f"  {'':{_WIDTH}}" + "".join(f"{name:>{_WIDTH}}" for name in apart))
    for row, path in enumerate(pictures):
        if row != original:
            cells = (_cell(int(bits[row, original]), within[name]) for name, bits in apart.items())
            print((f"  {path.stem:{_WIDTH}}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)).rstrip())
    for name, bits in apart.items():
        grouped = np.flatnonzero(bits[:, original] <= within[name])
        print(f"  {name} (<= {within[name]}): {len(grouped)} of {len(pictures)} in the group of the photo")


def _cell(bits: int, within_bits: int) -> str:
    return ("-" if bits == NEVER else str(bits)) + (" " if bits <= within_bits else "!")
