"""The catalog as plain values: what pages show, what is searched, and what other programs are told.

Nothing here reads anything, and nothing here knows the time: whether a dataset is fresh was judged when the catalog was
made (`workflows.data_catalog.quality`).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from storage_tiers.versioned.manifest import Check
from storage_tiers.versioned.versions import Variant, Version

How = Literal["taken over", "computed"]
Tier = Literal["gold", "silver", "bronze", "none"]

RAW = "input/"  # in front of the name of a raw table: no dataset has a slash in its name


@dataclass(frozen=True, slots=True, order=True)
class FieldOrigin:
    """A field that another one is made from."""

    dataset: str  # or a raw table: ``input/pins``
    path: str
    how: How = "computed"

    def __str__(self) -> str:
        return f"{self.dataset}.{self.path}"


@dataclass(frozen=True, slots=True)
class CatalogField:
    """A field at any depth, named by its path: ``terms.term``."""

    path: str
    type: str
    is_nullable: bool
    is_key: bool = False
    is_unset_in_light: bool = False
    unit: str = ""
    meaning: str = ""
    source: str = ""
    terms: tuple[str, ...] = ()  # of the glossary
    origins: tuple[FieldOrigin, ...] = ()
    n_queries: int = 0  # of the SQL box that read it

    @property
    def depth(self) -> int:
        """How many structs it lies in."""
        return self.path.count(".")


@dataclass(frozen=True, slots=True)
class PublishedVariant:
    """The newest version of a variant, and how many there are; ``problem`` says why it can't be read."""

    variant: Variant
    n_versions: int
    newest: Version
    n_rows: int | None = None
    n_bytes: int | None = None
    n_files: int | None = None
    published_at: dt.datetime | None = None
    digest: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the rules that a tier of quality stands on, and what was seen."""

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a dataset can be relied on, by rules that are said."""

    tier: Tier
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a dataset is, and what part of the whole it belongs to."""

    owner: str
    domain: str


@dataclass(frozen=True, slots=True)
class CatalogDataset:
    """A dataset: one that this version of ours declares, published or not, or one that was found beside these."""

    name: str
    meaning: str
    key: str
    key_is_unique: bool
    fields: tuple[CatalogField, ...]
    ownership: Ownership
    quality: Quality
    is_declared: bool = True  # in the table of this version of ours
    made: str = ""  # once, every iteration, ...
    task: str = ""
    published: tuple[PublishedVariant, ...] = ()
    checks: tuple[Check, ...] = ()  # of the newest version
    made_from: tuple[str, ...] = ()  # datasets and raw tables
    used_by: tuple[str, ...] = ()
    n_queries: int = 0
    last_query_at: dt.datetime | None = None

    @property
    def newest(self) -> PublishedVariant | None:
        """The full variant where there is one; None where nothing is published."""
        return self.published[0] if self.published else None

    @property
    def n_documented(self) -> int:
        """Fields, at every depth, that say what they mean."""
        return sum(1 for field_ in self.fields if field_.meaning)

    def field_at(self, path: str) -> CatalogField | None:
        """Return the field of a path; None where there is none."""
        return next((one for one in self.fields if one.path == path), None)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that people use for what some fields hold; ``fields`` are written ``dataset.path``."""

    name: str
    meaning: str
    fields: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # other words for it
    glossary: str = ""  # the file that it stands in; empty: ours


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of the whole that datasets belong to."""

    name: str
    meaning: str
    owner: str
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """All there is to look at under an output folder."""

    output: str
    datasets: tuple[CatalogDataset, ...]
    terms: tuple[Term, ...] = ()
    domains: tuple[Domain, ...] = ()
    fresh_within_h: float = 0.0
    problems: tuple[str, ...] = ()  # what is missing, a line each
    schema_version: int = 1
    raw_tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names of their fields

    def dataset(self, name: str) -> CatalogDataset | None:
        """Return the dataset of a name; None where there is none."""
        return next((one for one in self.datasets if one.name == name), None)
