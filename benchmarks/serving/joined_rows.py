"""A million pictures, their boards and the owners of these: light rows in the shape of a day's joins, loaded once.

A picture has 6 boards of 5 owners, so a picture with its boards and their owners is 12 reads. Boards have 44 pictures
on average, owners 4 boards; a picture and its 6 boards are about 17 KB, as those of real days. Rows are drawn at once
by numpy, where a day of as many pictures would take minutes. They are published, loaded into LMDB, and into a Redis
server whose memory is kept as a file, where Redis is installed.
"""

import datetime as dt
import math
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import redis

from benchmarks.harness.contender import REPOSITORY
from benchmarks.harness.kept import kept_folder
from joins.arrow.hashing import partition_of
from joins.small_structs import BOARD_JOIN_STRUCT, PIN_JOIN_STRUCT, list_of, lists_of
from storage_tiers import Dataset, open_dataset
from storage_tiers.random_access import RandomAccessTier
from storage_tiers.redis_server import RedisTier
from storage_tiers.tier import Tier, TierOptions
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from tests.servers.redis_server import missing_for_redis, running_redis

PICTURES, BOARDS, OWNERS = "pin_joins", "board_joins", "user_joins"
KEYS = {PICTURES: "image_signature", BOARDS: "board_id", OWNERS: "user_id"}
N_BOARDS, N_OWNERS = 6, 5  # of a picture
REDIS_FOLDER = "redis"  # in the output folder; the server's memory as it was after loading
PICTURES_A_BOARD, BOARDS_AN_OWNER = 44, 4

_VERSION = Version(dt.date(2026, 11, 20), 1)
_ROWS_A_PART = 131_072  # as a day has it
_CATEGORIES = [f"category_{number}" for number in range(32)]
_WORDS = [f"word{number}" for number in range(20_000)]
_COUNTRIES = ["AT", "BR", "DE", "FR", "IN", "JP", "MX", "US"]
_N_TERMS, _N_CATEGORIES = 10, 5
_GOLDEN = 0x9E3779B97F4A7C15  # odd, so that no two numbers share a product modulo 2**64
_LAST_MS = int(dt.datetime(2026, 11, 20, tzinfo=dt.UTC).timestamp() * 1_000)
_YEAR_MS = 365 * 86_400_000
_SAVE_S = 600.0

_Ints = npt.NDArray[np.int64]
_TERM = pa.struct([("term", pa.string()), ("n_pins", pa.int32())])
_SHARE = pa.struct([("category", pa.string()), ("share", pa.float32())])


def joined_rows(n_pictures: int) -> Path:
    """Return the output folder in which so many pictures are published and loaded; it is made once."""
    encoding = REPOSITORY / "storage_tiers" / "random_access"
    sources = [Path(__file__), encoding / "keys.py", encoding / "values.py", encoding / "encoding" / "columns.py"]
    told = f"publishing and loading {n_pictures:,} pictures, their boards and owners"
    return kept_folder("serving", f"joined-{n_pictures}", sources, told, partial(make_rows, n_pictures))


def picture_signature(number: int) -> str:
    """Return the key of a picture, by its number from 0.

    Examples
    --------
    >>> picture_signature(0), picture_signature(1)
    ('0000000000000000', '9e3779b97f4a7c15')
    """
    return f"{number * _GOLDEN % 2**64:016x}"


