"""Section ``[tiers]``: which datasets are loaded into which tier."""

from storage_tiers.registry import TIERS
from workflows.catalog import DERIVATIONS
from workflows.parameters import some_of
from workflows.settings.setting import Setting

LOADED = {
    tier.name: Setting(
        tier.name,
        ("pin_joins", "board_joins", "user_joins"),
        some_of(*(spec.name for derivation in DERIVATIONS for spec in derivation.outputs)),
        f"datasets loaded for {tier.title}; empty: none",
        section="tiers",
        allowed_in_short="names of datasets, with a space between them",
        significant=False,
    )
    for tier in TIERS
}
