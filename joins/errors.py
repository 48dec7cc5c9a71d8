"""The errors of raw input and of joins."""


class RawInputError(ValueError):
    """Raw input that no run should go on with: a wrong schema, an empty snapshot, too many bad rows."""


class JoinError(ValueError):
    """Tables handed to a join that don't belong together."""
