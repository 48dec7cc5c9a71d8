"""How far a dataset can be relied on: gold, silver, bronze, by rules that anybody can look after.

* **bronze**: it is published, and its newest version can be read;
* **silver**: besides, its checks pass, warnings among them, and it is documented: it says what it holds, and every
  field, at every depth, says what it means;
* **gold**: besides, it is fresh: its newest version was published within the hours of ``[monitoring] fresh_within_h``.
  What is made once on request is fresh whenever that was.
"""

import datetime as dt
from collections.abc import Sequence

from storage_tiers.versioned.manifest import Check
from workflows.data_catalog.catalog_model import CatalogField, PublishedVariant, Quality, Rule, Tier

# What each tier stands on, in the words of pages and exports.
RULES = {
    "published": "it is published, and its newest version can be read",
    "checks pass": "every check of the newest version passed, those that only warn among them",
    "documented": "it says what it holds, and every field says what it means",
    "fresh": "the newest version was published not longer ago than [monitoring] fresh_within_h, or is made on request",
}
NEEDED: dict[Tier, tuple[str, ...]] = {
    "gold": ("published", "checks pass", "documented", "fresh"),
    "silver": ("published", "checks pass", "documented"),
    "bronze": ("published",),
    "none": (),
}


def quality_of(
    newest: PublishedVariant | None,
    checks: Sequence[Check],
    meaning: str,
    fields: Sequence[CatalogField],
    fresh_after: dt.datetime | None,
) -> Quality:
    """Judge a dataset by its newest version.

    Parameters
    ----------
    newest
        The version, None where nothing is published.
    checks
        What was checked before it was published.
    meaning, fields
        What is said of the dataset and of its fields.
    fresh_after
        When it must have been published to be fresh; None: whenever that was.

    Examples
    --------
    >>> quality_of(None, (), "All pins.", (), None).tier
    'none'
    """
    rules = (_published(newest), _checked(checks), _documented(meaning, fields), _fresh(newest, fresh_after))
    holding = {rule.name for rule in rules if rule.holds}
    return Quality(next(tier for tier, needed in NEEDED.items() if holding.issuperset(needed)), rules)


def _published(newest: PublishedVariant | None) -> Rule:
    if newest is None:
        return Rule("published", False, "nothing is published")
    return Rule("published", not newest.problem, newest.problem or f"{newest.newest}, {newest.variant}")


def _checked(checks: Sequence[Check]) -> Rule:
    failed = [check for check in checks if not check.passed]
    if not checks:
        return Rule("checks pass", False, "no check is recorded")
    if failed:
        return Rule(
            "checks pass", False, f"{len(failed)} of {len(checks)} failed; {failed[0].name}: {failed[0].detail}"
        )
    return Rule("checks pass", True, f"{len(checks)} of {len(checks)}")


def _documented(meaning: str, fields: Sequence[CatalogField]) -> Rule:
    silent = [one.path for one in fields if not one.meaning]
    said = f"{len(fields) - len(silent)} of {len(fields)} fields say what they mean"
    said += f"; the first that doesn't: {silent[0]}" if silent else ""
    said += "" if meaning else "; nothing says what the dataset holds"
    return Rule("documented", bool(meaning and fields) and not silent, said)


def _fresh(newest: PublishedVariant | None, fresh_after: dt.datetime | None) -> Rule:
    if newest is None or newest.published_at is None:
        return Rule("fresh", False, "nothing is published" if newest is None else "nobody knows when it was published")
    at = f"published {newest.published_at:%Y-%m-%d %H:%M} UTC"
    if fresh_after is None:
        return Rule("fresh", True, f"{at}; it is made on request")
    return Rule("fresh", newest.published_at >= fresh_after, at)
