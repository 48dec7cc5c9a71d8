"""The page of a picture: itself where its file is at hand, its boards and users, its pins, its repin chains drawn."""

from collections.abc import Mapping, Sequence
from typing import cast

from starlette.routing import BaseRoute

from storage_tiers.reading import Row
from workflows.catalog import PIN_JOINS
from workflows.explorer.drawings.drawing import Drawing
from workflows.explorer.drawings.repin_chain import ChainPin, draw_chain
from workflows.explorer.join_pages.join_lists import (
    Names,
    boards_table,
    list_in,
    names_for,
    pins_table,
    place_facts,
    shares_table,
    users_table,
)
from workflows.explorer.opened_versions import row_of
from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.versions_there import words_of
from workflows.pages.cells import Cell, Column, Rows, category_cell
from workflows.pages.words import moment

_MOST_CHAINS = 3


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the page of a picture."""
    return page_routes("/pins/{key:path}", "explorer", "pin.html", pin_page)


def pin_page(asked: Asked) -> dict[str, object]:
    """Return all that a PinJoin says, for people."""
    dataset, row = row_of(asked, PIN_JOINS.name, asked.path["key"])
    signature, version = row["image_signature"], dataset.version
    boards, users, pins = (list_in(row, name) for name in ("boards", "users", "pins"))
    names = names_for(asked.output, version, boards, users, pins)
    has_picture = bool(asked.input) and any(pin["image"] for pin in pins)
    return {
        "key": signature,
        "version": words_of(version),
        "picture": asked.link("pictures", signature) if has_picture else "",
        "link": row["canonical_link"],
        "facts": _facts(row, dataset.n_rows),
        "categories": shares_table("Categories of its boards", "category", list_in(row, "categories")),
        "terms": _terms(asked, list_in(row, "terms")),
        "chains": _chains(asked, list_in(row, "repin_chains"), pins, names),
        "n_chains": len(list_in(row, "repin_chains")),
        "boards": boards_table(asked, boards, names),
        "users": users_table(asked, users, names),
        "pins": pins_table(asked, pins, names),
        "row_link": asked.link("datasets", PIN_JOINS.name, "keys", signature),
    }


def _facts(row: Row, n_rows: int) -> list[tuple[str, object]]:
    return [
        ("category", category_cell(row["category"])),
        *place_facts(row, "importance", n_rows, "pictures"),
        ("pins", row["n_pins"]),
        ("of them repins", row["n_repins"]),
        ("boards", row["n_boards"]),
        ("users", row["n_users"]),
        ("first pinned", row["first_pinned_at"]),
        ("last pinned", row["last_pinned_at"]),
        ("canonical pin", Cell(row["canonical_pin_id"], words=str(row["canonical_pin_id"]))),
    ]


def _terms(asked: Asked, terms: Sequence[Row]) -> Rows:
    rows = [[Cell(one["term"], asked.link("search", q=one["term"])), one["n_pins"]] for one in terms]
    return Rows("Words of its descriptions", [Column("term"), Column("pins", is_number=True)], rows)


def _chains(asked: Asked, chains: Sequence[Row], pins: Sequence[Row], names: Names) -> list[Drawing]:
    """Draw the largest chains."""
    said = {cast("int", pin["pin_id"]): _chain_pin(asked, pin, names) for pin in pins}
    return [_chain(one, said) for one in chains[:_MOST_CHAINS]]


def _chain(chain: Row, said: Mapping[int, ChainPin]) -> Drawing:
    edges = [(cast("int", one["pin_id"]), cast("int", one["parent_pin_id"])) for one in list_in(chain, "edges")]
    return draw_chain(cast("int", chain["root_pin_id"]), edges, said)


def _chain_pin(asked: Asked, pin: Row, names: Names) -> ChainPin:
    when = f", {moment(pin['created_at'])}" if pin["created_at"] else ""  # type: ignore[arg-type]
    says = f"pin {pin['pin_id']} on {names.board(pin['board_id'])} by {names.user(pin['user_id'])}{when}"
    return ChainPin(says, asked.link("boards", pin["board_id"]))
