"""Which two versions are meant by the words of ``interest-graph diff``.

A version is a date (its newest iteration), a date and an iteration (``2026-11-20/2``), ``newest`` (that is published),
``current`` (what the tiers serve) or ``previous`` (that is published before the other one).
"""

import re
from contextlib import suppress

from storage_tiers.errors import DatasetError, VersionError, VersionNotFoundError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.asked_version import resolve_version
from storage_tiers.versioned.versions import VARIANTS, Variant, Version, published_versions
from workflows.luigi_cfg import SettingsError
from workflows.tiers_in_use import tiers_in_use

_DATED = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})(/(?P<iteration>\d{1,18}))?")
_NEWEST, _CURRENT, _PREVIOUS = "newest", "current", "previous"


def read_dataset(text: str) -> tuple[str, Variant]:
    """Return the dataset and the variant of a word like ``pin_joins`` or ``pin_joins/light``; full by default.

    Raises SettingsError if there is no such variant.
    """
    name, slash, variant = text.partition("/")
    for known in VARIANTS:
        if not slash or variant == known:
            return name, known
    raise SettingsError(f"there is no variant {variant!r}; allowed: {', '.join(VARIANTS)}", where=text)


def asked_versions(output: Root, name: str, variant: Variant, first: str, second: str) -> tuple[Version, Version]:
    """Return the two versions that are meant, in the order in which they were given.

    Raises VersionNotFoundError if one isn't there; VersionError if a text means no version.
    """
    if first == second == _PREVIOUS:
        raise VersionError("previous is what is before the other one; name that one")
    if first == _PREVIOUS:
        other = _asked(output, name, variant, second)
        return _before(output, name, variant, other), other
    one = _asked(output, name, variant, first)
    return one, _before(output, name, variant, one) if second == _PREVIOUS else _asked(output, name, variant, second)


def _asked(output: Root, name: str, variant: Variant, word: str) -> Version:
    if word == _NEWEST:
        return resolve_version(output, name, variant)
    if word == _CURRENT:
        return _serving(output, name)
    dated = _DATED.fullmatch(word)
    if not dated:
        allowed = f"{_NEWEST}, {_CURRENT}, {_PREVIOUS}, a date like 2026-11-20, or with its iteration like 2026-11-20/2"
        raise VersionError(f"{word!r} is no version; allowed: {allowed}")
    return resolve_version(output, name, variant, dated["date"], dated["iteration"])


def _before(output: Root, name: str, variant: Variant, version: Version) -> Version:
    older = [one for one in published_versions(output, name, variant) if one < version]
    if not older:
        problem = f"no version of {name}/{variant} is published before {version}"
        raise VersionNotFoundError(problem, where=str(output), remedy="name another one")
    return older[-1]


def _serving(output: Root, name: str) -> Version:
    """Return what all tiers serve that have the dataset; a server that is down is left out."""
    serving: dict[Version, list[str]] = {}
    for tier in tiers_in_use(output):
        with suppress(DatasetError):
            current = tier.current(name) if name in tier.datasets() else None
            if current:
                serving.setdefault(current, []).append(tier.title)
    if not serving:
        remedy = "load one with interest-graph run, or name a date"
        raise VersionNotFoundError(f"no tier serves {name}", where=str(output), remedy=remedy)
    if len(serving) > 1:
        said = "; ".join(f"{version} in {', '.join(tiers)}" for version, tiers in sorted(serving.items()))
        raise VersionError(f"tiers serve different versions of {name}: {said}", remedy="name one by its date")
    return next(iter(serving))
