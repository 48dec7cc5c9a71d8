"""Whose a dataset is, and what part of the whole it belongs to: ``owners.toml``, ours and that of a team.

A team's file goes before ours: a dataset that it names belongs to its domain, and a domain of the same name is what the
team says of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from workflows.data_catalog.catalog_model import Domain, Ownership
from workflows.data_catalog.words.team_files import read_rows

OURS = Path(__file__).with_name("owners.toml")
NOBODY = Ownership("", "")


class DomainRow(msgspec.Struct, forbid_unknown_fields=True):
    """A row of the file."""

    domain: str
    meaning: str
    owner: str
    datasets: tuple[str, ...] = ()


def read_domains(path: Path) -> list[Domain]:
    """Return the domains of a file; one that isn't there has none.

    Raises CatalogError as `read_rows` does.
    """
    rows = read_rows(path, "domains", DomainRow)
    return [Domain(row.domain, row.meaning, row.owner, tuple(dict.fromkeys(row.datasets))) for row in rows]


def merged_domains(ours: Iterable[Domain], theirs: Sequence[Domain]) -> tuple[Domain, ...]:
    """Return the domains of both, theirs where both speak of one, each dataset in one domain alone.

    Examples
    --------
    >>> ours = [Domain("joins", "wide", "discovery", ("pin_joins", "user_joins"))]
    >>> theirs = [Domain("people", "who", "growth", ("user_joins",))]
    >>> [(one.name, one.datasets) for one in merged_domains(ours, theirs)]
    [('joins', ('pin_joins',)), ('people', ('user_joins',))]
    """
    taken = {name for domain in theirs for name in domain.datasets}
    domains = {
        one.name: replace(one, datasets=tuple(name for name in one.datasets if name not in taken)) for one in ours
    }
    for domain in theirs:
        kept = domains[domain.name].datasets if domain.name in domains else ()
        domains[domain.name] = replace(domain, datasets=(*kept, *domain.datasets))
    return tuple(domains.values())


def ownership_of(dataset: str, domains: Iterable[Domain]) -> Ownership:
    """Return whose a dataset is; nobody's where no domain names it."""
    found = (Ownership(domain.owner, domain.name) for domain in domains if dataset in domain.datasets)
    return next(found, NOBODY)


def unknown_datasets(domains: Iterable[Domain], known: Iterable[str]) -> list[str]:
    """Return a line for each dataset that a domain names and nobody knows."""
    there = set(known)
    return [
        f"owners.toml: domain {domain.name!r} names the dataset {name!r}, which there isn't"
        for domain in domains
        for name in domain.datasets
        if name not in there
    ]
