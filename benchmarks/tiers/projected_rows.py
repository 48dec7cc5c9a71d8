"""What a service saves that asks for some fields: a picture and its six boards, whole rows and fields of them.

The rows are the light ones of a day, in LMDB. Of all pictures of six boards that one is read whose rows are of the
median size. A way takes turns with the others, a few hundred batches of two calls at a time; its figure is the median,
in microseconds of processor time.
"""

import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import process_time_ns

import pyarrow.compute as pc

from benchmarks.joins.kept_input import computed_day
from storage_tiers import open_dataset
from storage_tiers.random_access import RandomAccess, RandomAccessTier

OPTIONS = {
    "--pins": {"type": int, "default": 100_000, "help": "pins of the day (default: %(default)s)"},
    "--output": {"type": Path, "help": "an output folder whose joins are read, in place of such a day"},
}
N_BOARDS = 6
_SMALL_PINS = 20_000
_TURNS, _BATCHES = 15, 200  # a round
_PICTURE = ["image_signature", "n_pins", "category", "importance", "canonical_pin_id"]
_BOARD = ["board_id", "name", "user_id", "page_rank", "category"]
Fields = tuple[Sequence[str] | None, Sequence[str] | None]  # of the picture and of its boards
WAYS: dict[str, Fields] = {
    "whole rows": (None, None),
    "plain fields": (_PICTURE, _BOARD),
    "plain fields, and which boards": ([*_PICTURE, "boards"], _BOARD),
    "no fields": ([], []),
}


def main(asked: Namespace) -> None:
    """Load the joins of a day, read by every way and print what each took."""
    source = asked.output or computed_day(_SMALL_PINS if asked.small else asked.pins)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        pictures, boards = (
            opened.enter_context(_loaded(source, folder, name)) for name in ("pin_joins", "board_joins")
        )
        picture, board_ids = _asked_for(source, boards)
        took = times_us(pictures, boards, picture, board_ids, asked.rounds * _TURNS)
    whole = took["whole rows"]
    print(f"a picture and its {N_BOARDS} boards, median of {asked.rounds * _TURNS} turns")
    print(f"{'fields':<32} {'CPU us':>8} {'of whole':>9}")
    for way, one in took.items():
        print(f"{way:<32} {one:8.1f} {f'1/{whole / one:.1f}':>9}")


def times_us(
    pictures: RandomAccess, boards: RandomAccess, picture: str, board_ids: Sequence[int], n_turns: int
) -> dict[str, float]:
    """Return the processor time of a batch by each way, once all have given the same."""
    reads = {way: _read_of(pictures, boards, picture, board_ids, fields) for way, fields in WAYS.items()}
    (whole, *whole_boards) = reads["whole rows"]()
    for way, (of_picture, of_boards) in WAYS.items():
        expected = [_some(whole, of_picture), *(_some(board, of_boards) for board in whole_boards)]
        if reads[way]() != expected:
            raise ValueError(f"{way}: other values than in whole rows")
    turns: dict[str, list[float]] = {way: [] for way in reads}
    for _ in range(n_turns):
        for way, read in reads.items():
            began = process_time_ns()
            for _ in range(_BATCHES):
                read()
            turns[way].append((process_time_ns() - began) / _BATCHES / 1_000)
    return {way: median(times) for way, times in turns.items()}


def _read_of(
    pictures: RandomAccess, boards: RandomAccess, picture: str, board_ids: Sequence[int], fields: Fields
) -> Callable[[], list[dict[str, object] | None]]:
    of_picture, of_boards = fields
    return lambda: pictures.get_many([picture], of_picture) + boards.get_many(board_ids, of_boards)


def _some(row: dict[str, object] | None, fields: Sequence[str] | None) -> dict[str, object] | None:
    return row if row is None or fields is None else {name: row[name] for name in fields}


def _loaded(source: Path, folder: str, name: str) -> RandomAccess:
    RandomAccessTier(folder).serve(open_dataset(source, name, "light"))
    return RandomAccess(folder, name)


def _asked_for(source: Path, boards: RandomAccess) -> tuple[str, list[int]]:
    """Return a picture of six boards, whose boards' lists of pictures have the median length, and its boards."""
    rows = open_dataset(source, "pin_joins", "light").to_table(
        ["image_signature", "n_boards", "boards.list.element.board_id"]
    )
    chosen = rows.filter(pc.equal(rows["n_boards"], N_BOARDS)).slice(0, 500).to_pylist()
    if not chosen:
        raise ValueError(f"{source}: no picture has {N_BOARDS} boards")
    found = []
    for row in chosen:
        board_ids = [board["board_id"] for board in row["boards"]]
        n_pictures = sum(board["n_pictures"] for board in boards.get_many(board_ids, ["n_pictures"]) if board)
        found.append((n_pictures, row["image_signature"], board_ids))
    _, picture, board_ids = sorted(found)[len(found) // 2]
    return picture, board_ids
