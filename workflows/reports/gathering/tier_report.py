"""What each tier holds and serves of the datasets of a version, at the time the report is made."""

from collections.abc import Iterator

from storage_tiers.errors import DatasetError
from storage_tiers.tier import Tier, TierVersion
from storage_tiers.versioned.versions import Version
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import Plain, bounded, missing
from workflows.tiers_in_use import tiers_in_use

SERVES, HOLDS, LACKS, UNKNOWN = "serves", "holds", "lacks", "unknown"


def tier_report(day: DayVersions) -> Plain:
    """Return the state of each tier that has any dataset of the version, or could have."""
    found = [state for tier in tiers_in_use(day.root) for state in _states(tier, day)]
    return {"states": found} if found else missing("No dataset is loaded into any tier.")


def _states(tier: Tier, day: DayVersions) -> Iterator[Plain]:
    try:
        names = sorted({name for name, _ in day.manifests} & {*tier.datasets()})
    except DatasetError as error:  # its server is down
        yield _state(tier, "", day.version, UNKNOWN, problem=str(error))
        return
    for name in names:
        manifest = day.manifest(name)
        version = manifest.version if manifest else day.version
        try:
            yield _state_of(tier, name, version)
        except DatasetError as error:
            yield _state(tier, name, version, UNKNOWN, problem=str(error))


def _state_of(tier: Tier, name: str, version: Version) -> Plain:
    if version not in tier.versions(name):
        return _state(tier, name, tier.current(name), LACKS)
    loaded, current = tier.validate(name, version), tier.current(name)
    return _state(tier, name, current, SERVES if current == version else HOLDS, loaded)


def _state(
    tier: Tier, name: str, current: Version | None, state: str, loaded: TierVersion | None = None, problem: str = ""
) -> Plain:
    return {
        "tier": tier.title,
        "dataset": name,
        "state": state,
        "current": str(current) if current else None,
        "rows": loaded.n_rows if loaded else None,
        "bytes": loaded.n_bytes if loaded else None,
        "variant": loaded.variant if loaded else None,
        "loaded_at": loaded.loaded_at.isoformat() if loaded else None,
        "left_out": bounded(str(loaded.trimmed)) if loaded and loaded.trimmed else "",
        "problem": bounded(problem),
    }
