"""Section ``[tiers]``: which datasets are placed in which tier, under which budget, and where the servers are."""

from collections import Counter
from difflib import get_close_matches

from storage_tiers.budget import OnOverBudget
from storage_tiers.placement import Placement, read_placement
from storage_tiers.registry import ALL_TIERS, SERVER_TIERS
from storage_tiers.tier import Tier
from storage_tiers.versioned.versions import Variant
from workflows.catalog import DERIVATIONS
from workflows.parameters import TEXT, WITHOUT_SECRETS, Allowed, NotAllowedError, one_of
from workflows.settings.setting import Setting

_NAMES = tuple(spec.name for derivation in DERIVATIONS for spec in derivation.outputs)
_WITH_LIGHT = {spec.name for derivation in DERIVATIONS if derivation.has_light for spec in derivation.outputs}
_JOINS = tuple(map(Placement, ("pin_joins", "board_joins", "user_joins")))


def _read_placements(text: str) -> tuple[Placement, ...]:
    placed = tuple(dict.fromkeys(map(_read_word, text.split())))
    twice = [name for name, times in Counter(one.dataset for one in placed).items() if times > 1]
    if twice:
        raise NotAllowedError(f"{twice[0]} is there twice")
    return placed


def _read_word(word: str) -> Placement:
    try:
        placement = read_placement(word)
    except ValueError:
        raise NotAllowedError(f"{word!r} is no such word, or has a budget of nothing") from None
    if placement.dataset not in _NAMES:
        near = get_close_matches(placement.dataset, _NAMES, n=1)
        meant = f", did you mean {near[0]}?" if near else ""
        raise NotAllowedError(f"there is no dataset {placement.dataset!r}{meant}")
    return placement


def _placements(tier: type[Tier]) -> Allowed[tuple[Placement, ...]]:
    """Allow datasets, with variants and budgets where the tier has rows of its own: others read what is published."""
    datasets = f", each dataset once; datasets: {', '.join(_NAMES)}"
    if tier.copies:
        words = "words like pin_joins, pin_joins/full or pin_joins/light:500MB (B, kB, MB, GB, TB)"
        return Allowed(_read_placements, words + datasets)

    def read(text: str) -> tuple[Placement, ...]:
        placed = _read_placements(text)
        for one in placed:
            if one.budget_bytes is not None or one.variant not in (None, _read_by(tier, one)):
                raise NotAllowedError(f"{one} has a budget, or is of another variant")
        return placed

    words = (
        f"names of datasets like pin_joins, without a budget, as {tier.title} reads the published {tier.variant} files"
    )
    return Allowed(read, words + datasets)


def _read_by(tier: type[Tier], placement: Placement) -> Variant:
    """Return the variant that a tier over the published files reads of a dataset."""
    return tier.variant if placement.dataset in _WITH_LIGHT else "full"


LOADED = {
    tier.name: Setting(
        tier.name,
        () if tier.on_server else _JOINS,
        _placements(tier),
        f"datasets loaded for {tier.title}; empty: none",
        section="tiers",
        allowed_in_short="names of datasets, with a space between them"
        + ("; DATASET/full, DATASET/light:500MB" if tier.copies else ""),
        significant=False,
    )
    for tier in ALL_TIERS
}

ADDRESSES = {
    tier.name: Setting(
        f"{tier.name}_address",
        "",
        WITHOUT_SECRETS,
        f"where the server of {tier.title} is, without a password; empty: it isn't used",
        section="tiers",
        significant=False,
    )
    for tier in SERVER_TIERS
}

ON_OVER_BUDGET: Setting[OnOverBudget] = Setting(
    "on_over_budget",
    "trim",
    one_of("trim", "fail"),
    "what becomes of a dataset that is larger than its budget: its most important rows are loaded, or none",
    section="tiers",
    significant=False,
)

REDIS_PASSWORD_FILE = Setting(
    "redis_password_file",
    "",
    TEXT,
    "file whose first line is the password of the Redis server; empty: the variable REDIS_PASSWORD has it, if any",
    section="tiers",
    significant=False,
)
