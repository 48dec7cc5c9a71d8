"""The tiers that are in use, opened as the settings say: those on this machine, and those whose server is named."""

from storage_tiers.redis_server import RedisTier
from storage_tiers.registry import ALL_TIERS, open_tier
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier, TierOptions
from workflows.luigi_cfg import SettingsError
from workflows.settings import ADDRESSES, REDIS_PASSWORD_FILE


def opened_tier(name: str, root: str | Root, n_threads: int = 1) -> Tier:
    """Open a tier by its name or its short name, with the address of its server where it has one.

    Raises DatasetError if there is no such tier, SettingsError if its server isn't named.
    """
    tier = open_tier(name, root)
    if not tier.on_server:
        return open_tier(name, root, TierOptions(n_threads))
    setting = ADDRESSES[tier.name]
    if not setting.value():
        raise SettingsError(
            f"the tier {tier.name} is on a server, and [{setting.section}] {setting.name} names none",
            remedy=f"set it in luigi.cfg, or leave the datasets of {tier.name} out",
        )
    password_file = REDIS_PASSWORD_FILE.value() if tier.name == RedisTier.name else ""
    return open_tier(name, root, TierOptions(n_threads, setting.value(), password_file))


def tiers_in_use(root: str | Root) -> list[Tier]:
    """Open every tier on this machine, and those on servers that the settings name."""
    named = (tier.name for tier in ALL_TIERS if not tier.on_server or ADDRESSES[tier.name].value())
    return [opened_tier(name, root) for name in named]
