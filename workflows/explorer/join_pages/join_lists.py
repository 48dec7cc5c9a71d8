"""The lists inside a join as tables, each row leading to its own page; and where the join stands among all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from storage_tiers.reading import Row
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.catalog import BOARD_JOINS, USER_JOINS
from workflows.explorer.opened_versions import names_of
from workflows.explorer.page_routes import Asked
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.words import number, share, significant

MOST_ROWS = 50  # of a list; the JSON of `interest-graph show` has all
_MOST_TEXT = 300
_OF_ALL = {"page_rank": "PageRank", "importance": "importance"}  # of what a measure is called


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the boards and users on a page, by their ids; an id without one is called by itself."""

    boards: Mapping[object, str]
    users: Mapping[object, str]

    def board(self, board_id: object) -> str:
        """Return what a board is called."""
        return self.boards.get(board_id) or f"board {board_id}"

    def user(self, user_id: object) -> str:
        """Return what a user is called."""
        return self.users.get(user_id) or f"user {user_id}"


def names_for(
    output: Root, version: Version, boards: Sequence[Row], users: Sequence[Row], pins: Sequence[Row]
) -> Names:
    """Look up the names of what is shown of some lists."""
    shown = pins[:MOST_ROWS]
    board_ids = [one["board_id"] for one in (*boards[:MOST_ROWS], *shown) if one.get("board_id") is not None]
    user_ids = [one["user_id"] for one in (*users[:MOST_ROWS], *shown) if one.get("user_id") is not None]
    return Names(
        names_of(output, BOARD_JOINS.name, version, board_ids), names_of(output, USER_JOINS.name, version, user_ids)
    )


def list_in(row: Row, name: str) -> list[Row]:
    """Return a list of structs of a row; none where it is unset."""
    return cast("list[Row]", row.get(name) or [])


def boards_table(asked: Asked, boards: Sequence[Row], names: Names) -> Rows:
    """Return boards in order of importance."""
    columns = [
        Column("board"),
        Column("category", is_category=True),
        Column("pins", is_number=True, meaning="pins on the board"),
        Column("PageRank", is_number=True, meaning="of all boards it sums to 1"),
    ]
    rows = [
        [
            Cell(names.board(one["board_id"]), asked.link("boards", one["board_id"])),
            one["category"],
            one["n_pins"],
            one["importance"],
        ]
        for one in boards[:MOST_ROWS]
    ]
    return Rows("Boards", columns, rows, len(boards))


def users_table(asked: Asked, users: Sequence[Row], names: Names) -> Rows:
    """Return users in order of importance."""
    columns = [
        Column("user"),
        Column("strongest interest", is_category=True),
        Column("pins", is_number=True, meaning="pins of the user, on all boards"),
        Column("boards", is_number=True, meaning="boards the user owns or pins on"),
        Column("importance", is_number=True, meaning="what the pins carry of PageRank; of all users it sums to 1"),
    ]
    rows = [
        [
            Cell(names.user(one["user_id"]), asked.link("users", one["user_id"])),
            *(one[name] for name in ("category", "n_pins", "n_boards", "importance")),
        ]
        for one in users[:MOST_ROWS]
    ]
    return Rows("Users", columns, rows, len(users))


def pictures_table(asked: Asked, pictures: Sequence[Row]) -> Rows:
    """Return pictures in order of importance."""
    columns = [
        Column("picture"),
        Column("category", is_category=True),
        Column("pins", is_number=True, meaning="pins of the picture, on all boards"),
        Column("boards", is_number=True, meaning="boards that have it"),
        Column("importance", is_number=True, meaning="what its pins carry of PageRank; of all pictures it sums to 1"),
    ]
    rows = [
        [
            Cell(one["image_signature"], asked.link("pins", one["image_signature"])),
            *(one[name] for name in ("category", "n_pins", "n_boards", "importance")),
        ]
        for one in pictures[:MOST_ROWS]
    ]
    return Rows("Pictures", columns, rows, len(pictures))


def pins_table(asked: Asked, pins: Sequence[Row], names: Names) -> Rows:
    """Return raw pins, oldest id first; without the column that is the key of the join."""
    there = pins[0] if pins else {}
    columns = [Column("pin"), *(Column(name) for field, name, _ in _PIN_FIELDS if field in there)]
    rows = [
        [
            Cell(pin["pin_id"], words=str(pin["pin_id"])),
            *(_pin_cell(asked, field, path, pin, names) for field, _, path in _PIN_FIELDS if field in there),
        ]
        for pin in pins[:MOST_ROWS]
    ]
    return Rows("Pins", columns, rows, len(pins))


# Fields of a raw pin: name in the row, in the table, and where its values lead to.
_PIN_FIELDS = (
    ("image_signature", "picture", "pins"),
    ("board_id", "board", "boards"),
    ("user_id", "user", "users"),
    ("parent_pin_id", "saved from pin", ""),
    ("created_at", "pinned", ""),
    ("description", "description", ""),
    ("link", "link", ""),
)


def _pin_cell(asked: Asked, field: str, path: str, pin: Row, names: Names) -> object:
    value = pin[field]
    if value is None:
        return None
    if path:
        called = {"boards": names.board, "users": names.user}.get(path, str)(value)
        return Cell(value, asked.link(path, value), called)
    if field == "parent_pin_id":
        return Cell(value, words=str(value))
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        return Cell(value, words=f"{value[:_MOST_TEXT]}… ({len(value):,} characters)")
    return value


def shares_table(title: str, column: str, shares: Sequence[Row]) -> Rows:
    """Return categories with their share or probability."""
    kind = next((name for name in ("share", "probability") if shares and name in shares[0]), "share")
    rows = [[one["category"], Cell(one[kind], words=share(cast("float", one[kind])))] for one in shares]
    return Rows(title, [Column(column), Column(kind, is_number=True)], rows)


def place_facts(row: Row, field: str, n_rows: int, many: str) -> list[tuple[str, object]]:
    """Return what a row's importance is, and where that stands.

    Parameters
    ----------
    row
        With ``rank_order`` (from 1) and ``percentile`` (0 to 1).
    field
        ``page_rank`` or ``importance``, which sum to 1 over all rows.
    n_rows
        Rows of the join.
    many
        What they are, for people.

    Examples
    --------
    >>> row = {"importance": 0.002, "rank_order": 3, "percentile": 0.9996}
    >>> [(name, cell.words) for name, cell in place_facts(row, "importance", 6065, "pictures")]
    [('importance', '0.002'), ('place', '3 of 6,065'), ('no more important', 'over 99.9 % of pictures')]
    """
    value, place = cast("float | None", row[field]), cast("int | None", row["rank_order"])
    percentile = cast("float | None", row["percentile"])
    return [
        (_OF_ALL[field], Cell(value, words=significant(value))),
        ("place", Cell(place, words=f"{number(place)} of {number(n_rows)}")),
        ("no more important", Cell(percentile, words=f"{share(percentile)} of {many}")),
    ]
