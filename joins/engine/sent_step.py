"""A step, and what its tasks look for first, as bytes that travel to the machines of a cluster."""

import pickle
from io import BytesIO
from pathlib import Path
from typing import Any


def pickled_for_tasks(value: object) -> bytes:
    """Return something pickled, so that its paths mean the same in tasks, which run in folders of their own.

    Examples
    --------
    >>> pickle.loads(pickled_for_tasks([Path("output"), Path("/input")])) == [Path("output").absolute(), Path("/input")]
    True
    """
    stream = BytesIO()
    _AbsolutePickler(stream, pickle.HIGHEST_PROTOCOL).dump(value)
    return stream.getvalue()


class _AbsolutePickler(pickle.Pickler):
    """Pickles paths as absolute ones."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - pickle's own signature
        if isinstance(value, Path) and not value.is_absolute():
            return type(value), (str(value.absolute()),)
        return NotImplemented
