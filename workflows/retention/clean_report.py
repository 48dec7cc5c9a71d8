"""What a clean says: what it removed, why all else that it looked at stays, and the bytes that are free again."""

from collections.abc import Iterable, Iterator, Sequence

from joins.shown_text import count_text, shown
from storage_tiers.registry import open_tier
from storage_tiers.versioned.versions import Version
from workflows.retention.cleaning import Cleaned

_MB = 1e6


def lines_of_clean(cleaned: Cleaned) -> Iterator[str]:
    """Yield what was removed or would be, what stays and why, and the bytes."""
    plan, verb = cleaned.plan, "removed" if cleaned.is_done else "to be removed"
    if plan.dates:
        first, last = plan.dates[0], plan.dates[-1]
        span = f"{first}" if first == last else f"{first} to {last}"
        datasets = count_text(len({one.dataset for one in plan.removed}), "dataset")
        n_loaded = sum(len(versions) for names in plan.loaded.values() for versions in names.values())
        published = count_text(len(plan.removed), "version")
        yield f"{verb}: {count_text(len(plan.dates), 'date')}, {span}: {published} of {datasets}, {n_loaded:,} in tiers"
        yield from _removed_versions(cleaned)
    else:
        yield f"nothing is {plan.rule.beyond} that may go"
    if plan.reports:
        yield f"{verb}: {count_text(len(plan.reports), 'report')} of versions that are gone, in _reports"
    if cleaned.n_abandoned:
        yield f"{verb}: {count_text(cleaned.n_abandoned, 'folder')} that died runs left in _staging"
    for why, kept in plan.kept.items():
        yield f"kept: {_versions([one.dataset for one in kept])}; {why}"
    for (tier, why), loaded in plan.kept_loaded.items():
        yield f"kept in {tier}: {_versions([name for name, _ in loaded])}; {why}"
    if plan.n_within:
        yield f"kept: {count_text(plan.n_within, 'version')} {plan.rule.within}"
    freed = "freed" if cleaned.is_done else "would be free; nothing was changed"
    yield f"{cleaned.n_bytes / _MB:,.1f} MB {freed}"


def _removed_versions(cleaned: Cleaned) -> Iterator[str]:
    """Yield a line for all datasets of which the same versions go, and for those of each tier."""
    published: dict[str, set[Version]] = {}
    for one in cleaned.plan.removed:
        published.setdefault(one.dataset, set()).add(one.version)
    yield from (f"  {line}" for line in _by_versions(published))
    for tier_name, names in cleaned.plan.loaded.items():
        for line in _by_versions({name: {*versions} for name, versions in names.items() if versions}):
            yield f"  in {open_tier(tier_name, '.').title}: {line}"


def _by_versions(of_datasets: dict[str, set[Version]]) -> Iterator[str]:
    together: dict[tuple[Version, ...], list[str]] = {}
    for name, versions in sorted(of_datasets.items()):
        together.setdefault(tuple(sorted(versions)), []).append(shown(name))
    for ordered, names in together.items():
        yield f"{', '.join(names)}: {_span(ordered)}"


def _span(versions: Sequence[Version]) -> str:
    first, last = (f"{version.date} {version.iteration}" for version in (versions[0], versions[-1]))
    return first if first == last else f"{first} to {last}, {len(versions):,} versions each"


def _versions(datasets: Iterable[str]) -> str:
    """Return how many versions, and of which datasets; there is one entry a version."""
    of = list(datasets)
    first, *others = sorted(set(of))
    names = shown(first) + (f" and {count_text(len(others), 'other dataset')}" if others else "")
    return f"{count_text(len(of), 'version')} ({names})"
