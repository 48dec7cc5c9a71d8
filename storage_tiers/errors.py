"""The errors of stored datasets. Each says which dataset and version, what is wrong and what to do."""

from joins.errors import DiscoveryError

MAKE_ROOM = "make room there, and run it again: it goes on from what is done"  # the remedy where a disk is full


class DatasetError(DiscoveryError, RuntimeError):
    """A stored dataset can't be read or published as asked."""


class VersionNotFoundError(DatasetError):
    """No such dataset, variant or version is published under this root."""


class VersionError(DatasetError, ValueError):
    """What was given as date or iteration is none, or there is no such variant."""


class DamagedVersionError(DatasetError):
    """A published version isn't what its manifest says: a part is missing, cut or changed."""


class KeyTypeError(DatasetError):
    """A key of a type that the dataset's key column can't hold."""


class UnknownFieldError(DatasetError):
    """A field that the rows don't have."""
