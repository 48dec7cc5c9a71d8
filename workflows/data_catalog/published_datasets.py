"""What lies under an output folder, for the catalog: the newest version of each dataset, read off its manifest.

The manifest says what is published; where its fields are not those that this version of ours declares, the footer of
one part says what their types are. No row is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from joins.arrow.fields import with_meanings
from storage_tiers.bounded_files import UNREADABLE
from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import open_version
from storage_tiers.versioned.manifest import Manifest
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import VARIANTS, Variant, VersionPlace, described_names, listed_versions
from workflows.data_catalog.catalog_model import PublishedVariant


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset as it lies there: its variants, full before light, and the newest manifest that can be read."""

    name: str
    published: tuple[PublishedVariant, ...] = ()
    manifest: Manifest | None = None
    schema: pa.Schema | None = None  # with what its fields mean; None where nothing can be read

    def problems(self) -> Iterator[str]:
        """Yield a line for each variant that can't be read."""
        for one in self.published:
            if one.problem:
                yield one.problem


def found_under(root: Root, declared: dict[str, DatasetSpec]) -> dict[str, Found]:
    """Return what is published of each dataset, whether this version of ours declares it or not, by name."""
    return {name: _found(root, name, declared.get(name)) for name in described_names(root)}


def _found(root: Root, name: str, spec: DatasetSpec | None) -> Found:
    published, manifest, schema = list[PublishedVariant](), None, None
    for variant in VARIANTS:
        there = listed_versions(root, name, variant).there
        if there:
            place = VersionPlace(root, name, variant, there[-1])
            one, its_manifest = _newest(place, len(there))
            published.append(one)
            if manifest is None and its_manifest:
                manifest, schema = its_manifest, _schema(place, its_manifest, spec)
    return Found(name, tuple(published), manifest, schema)


def _newest(place: VersionPlace, n_versions: int) -> tuple[PublishedVariant, Manifest | None]:
    variant: Variant = place.variant
    try:
        manifest = open_version(place).manifest
    except DatasetError as error:
        return PublishedVariant(variant, n_versions, place.version, problem=str(error)), None
    seen = PublishedVariant(
        variant,
        n_versions,
        place.version,
        manifest.n_rows,
        manifest.n_bytes,
        len(manifest.parts),
        manifest.created_at,
        manifest.digest,
    )
    return seen, manifest


def _schema(place: VersionPlace, manifest: Manifest, spec: DatasetSpec | None) -> pa.Schema:
    """Return the schema of a version: as it is declared, where it was published so, else as its first part has it."""
    if spec and {field.name: str(field.type) for field in spec.schema} == manifest.schema:
        return with_meanings(spec.schema, manifest.fields)
    try:
        return open_version(place).schema
    except (DatasetError, *UNREADABLE, pa.ArrowException):
        return with_meanings(pa.schema([(name, pa.null()) for name in manifest.schema]), manifest.fields)
