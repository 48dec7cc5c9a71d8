"""Which dataset a name means, and what a key may stand for there: ids and pictures as their source names them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from joins.raw.given_keys import GivenKey, given_key
from storage_tiers.light import unset_fields
from storage_tiers.stores.address import Root
from storage_tiers.versioned.asked_version import newest_published
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.versions import VersionPlace, check_root, dataset_names
from workflows.catalog import JOIN_DATASETS
from workflows.luigi_cfg import SettingsError

_SIGNATURE = "image_signature"
_ID_ENDING = "_id"
_JOINS = {spec.name: spec for spec in JOIN_DATASETS}


@dataclass(frozen=True, slots=True)
class Keyed:
    """A dataset as whoever looks a key up must know it."""

    name: str
    key: str
    key_is_unique: bool
    key_is_integer: bool
    unset_in_light: Sequence[str] = ()

    @property
    def is_join(self) -> bool:
        """Whether it is one of the wide joins, which have a light variant and lie in every tier."""
        return self.name in _JOINS

    def keys(self, key: str) -> GivenKey:
        """Return what a key may stand for: an import makes numbers of ids and signatures of pictures, nothing else."""
        may_be_made = self.key == _SIGNATURE or (self.key_is_integer and self.key.endswith(_ID_ENDING))
        return given_key(key, self.key) if may_be_made else GivenKey((key,))


def keyed_dataset(output: Root, asked: str) -> Keyed:
    """Return the dataset that is called so; ``pin_join`` is ``pin_joins``, and so for any other.

    Raises
    ------
    SettingsError
        If there is none; the message lists those that there are.
    DamagedVersionError
        If what its newest manifest says can't be read.
    """
    check_root(output)
    names = [*_JOINS, *(name for name in dataset_names(output) if name not in _JOINS)]
    name = next((name for name in (asked, f"{asked}s") if name in names), None)
    if name is None:
        raise SettingsError(f"there is no dataset {asked!r}; allowed: {', '.join(names)}")
    spec = _JOINS.get(name)
    if spec:
        is_integer = pa.types.is_integer(spec.schema.field(spec.key).type)
        return Keyed(name, spec.key, spec.key_is_unique, is_integer, unset_fields(spec.schema))
    newest = newest_published(output, name)
    manifest = manifest_there(VersionPlace(output, name, "full", newest)) if newest else None
    if manifest is None:
        remedy = "interest-graph verify says what is damaged"
        raise SettingsError(f"{name} has no version whose manifest can be read", where=str(output), remedy=remedy)
    return Keyed(name, manifest.key, manifest.key_is_unique, manifest.key_is_integer)
