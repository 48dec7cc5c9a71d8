"""A step as bytes that travel to the machines of a cluster."""

import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

from joins.engine.step import PartitionStep, Result


def pickled_step(step: PartitionStep[Result]) -> bytes:
    """Return a step pickled, so that its paths mean the same in tasks, which run in folders of their own."""
    stream = BytesIO()
    _AbsolutePickler(stream, pickle.HIGHEST_PROTOCOL).dump(step)
    return stream.getvalue()


class _AbsolutePickler(pickle.Pickler):
    """Pickles paths as absolute ones."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - pickle's own signature
        if isinstance(value, Path) and not value.is_absolute():
            return type(value), (str(value.absolute()),)
        return NotImplemented
