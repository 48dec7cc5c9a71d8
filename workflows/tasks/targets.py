"""What Luigi looks at to know whether a version is there: its manifest, and the files that this names."""

import luigi

from storage_tiers.errors import DamagedVersionError
from storage_tiers.stores.address import Root
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Variant, Version, VersionPlace


class DatasetTarget(luigi.LocalTarget):
    """One version of a dataset; its ``path`` is the manifest, so that Luigi's range tools see it, too."""

    def __init__(self, root: Root, spec: DatasetSpec, version: Version, variant: Variant = "full") -> None:
        self.spec = spec
        self.version = version
        self.variant = variant
        self.place = VersionPlace(root, spec.name, variant, version)
        super().__init__(str(self.place.manifest))  # type: ignore[no-untyped-call]

    def exists(self) -> bool:
        """Return whether the version is published and each of its files there, as large as it was published."""
        try:
            self.open()
        except DamagedVersionError:  # making it again mends it, or says why not
            return False
        return True

    def open(self) -> Dataset:  # type: ignore[override]
        """Open the version for reading."""
        with cached_listings():
            return open_version(self.place)
