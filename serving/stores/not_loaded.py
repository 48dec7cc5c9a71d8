"""What is said where stores hold nothing of what shall be served: which store, where it was looked, what is there."""

from collections.abc import Sequence

from serving.errors import NothingLoadedError
from serving.plans.plan_values import unknown
from serving.stores.versioned_store import VersionedStore


def nothing_loaded(stores: Sequence[VersionedStore]) -> NothingLoadedError:
    """Return the error that none of the stores has a dataset, with where each was looked into."""
    looked = ", ".join(f"store {store.name} has none in {store.place}" for store in stores)
    return NothingLoadedError(
        f"no dataset is loaded in any store: {looked or 'there is no store'}",
        remedy="load them first (interest-graph run), or name the place where they are: --output, [stores.NAME]",
    )


async def check_named_are_loaded(stores: Sequence[VersionedStore]) -> None:
    """Look whether stores have the datasets that they are to serve.

    Parameters
    ----------
    stores
        The stores.

    Raises
    ------
    NothingLoadedError
        If a dataset that the configuration names has no version there; the message lists those that have.
    """
    for store in stores:
        held = await store.held() if store.named else {}
        for name in store.named:
            if not held.get(name):
                raise NothingLoadedError(
                    unknown("dataset", name, await store.loaded()),
                    where=f"store {store.name}, {store.place}",
                    remedy=f"load it there, or mend datasets of [stores.{store.name}]",
                )
