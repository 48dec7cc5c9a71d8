"""Tiers as parameters of tests: each of the registry, with the server that it needs."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from storage_tiers.tier import Tier, TierOptions

IN_MINUTES = ("hbase",)  # tables take a second to be made, and a server ten to start


def params(tiers: Iterable[type[Tier]]) -> list[object]:
    """Return tiers as parameters, those that take long marked slow."""
    slow = pytest.mark.slow
    return [pytest.param(tier, id=tier.name, marks=[slow] if tier.name in IN_MINUTES else []) for tier in tiers]


def opened(request: pytest.FixtureRequest, root: Path) -> Tier:
    """Open the tier of a parameter, in which nothing is; one on a server has a namespace of its own there."""
    address = request.getfixturevalue(f"{request.param.name}_address") if request.param.on_server else ""
    return request.param(root, TierOptions(address=address))
