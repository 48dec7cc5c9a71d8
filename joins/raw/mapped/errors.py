"""The errors of an import. Each says which mapping or source, what is wrong, what is there and what to do."""

from joins.errors import DiscoveryError


class RawImportError(DiscoveryError, ValueError):
    """An import can't be done as asked; nothing was written."""


class MappingError(RawImportError):
    """The mapping file itself is wrong: an unknown key, a value of the wrong kind, or keys that contradict."""


class SourceError(RawImportError):
    """A source isn't what the mapping says: a file or column is missing, or a value can't become its raw field."""
