"""The tables of a generated graph, raw and true, written down from what was planted.

Up to here pins, boards, users and pictures are spoken of by position; here they get their ids.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from joins.raw.schemas import BOARDS, PINS, TIMESTAMP, USERS
from joins.raw.synthetic import text
from joins.raw.synthetic.boards import PlantedBoards, Positions, draw
from joins.raw.synthetic.repins import ORIGINAL, PlantedPictures
from joins.raw.synthetic.shape import GraphShape
from joins.raw.synthetic.words import COUNTRY_WEIGHTS

TRUE_BOARDS = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("true_category", pa.string(), nullable=False),
        pa.field("true_importance_order", pa.int64(), nullable=False),  # 1 is the most important
        pa.field("is_mislabelled", pa.bool_(), nullable=False),  # filed, and under a wrong category
    ]
)

TRUE_PICTURES = pa.schema(
    [
        pa.field("pin_id", pa.int64(), nullable=False),
        pa.field("picture_id", pa.int64(), nullable=False),  # rank of planted popularity, 1 is the most popular
        pa.field("true_category", pa.string(), nullable=False),
        pa.field("true_second_category", pa.string()),
    ]
)

_DAY_MS = 86_400_000
_FIRST_PIN_ID, _FIRST_BOARD_ID, _FIRST_USER_ID = 4_000_000_000, 300_000_000, 20_000_000
_WIDEST_ID_GAP = 15  # ids have gaps: nobody should count on 0, 1, 2, ...
_MEAN_HEAD_START_DAYS = 30  # how long a board is there before its first pin, a user before the first board
_SHARE_WITHOUT_COUNTRY = 0.02
_SHARE_BOARDS_WITHOUT_DESCRIPTION = 0.5


@dataclass(frozen=True, slots=True)
class PlantedPins:
    """What is true of each pin, in order of time: positions of its board, its picture and the pin it was saved from."""

    board: Positions
    picture: Positions
    parent: Positions  # or ORIGINAL


@dataclass(frozen=True, slots=True)
class GraphKeys:
    """Ids and times (milliseconds since 1970) of every pin, board and user; ids ascend, and so do pin times."""

    pin_id: Positions
    board_id: Positions
    user_id: Positions
    pin_ms: Positions
    board_ms: Positions
    user_ms: Positions


@dataclass(frozen=True, slots=True)
class PlantedGraph:
    """All that is true of a graph."""

    boards: PlantedBoards
    pictures: PlantedPictures
    pins: PlantedPins
    keys: GraphKeys


def draw_keys(
    pins: PlantedPins, boards: PlantedBoards, shape: GraphShape, as_of: dt.date, rng: np.random.Generator
) -> GraphKeys:
    """Draw ids with gaps, and times: users before their boards, boards before their pins, pins before `as_of`."""
    sizes = shape.sizes
    span_ms = shape.n_days * _DAY_MS
    start_ms = (as_of - dt.date(1970, 1, 1)).days * _DAY_MS - span_ms
    pin_ms = start_ms + _ascending(sizes.n_pins, span_ms, rng)
    board_ms = _before(pin_ms, pins.board, sizes.n_boards, start_ms + span_ms, rng)
    return GraphKeys(
        pin_id=_ids(_FIRST_PIN_ID, sizes.n_pins, rng),
        board_id=_ids(_FIRST_BOARD_ID, sizes.n_boards, rng),
        user_id=_ids(_FIRST_USER_ID, sizes.n_users, rng),
        pin_ms=pin_ms,
        board_ms=board_ms,
        user_ms=_before(board_ms, boards.owner, sizes.n_users, start_ms + span_ms, rng),
    )


def pin_table(planted: PlantedGraph, shape: GraphShape, seed: int, rng: np.random.Generator) -> pa.Table:
    """Write the raw pins, schema `PINS`, in order of pin_id and time."""
    boards, pins, keys = planted.boards, planted.pins, planted.keys
    category = planted.pictures.category[pins.picture]
    columns = [
        pa.array(keys.pin_id),
        pa.array(keys.board_id[pins.board]),
        pa.array(keys.user_id[boards.owner[pins.board]]),
        text.gather(text.signatures(shape.sizes.n_pictures, seed), pins.picture),
        pa.nulls(shape.n_pins, pa.string()),
        pa.array(keys.pin_id[pins.parent], mask=pins.parent == ORIGINAL),
        _timestamps(keys.pin_ms),
        text.pin_descriptions(pins.parent, category, shape, rng),
        text.pin_links(pins.parent, category, shape, rng),
    ]
    return pa.table(columns, schema=PINS)


def board_table(planted: PlantedGraph, rng: np.random.Generator) -> pa.Table:
    """Write the raw boards, schema `BOARDS`, in order of board_id."""
    boards, keys = planted.boards, planted.keys
    columns = [
        pa.array(keys.board_id),
        pa.array(keys.user_id[boards.owner]),
        text.board_names(boards.category, rng),
        text.category_names(boards.label),
        text.descriptions(boards.category, _SHARE_BOARDS_WITHOUT_DESCRIPTION, rng),
        _timestamps(keys.board_ms),
    ]
    return pa.table(columns, schema=BOARDS)


def user_table(planted: PlantedGraph, rng: np.random.Generator) -> pa.Table:
    """Write the raw users, schema `USERS`, in order of user_id."""
    user_id = planted.keys.user_id
    country = draw(np.array(list(COUNTRY_WEIGHTS.values()), np.float64), len(user_id), rng)
    country[rng.random(len(user_id)) < _SHARE_WITHOUT_COUNTRY] = -1
    columns = [
        pa.array(user_id),
        text.usernames(user_id - _FIRST_USER_ID, rng),
        text.gather(pa.array(list(COUNTRY_WEIGHTS)), country),
        _timestamps(planted.keys.user_ms),
    ]
    return pa.table(columns, schema=USERS)


def true_board_table(planted: PlantedGraph) -> pa.Table:
    """Write down what is true of the boards, schema `TRUE_BOARDS`, in order of board_id."""
    columns = [
        pa.array(planted.keys.board_id),
        text.category_names(planted.boards.category),
        pa.array(planted.boards.importance_order),
        pa.array(planted.boards.is_mislabelled),
    ]
    return pa.table(columns, schema=TRUE_BOARDS)


def true_picture_table(planted: PlantedGraph) -> pa.Table:
    """Write down which picture each pin shows, schema `TRUE_PICTURES`, in order of pin_id."""
    picture = planted.pins.picture
    columns = [
        pa.array(planted.keys.pin_id),
        pa.array(picture + 1),
        text.category_names(planted.pictures.category[picture]),
        text.category_names(planted.pictures.second_category[picture]),
    ]
    return pa.table(columns, schema=TRUE_PICTURES)


def _ids(first: int, n_ids: int, rng: np.random.Generator) -> Positions:
    gaps: Positions = rng.integers(1, _WIDEST_ID_GAP, n_ids, endpoint=True)
    return first + np.cumsum(gaps)


def _ascending(n_times: int, span_ms: int, rng: np.random.Generator) -> Positions:
    """Draw times in [0, span) with no two alike, each later than the one before."""
    waits = rng.standard_exponential(n_times + 1)
    share_past = np.cumsum(waits)[:-1] / waits.sum()
    # The ramp sets equal milliseconds apart; taking it off the span first keeps the last one inside.
    ascending: Positions = (share_past * (span_ms - n_times)).astype(np.int64) + np.arange(n_times)
    return ascending


def _before(child_ms: Positions, owner: Positions, n_owners: int, end_ms: int, rng: np.random.Generator) -> Positions:
    """Draw times some weeks before each owner's first child; before the end where there is none."""
    first_ms = np.full(n_owners, end_ms, np.int64)
    np.minimum.at(first_ms, owner, child_ms)
    head_start_ms = rng.standard_exponential(n_owners) * (_MEAN_HEAD_START_DAYS * _DAY_MS)
    return first_ms - 1 - head_start_ms.astype(np.int64)


def _timestamps(since_1970_ms: Positions) -> pa.Array:
    return pa.array(since_1970_ms).cast(TIMESTAMP)
