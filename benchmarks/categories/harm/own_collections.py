"""Collections of one's own: a folder a collection, with two Parquet files, in a folder of collections.

``<collection>/boards.parquet``
    One row a board: ``board_id`` of any type, ``category`` string, and optionally ``user_id`` of any type, the owner,
    null where unknown. Categories are taken for right. Boards without category are left out, and counted.
``<collection>/pins.parquet``
    One row a pin: ``board_id`` of the same type and ``image_signature`` of any type, which tells pictures apart. Pins
    of boards that are left out or not there, and pins without picture, are left out, and counted.

A collection of more than 30,000 boards is sampled down to these, the same each time: boards are taken by lot, each with
the other boards of its pictures, so that pictures keep the boards that they are judged by.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.categories.collection import Codes, boards_by_images
from benchmarks.categories.harm.trap_sets import NO_OWNER, OwnedCollection

BOARDS_NAME, PINS_NAME = "boards.parquet", "pins.parquet"
MOST_BOARDS = 30_000
_COMMON = 100  # boards; a picture on more brings none along, as any sample has many of them
_SEED = 30


class CollectionError(ValueError):
    """A folder doesn't hold a collection as it is described above; the message says which and why."""


def collection_folders(parent: Path) -> list[Path]:
    """Return the folders that hold both files, by name; an error if there are none."""
    if not parent.is_dir():
        raise CollectionError(f"{parent} is no folder; name one that holds <collection>/{BOARDS_NAME} and {PINS_NAME}")
    folders = sorted(path for path in parent.iterdir() if path.is_dir())
    found = [path for path in folders if (path / BOARDS_NAME).exists() and (path / PINS_NAME).exists()]
    if not found:
        raise CollectionError(f"none of the {len(folders)} folders in {parent} holds {BOARDS_NAME} and {PINS_NAME}")
    return found


def own_collection(folder: Path, most_boards: int = MOST_BOARDS) -> OwnedCollection:
    """Read a collection; its boards in the order of their rows."""
    boards = _read(folder / BOARDS_NAME, ("board_id", "category"), ("user_id",))
    pins = _read(folder / PINS_NAME, ("board_id", "image_signature"))
    n_boards, n_pins = boards.num_rows, pins.num_rows
    boards = boards.filter(pc.and_(boards["board_id"].is_valid(), boards["category"].is_valid()))
    _refuse_repeats(boards, folder)
    pins = pins.filter(pins["image_signature"].is_valid())
    board = _places(pins["board_id"], boards["board_id"], folder)
    pins, board = pins.filter(pa.array(board >= 0)), board[board >= 0]
    image, n_images = _coded(pins["image_signature"])
    truth, n_categories = _coded(boards["category"])
    if n_categories < 2:  # noqa: PLR2004 - nothing can be confused
        raise CollectionError(f"{folder / BOARDS_NAME} has {n_categories} categories; two are the least to tell apart")
    owners = _coded(boards["user_id"])[0] if "user_id" in boards.column_names else None
    left_out = f"{n_boards - boards.num_rows:,} boards and {n_pins - board.size:,} pins left out" * (
        n_boards > boards.num_rows or n_pins > board.size
    )
    images = boards_by_images(board, image, (boards.num_rows, n_images))
    return sampled(OwnedCollection(images, truth, n_categories, owners, left_out), most_boards)


def sampled(made: OwnedCollection, most_boards: int = MOST_BOARDS) -> OwnedCollection:
    """Return a collection as it is, or so many of its boards; a category keeps its code if no board of it is left."""
    n_boards = made.truth.size
    if n_boards <= most_boards:
        return made
    kept = _neighbourhoods(made, most_boards)
    images = made.images[kept]
    images = images[:, np.flatnonzero(np.diff(images.tocsc().indptr))]
    told = ", ".join(filter(None, [f"a sample of {n_boards:,} boards", made.told]))
    owners = None if made.owners is None else made.owners[kept]
    return OwnedCollection(images.tocsr(), made.truth[kept], made.n_categories, owners, told)


def _neighbourhoods(made: OwnedCollection, n_kept: int) -> Codes:
    """Return boards by lot, each with those that share a picture with it, the rarest pictures first."""
    boards, by_image = made.images, made.images.tocsc()
    reach = np.diff(by_image.indptr)
    is_kept, n_so_far = np.zeros(boards.shape[0], bool), 0
    for board in np.random.default_rng(_SEED).permutation(boards.shape[0]):
        shown = boards.indices[boards.indptr[board] : boards.indptr[board + 1]]
        shown = shown[reach[shown] <= _COMMON]
        others = [
            by_image.indices[by_image.indptr[i] : by_image.indptr[i + 1]] for i in shown[np.argsort(reach[shown])]
        ]
        near = np.concatenate([[board], *others])
        near = near[np.sort(np.unique(near, return_index=True)[1])]
        new = near[~is_kept[near]][: n_kept - n_so_far]
        is_kept[new] = True
        n_so_far += new.size
        if n_so_far == n_kept:
            break
    return np.flatnonzero(is_kept)


def _read(path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> pa.Table:
    try:
        there = pq.read_schema(path).names
        missing = [name for name in needed if name not in there]
        if missing:
            raise CollectionError(f"{path} has no column {' and no '.join(missing)}; it has {', '.join(there)}")
        return pq.read_table(path, columns=[*needed, *(name for name in optional if name in there)], partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise CollectionError(f"{path} can't be read as Parquet: {error}") from error


def _refuse_repeats(boards: pa.Table, folder: Path) -> None:
    counts = pc.value_counts(boards["board_id"])
    repeated = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(repeated):
        first = repeated[0]["values"]
        raise CollectionError(
            f"{folder / BOARDS_NAME}: {len(repeated):,} boards have two rows (first: board_id {first})"
        )


def _places(pinned: pa.ChunkedArray, board_ids: pa.ChunkedArray, folder: Path) -> Codes:
    """Return the row of the board of each pin, -1 where there is none."""
    if pinned.type != board_ids.type:
        try:
            pinned = pinned.cast(board_ids.type)
        except pa.ArrowException as error:
            raise CollectionError(
                f"{folder}: board_id is {board_ids.type} in {BOARDS_NAME} and {pinned.type} in {PINS_NAME}: {error}"
            ) from error
    found = pc.index_in(pinned, value_set=board_ids.combine_chunks())
    return np.asarray(found.fill_null(-1).to_numpy(), np.int64)


def _coded(column: pa.ChunkedArray) -> tuple[Codes, int]:
    """Return a number for each value, `NO_OWNER` for null, and how many there are."""
    coded = column.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return np.asarray(coded.indices.fill_null(NO_OWNER), np.int64), len(coded.dictionary)
