"""Why a board has its category: what ``interest-graph explain`` says, as tables that lead to pictures and boards."""

from collections.abc import Sequence
from typing import cast

from starlette.routing import BaseRoute

from features.categories.explaining.explanation import BoardExplanation, LogOdds
from storage_tiers.errors import VersionNotFoundError
from storage_tiers.reading import Row
from storage_tiers.versioned.versions import Version
from workflows.catalog import BOARD_CATEGORIES, BOARD_JOINS
from workflows.commands.outputs.explain import explained_board, not_explained
from workflows.explorer.opened_versions import names_of
from workflows.explorer.page_routes import Asked, NoSuchPageError, page_routes
from workflows.explorer.versions_there import asked_version, gone_version, words_of
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.charts import Axis, Chart, bars
from workflows.pages.words import share

_MOST_ROWS = 30
_ODDS = {
    "pictures": "its pictures",
    "bias": "bias of pictures",
    "prior": "frequency of both",
    "overlap": "overlap of categories",
    "owner": "the owner's label",
}


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the evidence for a board's category."""
    return page_routes("/boards/{key}/evidence", "explorer", "evidence.html", evidence_page)


def evidence_page(asked: Asked) -> dict[str, object]:
    """Return the explanation of a board's category."""
    key = asked.path["key"]
    try:
        version, why = explained_board(asked.output, "board", key, *asked_version(asked))
    except VersionNotFoundError as error:
        raise gone_version(asked, BOARD_CATEGORIES.name, error) from error
    if why is None:
        raise NoSuchPageError(not_explained(key, version), links=[Cell("Search for it", asked.link("search", q=key))])
    return {
        "key": why.board_id,
        "version": words_of(version),
        "board_link": asked.link("boards", why.board_id),
        "summary": why.summary,
        "category": why.category,
        "rival": why.rival,
        "odds": _odds(why, why.odds) if why.odds else None,
        "categories": _categories(why),
        "pictures": _pictures(asked, why),
        "boards": _boards(asked, why, version),
        "counts": _counts(why),
    }


def _odds(why: BoardExplanation, odds: LogOdds) -> Chart:
    parts = [(name, getattr(odds, field)) for field, name in _ODDS.items()]
    named = [*parts, ("together", odds.total)]
    title = f"What speaks for {why.category} and against {why.rival}"
    caption = f"Bars to the right speak for {why.category}, bars to the left for {why.rival}; they add up."
    axes = Axis("what"), Axis("adds to the log odds")
    return bars(
        "odds",
        title,
        caption,
        *axes,
        {"log odds": [value for _, value in named]},
        [name for name, _ in named],
        lying=True,
    )


def _categories(why: BoardExplanation) -> Rows:
    columns = [
        Column("category"),
        Column("of all labels", is_number=True, meaning="its share of all owners' labels"),
        Column("by its pictures", is_number=True, meaning="probability without the owner's label"),
        Column("together", is_number=True, meaning="probability with the owner's label"),
    ]
    shown = cast("list[Row]", why.categories.slice(0, _MOST_ROWS).to_pylist())
    rows = [
        [
            one["category"],
            *(Cell(one[name], words=share(cast("float", one[name]))) for name in ("prior", "evidence", "posterior")),
        ]
        for one in shown
    ]
    return Rows("Probability of each category", columns, rows, len(why.categories))


def _pictures(asked: Asked, why: BoardExplanation) -> Rows:
    columns = [
        Column("picture"),
        Column("boards that vote", is_number=True),
        Column("their votes"),
        Column("adds to the log odds", is_number=True, meaning="above 0 it speaks for the category"),
    ]
    shown = cast("list[Row]", why.pictures.slice(0, _MOST_ROWS).to_pylist())
    rows = [
        [
            Cell(one["image_signature"], asked.link("pins", one["image_signature"])),
            Cell(one["n_voters"], words=f"{one['n_voters']:,.4g}"),
            _votes(cast("list[Row]", one["votes"])),
            one["score"],
        ]
        for one in shown
    ]
    return Rows("What its pictures say", columns, rows, len(why.pictures))


def _boards(asked: Asked, why: BoardExplanation, version: Version) -> Rows:
    columns = [Column("board"), Column("votes"), Column("for what"), Column("pictures they share", is_number=True)]
    listed = cast("list[Row]", why.boards.to_pylist())
    names = names_of(asked.output, BOARD_JOINS.name, version, [one["board_id"] for one in listed])
    sides = {"for": f"for {why.category}", "against": f"for {why.rival}", "elsewhere": "for something else"}
    rows = [
        [
            Cell(names.get(one["board_id"]) or f"board {one['board_id']}", asked.link("boards", one["board_id"])),
            sides.get(str(one["side"]), one["side"]),
            _votes(cast("list[Row]", one["votes"])),
            one["n_shared"],
        ]
        for one in listed
    ]
    return Rows("Other boards that show its pictures", columns, rows, why.other_boards.n_voting)


def _votes(votes: Sequence[Row]) -> str:
    return ", ".join(f"{one['category']} {share(cast('float', one['share']))}" for one in votes)


def _counts(why: BoardExplanation) -> list[tuple[str, object]]:
    others = why.other_boards
    return [
        (f"boards for {why.category}", others.n_for),
        (f"boards for {why.rival}", others.n_against),
        ("boards for something else", others.n_elsewhere),
        ("boards without a vote", others.n_without_vote),
        ("left out, as of the same owner", others.n_same_owner),
        ("pictures on the board", why.n_pictures),
        ("a change needs", Cell(why.min_confidence, words=share(why.min_confidence))),
    ]
