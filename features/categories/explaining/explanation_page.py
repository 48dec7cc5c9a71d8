"""The explanation of a board's category as a page of plain text: one sentence, then numbers, pictures, boards."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from features.categories.explaining.category_probabilities import CategoryProbabilities
from features.categories.explaining.number_texts import (
    odds_text,
    probability_text,
    share_text,
    signed_text,
)
from joins.shown_text import count_text

if TYPE_CHECKING:
    from features.categories.explaining.explanation import BoardExplanation

SHOWN_PICTURES = 10
SHOWN_CATEGORIES = 5
SHOWN_ELSEWHERE = 3  # boards that vote neither for nor against
LEAST_SHARE = 0.005  # of a vote that is shown


def explanation_text(why: "BoardExplanation") -> str:
    """Return the page for people: lines of text, the first of them the summary; no line break at the end."""
    parts = [[summary(why)], _numbers(why), _categories(why), _pictures(why), _boards(why)]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def summary(why: "BoardExplanation") -> str:
    """Return one sentence: what was decided, how surely, and why."""
    board = f"Board {why.board_id}"
    no_evidence = (
        "no other board with a category shows any of its pictures" if why.n_pictures else "it shows no picture"
    )
    if why.category is None or why.confidence is None:
        return f"{board} stays without category: its owner gave none, and {no_evidence}."
    sure = f"with confidence {_probabilities(why).confidence_text(why.category, why.confidence)}"
    if why.changed:
        decided = f"{board} was filed under {why.owner_category} and is now {why.category}, {sure}"
    elif why.filled:
        decided = f"{board} had no category and is now {why.category}, {sure}"
    else:
        decided = f"{board} stays under {why.category}, as its owner filed it, {sure}"
    if not len(why.pictures):
        return f"{decided}: {no_evidence}, so the label alone decides."
    return f"{decided}{_though(why)}: {_who_voted(why)}."


def _probabilities(why: "BoardExplanation") -> CategoryProbabilities:
    return CategoryProbabilities(why.categories.to_pylist())


def _who_voted(why: "BoardExplanation") -> str:
    n_voting = why.other_boards.n_voting
    voting = f"{count_text(n_voting, 'other board')} {'votes' if n_voting == 1 else 'vote'}"
    return f"{voting} on {len(why.pictures):,} of its {count_text(why.n_pictures, 'picture')}, {_sides(why)}"


def _sides(why: "BoardExplanation") -> str:
    others = why.other_boards
    sides = [f"{others.n_for:,} for {why.category}"]
    if why.rival is not None:
        sides.append(f"{others.n_against:,} for {why.rival}")
    if others.n_elsewhere:
        sides.append(f"{others.n_elsewhere:,} for something else")
    return _listed(sides)


def _though(why: "BoardExplanation") -> str:
    """Name what is more probable than the category that was kept, if anything is."""
    probabilities = _probabilities(why)
    best = probabilities.rows[0]
    if best["category"] != why.category:
        other = f"{best['category']} is more probable ({probabilities.text(best, 'posterior')})"
        if not why.changes_pay:
            return f", though {other}, as changes of these boards do more harm than good, so none is made"
        return f", though {other}, as a change needs {why.min_confidence:g}"
    alone = max(probabilities.rows, key=lambda row: row["evidence"])
    if alone["category"] != why.category:
        return f", though its pictures alone favour {alone['category']} ({probabilities.text(alone, 'evidence')})"
    return ""


def _numbers(why: "BoardExplanation") -> list[str]:
    if why.odds is None or why.rival is None:
        return []
    odds, owner, n_pictures = why.odds, why.owner_category, len(why.pictures)
    of = {row["category"]: row for row in why.categories.to_pylist()}
    one, other = of[why.category], of[why.rival]
    owners = "the owner gave no category"
    if owner is not None:
        owners = (
            f"owners file {probability_text(one['label_likelihood'])} of {why.category} boards "
            f"and {probability_text(other['label_likelihood'])} of {why.rival} boards under {owner}"
        )
    priors = (probability_text(one["prior"]), probability_text(other["prior"]))
    rows = [
        (
            "pictures",
            odds.pictures,
            f"the {count_text(n_pictures, 'picture')} below, added up" if n_pictures else "no evidence",
        ),
        ("bias", odds.bias, "how far pictures in general overstate the one or the other, as fitted"),
        ("prior", odds.prior, f"{priors[0]} of all labels are {why.category}, {priors[1]} are {why.rival}"),
        ("overlap", odds.overlap, "some boards that look like the one category are of the other"),
        ("owner", odds.owner, owners),
        ("together", odds.total, _together(why, odds.total)),
    ]
    rows = [row for row in rows if row[0] != "overlap" or row[1]]
    which = "its owner's label" if why.changed else "the next most probable"
    title = f"Log odds of {why.category} against {why.rival}, {which}; what is above 0 favours {why.category}:"
    return [title, *_table(None, [(name, signed_text(value), meaning) for name, value, meaning in rows], "<><")]


def _together(why: "BoardExplanation", total: float) -> str:
    if math.isfinite(total):
        return f"odds of {odds_text(total)}"
    never = why.rival if total > 0 else why.category
    return f"without end: owners never file {never} boards under {why.owner_category}"


def _categories(why: "BoardExplanation") -> list[str]:
    if why.category is None:
        return []
    named = (why.category, why.owner_category)
    probabilities = _probabilities(why)
    rows = [row for rank, row in enumerate(probabilities.rows) if rank < SHOWN_CATEGORIES or row["category"] in named]
    voted = "their owners' labels"
    if why.pass_kept > 1:
        voted = "what pass 1 finds for them while the labels of this owner, and of a quarter of all owners, are hidden"
    decided = f"Pass {why.pass_kept} decided, in which other boards voted with {voted}"
    needed = "" if why.owner_category is None else f"; a change needs {why.min_confidence:g}"
    lines = [f"{decided}{needed}.", *([] if why.trial is None else [f"Trial of a second pass: {why.trial}."])]
    columns = {"prior": "prior", "evidence": "with pictures", "posterior": "posterior"}
    if why.owner_category is not None:
        columns = {
            "prior": "prior",
            "evidence": "with pictures",
            "label_likelihood": "owners file",
            "posterior": "posterior",
        }
        lines.append(f"Posterior = with pictures x what owners file under {why.owner_category}, made to add up to 1:")
    cells = [(row["category"], *(probabilities.text(row, name) for name in columns)) for row in rows]
    more = len(why.categories) - len(rows)
    lines += _table(("category", *columns.values()), cells, "<" + ">" * len(columns))
    return [*lines, *([f"  and {more:,} less probable"] if more else [])]


def _pictures(why: "BoardExplanation") -> list[str]:
    if not len(why.pictures):
        return []
    scores = why.pictures["score"].to_pylist()
    title = f"Pictures that other boards vote on: {len(scores):,} of {why.n_pictures:,}"
    if why.rival is not None:
        up, down = [score for score in scores if score > 0], [score for score in scores if score < 0]
        title += f"; {len(up):,} for {why.category} ({signed_text(math.fsum(up))})"
        title += f", {len(down):,} for {why.rival} ({signed_text(math.fsum(down))})"
    title += f". The strongest {SHOWN_PICTURES}:" if len(scores) > SHOWN_PICTURES else ":"
    sides = ((str(why.category), "share"), *([(why.rival, "rival_share")] if why.rival is not None else []))
    cells = [
        (
            *(
                signed_text(row["score"]),
                f"{row['n_voters']:,.2f}".rstrip("0").rstrip("."),
                str(row["image_signature"]),
            ),
            *(share_text(row[name]) for _, name in sides),
            _shares(row["votes"]),
        )
        for row in why.pictures.slice(0, SHOWN_PICTURES).to_pylist()
    ]
    header = ("score", "voters", "picture", *(category for category, _ in sides), "largest shares of votes")
    return [title, *_table(header, cells, ">><" + ">" * len(sides) + "<")]


def _boards(why: "BoardExplanation") -> list[str]:
    others = why.other_boards
    have = "has" if others.n_without_vote == 1 else "have"
    left_out = f"{others.n_without_vote:,} that {have} no category, {others.n_same_owner:,} of the same owner"
    lines = [f"Boards that share pictures and don't vote: {left_out}."]
    if len(why.boards):
        own = (
            f"; {others.n_own_votes:,} of them of the same owner, which count less the more they copy each other"
            if others.n_own_votes
            else ""
        )
        lines.append(f"Boards that vote: {_sides(why)}{own}. Those that share most pictures:")
        rows = why.boards.to_pylist()
        elsewhere = [row for row in rows if row["side"] == "elsewhere"][SHOWN_ELSEWHERE:]
        cells = [
            (row["side"], f"{row['n_shared']:,}", str(row["board_id"]), _shares(row["votes"]))
            for row in rows
            if row not in elsewhere
        ]
        lines += _table(("side", "shared", "board", "its vote"), cells, "<><<")
    return lines


def _voters(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")  # a copy is less than one


def _shares(shares: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{entry['category']} {share_text(entry['share'])}" for entry in shares if entry["share"] >= LEAST_SHARE
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _table(header: tuple[str, ...] | None, rows: Sequence[tuple[str, ...]], sides: str) -> list[str]:
    """Align cells in columns, each to the side given by ``<`` or ``>``."""
    every = [*([header] if header else []), *rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    return [
        "  " + "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in every
    ]
