"""The order in which pictures are read with the least reading: rows of a pack as they stand in it."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from storage_tiers.pictures.addresses import split_row
from storage_tiers.pictures.files import PictureFile
from storage_tiers.pictures.packs import open_pack


def reading_order(addresses: Sequence[str], root: str | Path | None = None) -> list[int]:
    """Return the places of addresses, in the order in which to read them.

    Parameters
    ----------
    addresses
        Paths, URIs and rows of packs.
    root
        Folder that relative paths start from: a path, or a URI of a folder in a store.

    Returns
    -------
    list of int
        Files by address, rows of a pack together and in its order. Many readers may share the work in runs of this
        order: each goes through its part of a pack alone, not through all of it.

    Notes
    -----
    Opens every pack and reads its names.

    Examples
    --------
    >>> reading_order(["b.jpg", "a.jpg"], "/")
    [1, 0]
    """
    places_of: dict[str, list[tuple[str, int]]] = defaultdict(list)
    rows: list[tuple[str, int]] = []
    for place, address in enumerate(addresses):
        file, row = split_row(address)
        rows.append((file, 0))
        if row is not None:
            places_of[file].append((row, place))
    for file, named in places_of.items():
        pack = open_pack(file, root)
        if isinstance(pack, PictureFile):  # each of its rows will have this status
            continue
        numbers = pack.rows_named([row for row, _ in named])
        for (_, place), number in zip(named, numbers, strict=True):
            rows[place] = (file, number if isinstance(number, int) else 0)
    return sorted(range(len(addresses)), key=lambda place: (*rows[place], addresses[place]))
