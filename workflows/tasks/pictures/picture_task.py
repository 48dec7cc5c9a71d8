"""What the tasks of pictures share: their settings, and datasets whose versions add up from day to day."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from features.images.signing import signature_stamp
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.manifest import Parameter
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import published_versions
from workflows import settings
from workflows.tasks.derived import DatasetTask


class PictureTask(DatasetTask):
    """A task of the pictures of a date."""

    signature = settings.SIGNATURE.parameter()
    max_distance = settings.MAX_DISTANCE.parameter()
    jpeg_decoder = settings.JPEG_DECODER.parameter()
    picture_time_limit_s = settings.PICTURE_TIME_LIMIT_S.parameter()
    picture_memory_mb = settings.PICTURE_MEMORY_MB.parameter()

    def stamp(self) -> dict[str, Parameter]:
        """Return what the signatures of this task are made by: the algorithm, and the libraries."""
        return {**signature_stamp(self.signature, self.jpeg_decoder)}

    def added(self, spec: DatasetSpec, counts: Callable[[dt.date], bool]) -> list[Dataset]:
        """Return what the dates that count added to a dataset, oldest first; only what the same algorithm made."""
        dates = [version.date for version in published_versions(self.root, spec.name) if counts(version.date)]
        datasets = [open_dataset(self.root, spec.name, "full", date, 0) for date in dates]
        algorithm = self.stamp()["algorithm"]
        return [dataset for dataset in datasets if dataset.manifest.parameters.get("algorithm") == algorithm]

    def added_before(self, spec: DatasetSpec) -> list[Dataset]:
        """Return what earlier dates added to a dataset."""
        return self.added(spec, lambda date: date < self.date)

    def added_elsewhere(self, spec: DatasetSpec) -> list[Dataset]:
        """Return what all other dates added to a dataset; later ones are there when a date is run again, or late."""
        return self.added(spec, lambda date: date != self.date)


def added_up(spec: DatasetSpec, datasets: Iterable[Dataset], columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of several versions of a dataset, in their order."""
    names = list(columns or spec.schema.names)
    none = pa.schema([spec.schema.field(name) for name in names]).empty_table()
    tables = [dataset.to_table(names).replace_schema_metadata() for dataset in datasets]
    return pa.concat_tables([none, *tables])
