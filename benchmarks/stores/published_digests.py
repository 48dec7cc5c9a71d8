"""What is published under an output: the digest of every version, what is damaged, and parts that no manifest names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from storage_tiers import DatasetError, open_dataset, published_versions
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.versions import VARIANTS, VersionPlace, all_places, dataset_names, version_of_folder

_ENDING = ".parquet"


def digests_of(root: Root) -> dict[str, str]:
    """Return the digest of every published version, by its name."""
    return {str(dataset.place): dataset.manifest.digest for dataset in published_datasets(root)}


def damaged_versions(root: Root) -> Iterator[str]:
    """Yield what is wrong with published versions, of which every byte is read."""
    for dataset in published_datasets(root):
        yield from map(str, dataset.faults(every_byte=True))


def unnamed_parts(root: StorePath) -> dict[VersionPlace, list[str]]:
    """Return the parts that no manifest names, by version: what a publication that was killed had sent."""
    named = {(dataset.place, part.name) for dataset in published_datasets(root) for part in dataset.manifest.parts}
    unnamed = defaultdict(list)
    for dataset in dataset_names(root):
        for variant in VARIANTS:
            for found in (root / dataset / variant).listed():
                path = StorePath(root.scheme, root.bucket, found.key)
                version = version_of_folder(path.parent)
                place = VersionPlace(root, dataset, variant, version) if version else None
                if place and path.name.endswith(_ENDING) and (place, path.name) not in named:
                    unnamed[place].append(path.name)
    return dict(unnamed)


def seen_without_manifest(places: Iterable[VersionPlace]) -> Iterator[str]:
    """Yield those versions, of which parts lie there and no manifest does, that a reader sees."""
    for place in places:
        if manifest_there(place):
            continue  # the parts lie beside those of a version that is whole
        if place.version in published_versions(place.root, place.dataset, place.variant):
            yield f"{place} is listed"
        try:
            open_dataset(place.root, place.dataset, place.variant, place.version.date, place.version.iteration)
        except DatasetError:
            continue
        yield f"{place} is opened"


def published_datasets(root: Root, *names: str) -> Iterator[Dataset]:
    """Yield every version that is published, or those of some datasets."""
    for name in names or dataset_names(root):
        for variant in VARIANTS:
            for place in all_places(root, name, variant):
                manifest = manifest_there(place)
                if manifest:
                    yield Dataset(place, manifest)
