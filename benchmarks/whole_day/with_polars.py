"""A day as somebody would write it by hand with Polars: lazy queries on its streaming engine, and igraph for the ranks.

Reads ``pins``, ``boards`` and ``users`` of the raw layout and writes a Parquet file for each join, sorted by its key.
Counts, votes and features are held in memory; pins are read from their files where they are wanted. Lists of pins are
in ``pin_id`` order, lists of boards, users and pictures in none. Of equal votes the last category by name wins.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from benchmarks.whole_day.igraph_ranks import igraph_ranks

_PICTURE, _BOARD, _USER = "image_signature", "board_id", "user_id"
_PIN = ("pin_id", _PICTURE, _BOARD, _USER, "image", "parent_pin_id", "created_at", "description", "link")
_COUNTS = {"boards": "n_boards", "pin_joins": "n_pictures", "users": "n_users"}  # of what a list has


def write_day(source: Path, output: Path) -> None:
    """Compute the day of a folder of raw input, and write its joins."""
    pins, boards, users = (pl.scan_parquet(source / name / "date=*/*.parquet") for name in ("pins", "boards", "users"))
    picture_boards, picture_users = (_counted(pins.with_columns(n=1), _PICTURE, key) for key in (_BOARD, _USER))
    owned = boards.select(_USER, _BOARD, n=0)  # an own empty board has no pins
    user_boards = _counted(pl.concat([pins.select(_USER, _BOARD, n=1), owned]), _USER, _BOARD)
    pinned_on = user_boards.filter(pl.col("n_pins") > 0)
    of_boards = _board_features(picture_boards, boards, _ranks(pins, boards))
    of_pictures = _picture_features(picture_boards, of_boards)
    of_users = _user_features(user_boards, users, of_boards)
    described = boards.rename({"category": "owner_category"}).join(of_boards.lazy(), on=_BOARD)

    def write(join: str, key: str, rows: pl.LazyFrame, **lists: tuple[pl.DataFrame, pl.DataFrame]) -> None:
        joined = _joined(key, rows, pins, lists)
        path = output / f"{join}.parquet"
        joined.sink_parquet(path, compression="zstd", compression_level=1, engine="streaming")

    in_pictures, of_owners = of_pictures.lazy(), users.join(of_users.lazy(), on=_USER)
    write("pin_joins", _PICTURE, in_pictures, boards=(picture_boards, of_boards), users=(picture_users, of_users))
    ranked = described.rename({"importance": "page_rank"})
    write("board_joins", _BOARD, ranked, pin_joins=(picture_boards, of_pictures), users=(pinned_on, of_users))
    write("user_joins", _USER, of_owners, pin_joins=(picture_users, of_pictures), boards=(user_boards, of_boards))


def _joined(
    key: str, rows: pl.LazyFrame, pins: pl.LazyFrame, lists: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]]
) -> pl.LazyFrame:
    """Return rows with their raw pins and with lists of the features of what they are paired with, by key."""
    joined = rows.join(_raw_pins(pins, key), on=key, how="left")
    for name, (pairs, features) in lists.items():
        joined = joined.join(_members(pairs, key, features, name), on=key, how="left")
    counts = {count: pl.col(name).list.len() for name, count in _COUNTS.items() if name in lists}
    numbers = pl.col("n_repins", *counts).fill_null(0).cast(pl.Int64)
    return joined.with_columns(**counts).with_columns(numbers).sort(key)


def _counted(rows: pl.LazyFrame, *keys: str) -> pl.DataFrame:
    """Return how many pins there are of each pair."""
    return rows.group_by(keys).agg(n_pins=pl.col("n").sum().cast(pl.Int64)).collect(engine="streaming")


def _ranks(pins: pl.LazyFrame, boards: pl.LazyFrame) -> pl.DataFrame:
    """Return the PageRank of each board over the repins between boards."""
    parents = pins.select(parent_pin_id="pin_id", parent_board_id=_BOARD)
    repins = pins.select(_BOARD, "parent_pin_id").join(parents, on="parent_pin_id")
    repins = repins.filter(pl.col(_BOARD) != pl.col("parent_board_id"))
    edges = repins.group_by(_BOARD, "parent_board_id").agg(n_repins=pl.len()).collect(engine="streaming")
    board_ids = boards.select(pl.col(_BOARD).sort()).collect().to_series()
    ranks = igraph_ranks(board_ids.to_numpy(), *(column.to_numpy() for column in edges))
    return pl.DataFrame({_BOARD: board_ids, "importance": ranks})


def _board_features(picture_boards: pl.DataFrame, boards: pl.LazyFrame, ranks: pl.DataFrame) -> pl.DataFrame:
    """Return pins, category and rank of each board.

    Each picture of a board speaks for the categories of the other boards that have it.
    """
    pairs, owners = picture_boards.lazy(), boards.select(_BOARD, own="category")
    labelled = pairs.join(owners.filter(pl.col("own").is_not_null()), on=_BOARD)
    owner_votes = labelled.group_by(_PICTURE, category="own").agg(n=pl.len().cast(pl.Int64))
    votes = pairs.join(owners, on=_BOARD).join(owner_votes, on=_PICTURE).group_by(_BOARD, "category")
    votes = votes.agg(n=pl.col("n").sum() - (pl.col("category") == pl.col("own")).sum().cast(pl.Int64))
    features = owners.join(pairs.group_by(_BOARD).agg(pl.col("n_pins").sum()), on=_BOARD, how="left")
    features = features.join(_most_voted(votes, _BOARD), on=_BOARD, how="left").join(ranks.lazy(), on=_BOARD)
    category = pl.coalesce("category", "own")
    return features.select(_BOARD, pl.col("n_pins").fill_null(0), category, "importance").collect(engine="streaming")


def _picture_features(picture_boards: pl.DataFrame, of_boards: pl.DataFrame) -> pl.DataFrame:
    """Return pins, boards, category and importance of each picture; each of its boards votes once."""
    pairs = picture_boards.lazy().join(of_boards.lazy(), on=_BOARD, suffix="_of_board")
    votes = pairs.group_by(_PICTURE, "category").agg(n=pl.len())
    features = pairs.group_by(_PICTURE).agg(pl.col("n_pins").sum(), n_boards=_number(), importance=_carried().sum())
    voted = features.join(_most_voted(votes, _PICTURE), on=_PICTURE, how="left")
    return voted.select(_PICTURE, "n_pins", "n_boards", "category", "importance").collect(engine="streaming")


def _user_features(user_boards: pl.DataFrame, users: pl.LazyFrame, of_boards: pl.DataFrame) -> pl.DataFrame:
    """Return pins, boards, category and importance of each user; each pin votes for the category of its board."""
    pairs = user_boards.lazy().join(of_boards.lazy(), on=_BOARD, suffix="_of_board")
    votes = pairs.group_by(_USER, "category").agg(n=pl.col("n_pins").sum())
    is_empty = pl.col("n_pins_of_board") == 0
    importance = pl.when(is_empty).then("importance").otherwise(_carried()).sum()
    counts = pairs.group_by(_USER).agg(pl.col("n_pins").sum(), n_boards=_number(), importance=importance)
    features = (
        users.select(_USER).join(counts, on=_USER, how="left").join(_most_voted(votes, _USER), on=_USER, how="left")
    )
    numbers = (pl.col(name).fill_null(0) for name in ("n_pins", "n_boards", "importance"))
    return features.select(_USER, *numbers, "category").collect(engine="streaming")


def _most_voted(votes: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """Return the category with most votes of each key that has any."""
    some = votes.filter((pl.col("n") > 0) & pl.col("category").is_not_null())
    return some.group_by(key).agg(pl.col("category").sort_by("n", "category").last())


def _raw_pins(pins: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """Return the raw pins of each key as a list, how many of them are repins, and when the first and last were made."""
    return pins.group_by(key).agg(
        pl.struct(name for name in _PIN if name != key).sort_by("pin_id").alias("pins"),
        pl.col("parent_pin_id").count().cast(pl.Int64).alias("n_repins"),
        pl.col("created_at").min().alias("first_pinned_at"),
        pl.col("created_at").max().alias("last_pinned_at"),
    )


def _members(pairs: pl.DataFrame, key: str, features: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return for each key the features of what it is paired with, as a list."""
    member = features.columns[0]
    joined = pairs.lazy().select(key, member).join(features.lazy(), on=member)
    return joined.group_by(key).agg(pl.struct(features.columns).alias(name))


def _number() -> pl.Expr:
    return pl.len().cast(pl.Int64)


def _carried() -> pl.Expr:
    """Return what pins carry of the rank of their board, which is spread over its pins evenly."""
    return pl.col("n_pins") * pl.col("importance") / pl.col("n_pins_of_board")