def make_rows(n_pictures: int, root: Path) -> None:
    """Publish so many pictures with their boards and owners under an output folder, and load them."""
    random = np.random.default_rng(1)
    n_owners = max(2 * N_OWNERS, n_pictures * N_BOARDS // PICTURES_A_BOARD // BOARDS_AN_OWNER)
    board_of = _boards_of_pictures(random, n_pictures, n_owners)
    n_boards = n_owners * BOARDS_AN_OWNER
    signatures = np.char.mod("%016x", np.arange(n_pictures, dtype=np.uint64) * np.uint64(_GOLDEN))
    pictures = _pictures_in_small(random, signatures)
    boards = _boards_in_small(random, board_of, n_boards)
    _publish(root, PICTURES, _picture_rows(random, pictures, boards, board_of))
    _publish(root, BOARDS, _board_rows(random, pictures, boards, board_of))
    _publish(root, OWNERS, _owner_rows(random, boards, n_owners))
    _serve(RandomAccessTier(root), root)
    if not missing_for_redis():
        _load_redis(root)


def published(root: Path) -> list[Dataset]:
    """Return the three datasets that lie in an output folder."""
    return [open_dataset(root, name, "light") for name in KEYS]


def _serve(tier: Tier, root: Path) -> None:
    tier.make_current({dataset.name: tier.load(dataset).version for dataset in published(root)})


def _load_redis(root: Path) -> None:
    with running_redis(root / REDIS_FOLDER) as server:
        _serve(RedisTier(root, TierOptions(address=server.address)), root)
        redis.Redis(
            port=server.port, socket_timeout=_SAVE_S
        ).save()  # its file is read when the benchmark starts a server there


def _boards_of_pictures(random: np.random.Generator, n_pictures: int, n_owners: int) -> _Ints:
    """Return the boards of each picture, shape ``(n_pictures, 6)``: one of each of 5 owners, two of one of them."""
    stratum = n_owners // N_OWNERS  # an owner of each fifth of them, so that no two are the same
    owners = random.integers(0, stratum, (n_pictures, N_OWNERS)) + stratum * np.arange(N_OWNERS)
    boards = owners * BOARDS_AN_OWNER + random.integers(0, BOARDS_AN_OWNER, owners.shape)
    first = boards[:, 0]
    other = owners[:, 0] * BOARDS_AN_OWNER + (first + 1) % BOARDS_AN_OWNER
    return np.concatenate([boards, other[:, None]], axis=1)


def _pictures_in_small(random: np.random.Generator, signatures: npt.NDArray[np.str_]) -> pa.StructArray:
    n_pictures = len(signatures)
    columns = [
        pa.array(signatures, pa.string()),
        random.integers(10**9, 10**10, n_pictures),
        random.zipf(2.0, n_pictures).clip(N_BOARDS, 100_000),
        np.full(n_pictures, N_BOARDS),
        _drawn(random, _CATEGORIES, n_pictures),
        random.random(n_pictures) / n_pictures,
    ]
    return pa.StructArray.from_arrays(list(map(pa.array, columns)), fields=list(PIN_JOIN_STRUCT))


def _boards_in_small(random: np.random.Generator, board_of: _Ints, n_boards: int) -> pa.StructArray:
    columns = [
        np.arange(n_boards) + 10**6,
        np.bincount(board_of.ravel(), minlength=n_boards),
        _drawn(random, _CATEGORIES, n_boards),
        random.random(n_boards) / n_boards,
    ]
    return pa.StructArray.from_arrays(list(map(pa.array, columns)), fields=list(BOARD_JOIN_STRUCT))


def _picture_rows(
    random: np.random.Generator, pictures: pa.StructArray, boards: pa.StructArray, board_of: _Ints
) -> pa.Table:
    n_rows = len(pictures)
    names = [field.name for field in PIN_JOIN_STRUCT]
    held = boards.take(pa.array(board_of.ravel()))
    links = np.char.add("https://site.example/p/", np.arange(n_rows).astype(str))
    return pa.table(
        {
            **dict(zip(names, pictures.flatten(), strict=True)),
            **_counts(random, n_rows),
            "canonical_link": pa.array(links, pa.string()),
            "terms": _terms(random, n_rows),
            "categories": _shares(random, n_rows),
            "boards": lists_of(held, np.full(n_rows, N_BOARDS), BOARD_JOIN_STRUCT),
        }
    )


def _board_rows(
    random: np.random.Generator, pictures: pa.StructArray, boards: pa.StructArray, board_of: _Ints
) -> pa.Table:
    n_rows = len(boards)
    board_id, n_pins, category, importance = boards.flatten()
    order = np.argsort(board_of.ravel(), kind="stable")
    held = pictures.take(pa.array(order // N_BOARDS))
    return pa.table(
        {
            "board_id": board_id,
            "user_id": np.arange(n_rows) // BOARDS_AN_OWNER + 10**5,
            "name": pa.array(np.char.add("board of things ", np.arange(n_rows).astype(str)), pa.string()),
            "page_rank": importance,
            "category": category,
            "n_pins": n_pins,
            **_counts(random, n_rows),
            "categories": _shares(random, n_rows),
            "pin_joins": lists_of(held, n_pins.to_numpy(), PIN_JOIN_STRUCT),
        }
    )


def _owner_rows(random: np.random.Generator, boards: pa.StructArray, n_rows: int) -> pa.Table:
    held = pa.ListArray.from_arrays(
        pa.array(np.arange(n_rows + 1) * BOARDS_AN_OWNER, pa.int32()), boards, type=list_of(BOARD_JOIN_STRUCT)
    )
    return pa.table(
        {
            "user_id": np.arange(n_rows) + 10**5,
            "username": pa.array(np.char.add("user", np.arange(n_rows).astype(str)), pa.string()),
            "country": _drawn(random, _COUNTRIES, n_rows),
            "importance": random.random(n_rows) / n_rows,
            **_counts(random, n_rows),
            "interests": _shares(random, n_rows),
            "boards": held,
        }
    )


def _counts(random: np.random.Generator, n_rows: int) -> dict[str, object]:
    """Return plain columns that all three have."""
    moments = _LAST_MS - random.integers(0, 3 * _YEAR_MS, n_rows)
    return {
        "n_repins": random.integers(0, 1_000, n_rows),
        "n_users": random.integers(1, 1_000, n_rows),
        "rank_order": random.permutation(n_rows) + 1,
        "percentile": random.random(n_rows),
        "first_pinned_at": pa.array(moments, pa.timestamp("ms", "UTC")),
        "last_pinned_at": pa.array(moments + 10**6, pa.timestamp("ms", "UTC")),
    }


def _shares(random: np.random.Generator, n_rows: int) -> pa.Array:
    n_items = n_rows * _N_CATEGORIES
    return _lists(_SHARE, _N_CATEGORIES, _drawn(random, _CATEGORIES, n_items), random.random(n_items))


def _terms(random: np.random.Generator, n_rows: int) -> pa.Array:
    n_items = n_rows * _N_TERMS
    return _lists(_TERM, _N_TERMS, _drawn(random, _WORDS, n_items), random.integers(1, 100, n_items))


def _lists(struct: pa.StructType, n_items: int, words: pa.Array, numbers: npt.NDArray[np.generic]) -> pa.Array:
    """Return lists of so many structs of a word and a number."""
    structs = pa.StructArray.from_arrays([words, pa.array(numbers).cast(struct[1].type)], fields=list(struct))
    return lists_of(structs, np.full(len(words) // n_items, n_items), struct)


def _drawn(random: np.random.Generator, words: list[str], n_drawn: int) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(random.integers(0, len(words), n_drawn)))


def _publish(root: Path, name: str, rows: pa.Table) -> None:
    key = KEYS[name]
    n_parts = math.ceil(rows.num_rows / _ROWS_A_PART)
    numbers = partition_of(rows[key], n_parts)
    with stage_dataset(root, DatasetSpec(name, rows.schema, key), "light", _VERSION) as staging:
        parts = [
            staging.writer(number, rows.take(np.flatnonzero(numbers == number)).sort_by(key))
            for number in range(n_parts)
        ]
        staging.publish(parts, Provenance())
