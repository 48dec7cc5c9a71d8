"""Removing a version from a store: the manifest goes first, and what nobody can read any more after it.

Before it goes, its content is put again as the mark of a removal that was begun, so that one that was cut off is told
from a publication that was, and can be finished. Parts are deleted that lay there when the mark was put: what is
younger belongs to a publication that goes on.
"""

from storage_tiers.stores.address import in_store
from storage_tiers.versioned.versions import VersionPlace


def withdraw(place: VersionPlace) -> None:
    """Remove a version, whether it is whole or not; nothing happens where nothing is there."""
    manifest, mark = in_store(place.manifest), in_store(place.removal_mark)
    try:
        mark.write_bytes(manifest.read_bytes())
    except FileNotFoundError:
        if not in_store(place.folder).listed():
            mark.unlink(missing_ok=True)
            return
        mark.touch()
    manifest.unlink(missing_ok=True)
    finish_withdrawal(place)


def finish_withdrawal(place: VersionPlace) -> None:
    """Go on with a removal that was begun, if one was; where the version is published, only its mark is left over."""
    mark = in_store(place.removal_mark)
    begun = mark.described()
    if begun is None:
        return
    if not place.manifest.exists():
        folder = in_store(place.folder)
        old = [found.key for found in folder.listed() if found.changed_at <= begun.changed_at]
        folder.store.delete(old)
        place.damage_mark.unlink(missing_ok=True)
    mark.unlink(missing_ok=True)
