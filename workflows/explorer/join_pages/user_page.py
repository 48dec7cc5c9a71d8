"""The page of a user: importance, interests, boards, pictures and pins."""

from collections.abc import Sequence
from typing import cast

from starlette.routing import BaseRoute

from storage_tiers.reading import Row
from workflows.catalog import USER_JOINS
from workflows.explorer.join_pages.join_lists import (
    boards_table,
    list_in,
    names_for,
    pictures_table,
    pins_table,
    place_facts,
)
from workflows.explorer.opened_versions import row_of
from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.versions_there import words_of
from workflows.pages.cells import category_cell
from workflows.pages.charts import Axis, Chart, bars


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the page of a user."""
    return page_routes("/users/{key}", "explorer", "user.html", user_page)


def user_page(asked: Asked) -> dict[str, object]:
    """Return all that a UserJoin says, for people."""
    dataset, row = row_of(asked, USER_JOINS.name, asked.path["key"])
    version = dataset.version
    boards, pictures, pins = (list_in(row, name) for name in ("boards", "pin_joins", "pins"))
    names = names_for(asked.output, version, boards, (), pins)
    return {
        "key": row["user_id"],
        "version": words_of(version),
        "name": row["username"],
        "country": row["country"],
        "facts": _facts(row, dataset.n_rows),
        "interests": _interests(list_in(row, "interests")),
        "boards": boards_table(asked, boards, names),
        "pictures": pictures_table(asked, pictures),
        "pins": pins_table(asked, pins, names),
        "row_link": asked.link("datasets", USER_JOINS.name, "keys", row["user_id"]),
    }


def _facts(row: Row, n_rows: int) -> list[tuple[str, object]]:
    return [
        ("strongest interest", category_cell(row["category"])),
        *place_facts(row, "importance", n_rows, "users"),
        ("pins", row["n_pins"]),
        ("of them repins", row["n_repins"]),
        ("boards owned or pinned on", row["n_boards"]),
        ("pictures", row["n_pictures"]),
        ("pins saved from other users", row["n_repins_given"]),
        ("pins other users saved", row["n_repins_received"]),
        ("joined", row["created_at"]),
        ("first pinned", row["first_pinned_at"]),
        ("last pinned", row["last_pinned_at"]),
    ]


def _interests(interests: Sequence[Row]) -> Chart | None:
    """Return the interests as bars; None where there are none."""
    if not interests:
        return None
    shares = [round(100 * cast("float", one["share"]), 2) for one in interests]
    categories = [str(one["category"]) for one in interests]
    caption = "Up to five categories, weighed by the user's pins; the others are not listed."
    axes = Axis("category"), Axis("share of the user's pins", "%")
    return bars("interests", "Interests", caption, *axes, {"share": shares}, categories, lying=True)
