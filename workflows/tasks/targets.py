"""What Luigi looks at to know whether a version is there: its manifest, the last file of a publication."""

from pathlib import Path

import luigi

from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import MANIFEST_NAME, Variant, Version, version_folder


class DatasetTarget(luigi.LocalTarget):
    """One version of a dataset; its ``path`` is the manifest, so that Luigi's range tools see it, too."""

    def __init__(self, root: Path, spec: DatasetSpec, version: Version, variant: Variant = "full") -> None:
        self.root = root
        self.spec = spec
        self.version = version
        self.variant = variant
        folder = version_folder(root, spec.name, variant, version)
        super().__init__(str(folder / MANIFEST_NAME))  # type: ignore[no-untyped-call]

    def open(self) -> Dataset:  # type: ignore[override]
        """Open the version for reading."""
        return open_dataset(self.root, self.spec.name, self.variant, self.version.date, self.version.iteration)
