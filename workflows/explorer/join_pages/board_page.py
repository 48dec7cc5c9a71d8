"""The page of a board: rank, category, pictures, users and pins; its neighbours and its evidence come by themselves."""

from collections.abc import Sequence
from typing import cast

from starlette.routing import BaseRoute

from storage_tiers.reading import Row
from workflows.catalog import BOARD_JOINS
from workflows.explorer.join_pages.join_lists import (
    list_in,
    names_for,
    pictures_table,
    pins_table,
    place_facts,
    shares_table,
    users_table,
)
from workflows.explorer.opened_versions import row_of
from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.versions_there import words_of
from workflows.pages.cells import Cell
from workflows.pages.words import share

_MOST_PICTURES = 12


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the page of a board."""
    return page_routes("/boards/{key}", "explorer", "board.html", board_page)


def board_page(asked: Asked) -> dict[str, object]:
    """Return all that a BoardJoin says, for people."""
    dataset, row = row_of(asked, BOARD_JOINS.name, asked.path["key"])
    board_id, version = row["board_id"], dataset.version
    pictures, users, pins = (list_in(row, name) for name in ("pin_joins", "users", "pins"))
    owner = [{"user_id": row["user_id"]}] if row["user_id"] is not None else []
    names = names_for(asked.output, version, (), [*owner, *users], pins)
    return {
        "key": board_id,
        "version": words_of(version),
        "name": row["name"],
        "description": row["description"],
        "owner": Cell(row["user_id"], asked.link("users", row["user_id"]), names.user(row["user_id"]))
        if owner
        else None,
        "facts": _facts(row, dataset.n_rows),
        "category": _category(row),
        "categories": shares_table("Most probable categories", "category", list_in(row, "categories")),
        "pictures": pictures_table(asked, pictures),
        "strip": _strip(asked, pins),
        "users": users_table(asked, users, names),
        "pins": pins_table(asked, pins, names),
        "neighbours_link": asked.link("boards", board_id, "neighbours"),
        "evidence_link": asked.link("boards", board_id, "evidence"),
        "row_link": asked.link("datasets", BOARD_JOINS.name, "keys", board_id),
    }


def _facts(row: Row, n_rows: int) -> list[tuple[str, object]]:
    return [
        *place_facts(row, "page_rank", n_rows, "boards"),
        ("pins", row["n_pins"]),
        ("of them repins", row["n_repins"]),
        ("pictures", row["n_pictures"]),
        ("users who pinned", row["n_users"]),
        ("pins saved from other boards", row["n_repins_given"]),
        ("pins other boards saved from it", row["n_repins_received"]),
        ("made", row["created_at"]),
        ("first pinned", row["first_pinned_at"]),
        ("last pinned", row["last_pinned_at"]),
    ]


def _category(row: Row) -> dict[str, object]:
    """Return the category, the owner's, how sure it is, and what was done, in one sentence."""
    owner, category = row["owner_category"], row["category"]
    sure = share(cast("float | None", row["category_confidence"]))
    if category is None:
        says = "No category: the owner gave none, and nothing was learned from its pictures."
    elif row["category_changed"]:
        says = f"Changed from {owner}, the owner's, to {category}; {sure} sure."
    elif row["category_filled"]:
        says = f"Filled with {category}, as the owner gave none; {sure} sure."
    else:
        says = f"{category}, as the owner filed it; {sure} sure."
    return {
        "owner": owner,
        "category": category,
        "confidence": row["category_confidence"],
        "changed": row["category_changed"],
        "filled": row["category_filled"],
        "says": says,
    }


def _strip(asked: Asked, pins: Sequence[Row]) -> list[Cell]:
    """Return the first pictures whose pins name a file."""
    if not asked.input:
        return []
    signatures = dict.fromkeys(pin["image_signature"] for pin in pins if pin["image"])
    return [
        Cell(asked.link("pictures", one), asked.link("pins", one), str(one))
        for one in list(signatures)[:_MOST_PICTURES]
    ]
