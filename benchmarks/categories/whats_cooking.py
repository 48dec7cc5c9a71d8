"""Recipes as boards, their cuisines as categories, ingredients as pictures: a real collection that nobody planted."""

import os
import sys
from pathlib import Path

import numpy as np

from benchmarks.bench_folder import REPOSITORY
from benchmarks.categories.collection import Collection, boards_by_images


def whats_cooking_files() -> list[Path]:
    """Return the files of recipes and of their ingredients; an error that ends the run where they aren't."""
    parent = Path(os.environ.get("INTEREST_GRAPH_DATA") or REPOSITORY.parent / "shared" / "data")
    folder = parent / "whats_cooking"
    if not folder.exists():
        sys.exit(f"no recipes at {folder}; INTEREST_GRAPH_DATA names the folder that has whats_cooking/")
    return [folder / "boards.parquet", folder / "pins.parquet"]


def whats_cooking() -> Collection:
    """Return the recipes in the order of their ids."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - contenders don't read Parquet

    boards, pins = map(pq.read_table, whats_cooking_files())
    boards = boards.sort_by("board_id")
    board_ids = boards["board_id"].to_numpy()
    names, truth = np.unique(boards["category"].to_numpy().astype(str), return_inverse=True)
    items, image = np.unique(pins["item"].to_numpy().astype(str), return_inverse=True)
    board = np.searchsorted(board_ids, pins["board_id"].to_numpy())
    return Collection(boards_by_images(board, image, (board_ids.size, items.size)), truth, names.size)
