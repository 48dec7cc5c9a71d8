"""What the tasks of pictures share: their settings, and which versions of a dataset add up from day to day."""

import datetime as dt
from collections.abc import Callable
from functools import partial

from features.images.signing import signature_stamp
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptByName, KeptRows, KeptShards, Named
from joins.engine.step import PartitionStep, Shuffled, Then
from storage_tiers.pictures.digests import WithFile, in_reading_order
from storage_tiers.pictures.roots import PictureRoots, picture_roots
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.manifest import Parameter
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Version, VersionPlace, lost_versions
from workflows import settings
from workflows.origins.bases import bases_of, serving_versions
from workflows.picture_catalog import PICTURE_MEMBERS
from workflows.tasks.derived import DatasetTask
from workflows.tasks.publishing import run_step

_IMAGES = "images"


class PictureTask(DatasetTask):
    """A task of the pictures of a date."""

    picture_roots = settings.PICTURE_ROOTS.parameter()
    signature = settings.SIGNATURE.parameter()
    max_distance = settings.MAX_DISTANCE.parameter()
    jpeg_decoder = settings.JPEG_DECODER.parameter()
    picture_time_limit_s = settings.PICTURE_TIME_LIMIT_S.parameter()
    picture_memory_mb = settings.PICTURE_MEMORY_MB.parameter()

    @property
    def roots(self) -> PictureRoots:
        """Where relative paths of pictures begin, and what pictures may be read from at all."""
        return picture_roots(self.input_root, self.picture_roots)

    def stamp(self) -> dict[str, Parameter]:
        """Return what the signatures of this task are made by: the algorithm, and the libraries."""
        return {**signature_stamp(self.signature, self.jpeg_decoder)}

    def added(self, spec: DatasetSpec, counts: Callable[[dt.date], bool]) -> list[Dataset]:
        """Return what the dates that count added to a dataset, oldest first; only what the same algorithm made.

        Of a date that was rebuilt, what it added under its newest finished base holds all that it ever did. Raises
        DamagedVersionError if anything of these dates was lost: to go on without it would give their ids anew.
        """
        there = [*lost_versions(self.root, spec.name), *serving_versions(self.root, spec.name)]
        versions = [version for version in there if counts(version.date)]
        return [dataset for dataset in map(self._opened(spec), versions) if self._is_comparable(dataset)]

    def added_before(self, spec: DatasetSpec) -> list[Dataset]:
        """Return what earlier dates added to a dataset."""
        return self.added(spec, lambda date: date < self.date)

    def added_elsewhere(self, spec: DatasetSpec) -> list[Dataset]:
        """Return what all other dates added to a dataset; later ones are there when a date is run again, or late."""
        return self.added(spec, lambda date: date != self.date)

    def added_by_older_base(self, spec: DatasetSpec) -> list[Dataset]:
        """Return what this date added under an older base, which a rebuilt date takes over: one dataset, or none.

        Groups only grow, and later dates' pictures may be in them; so the ids that were given stay. It is the newest
        base whose pictures were signed and grouped by the settings of this task; by others, they are done anew.
        """
        below = [base.iteration for base in reversed(bases_of(self.root, self.date)) if base.iteration < self.base]
        for version in (Version(self.date, iteration) for iteration in below):
            if self.target(PICTURE_MEMBERS, version).exists():
                members = self._opened(PICTURE_MEMBERS)(version)
                same_distance = members.manifest.parameters.get("max_distance") == self.max_distance
                if same_distance and self._is_comparable(members):
                    return [self._opened(spec)(version)]
        return []

    def _opened(self, spec: DatasetSpec) -> Callable[[Version], Dataset]:
        return lambda version: open_version(VersionPlace(self.root, spec.name, "full", version))

    def _is_comparable(self, dataset: Dataset) -> bool:
        return dataset.manifest.parameters.get("algorithm") == self.stamp()["algorithm"]

    def in_reading_order(self, images: KeptShards, n_images: int, scratch: Root, images_a_shard: int) -> KeptRows:
        """Put images that a step kept in the order in which they are read fastest; return them as shards of so many."""
        kept, by_file = KeptByName(scratch / "in-order"), {"files": Shuffled(WithFile(images), len(images), "file")}
        build = Then(partial(in_reading_order, root=self.roots), Named(_IMAGES))
        step = PartitionStep(self.n_parts(n_images), {}, build, kept, by_file, partition_of)
        found = run_step(self, "putting pictures in order", step, n_images) if n_images else []
        return kept.runs(_IMAGES, found, images.schema, images_a_shard)
