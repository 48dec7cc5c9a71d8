"""What a version is made of, as its manifests say: datasets with rows, bytes and digests, parameters, input, checks."""

from collections.abc import Iterator

from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import Plain, bounded
from workflows.settings import SHAPING

MOST_CHECKS = 400
_TABLES = ("pins", "boards", "users")


def made_report(day: DayVersions) -> Plain:
    """Return what is published of a version, from what, and with what."""
    manifests = list(day.manifests.values())
    parameters = {name: one.parameters[name] for one in manifests for name in SHAPING if name in one.parameters}
    return {
        "datasets": [
            {
                "dataset": one.dataset,
                "variant": one.variant,
                "iteration": one.iteration,
                "rows": one.n_rows,
                "bytes": one.n_bytes,
                "parts": len(one.parts),
                "digest": one.digest,
                "made_at": one.created_at.isoformat(),
            }
            for one in manifests
        ],
        "code": sorted({one.code_version for one in manifests}),
        "parameters": dict(sorted(parameters.items())),
        "raw_files": list(_raw_files(day)),
        "unreadable": [bounded(problem) for problem in day.unreadable],
    }


def check_report(day: DayVersions) -> Plain:
    """Return every check that was made of the version before it was published: those that failed first."""
    found: list[Plain] = [
        {
            "dataset": one.dataset,
            "check": bounded(check.name),
            "level": check.level,
            "passed": check.passed,
            "detail": bounded(check.detail),
        }
        for (_, variant), one in day.manifests.items()
        if variant == "full"
        for check in one.checks
    ]
    found.sort(key=lambda one: bool(one["passed"]))  # stable, so by dataset among equals
    n_failed = sum(not one["passed"] for one in found)
    return {"checks": found[:MOST_CHECKS], "n_checks": len(found), "n_failed": n_failed}


def _raw_files(day: DayVersions) -> Iterator[Plain]:
    """Yield the raw tables that the version was read off, each once."""
    told: set[tuple[str, str]] = set()
    for manifest in day.manifests.values():
        for raw in manifest.raw_files:
            if (raw.table, raw.digest) not in told:
                told.add((raw.table, raw.digest))
                yield {"table": raw.table, "files": raw.n_files, "bytes": raw.n_bytes, "digest": raw.digest}
