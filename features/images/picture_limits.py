"""What one picture may cost: time, memory, pixels."""

from dataclasses import dataclass

from features.images.decoding import MAX_PIXELS
from joins.errors import FeatureError

LEAST_MEMORY_MB = 16


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What one picture may cost before it is given up.

    Attributes
    ----------
    time_s
        Seconds of wall time in a worker, above 0. A chunk of pictures has no more for all of them together.
    memory_mb
        MiB of address space that a worker may take beyond its size at start, 16 or more. No effect outside Linux:
        macOS takes the limit and does not keep to it.
    max_pixels
        As the header says, 1 or more; see `features.images.decoding.decode_thumb`.

    Raises
    ------
    FeatureError
        If one of them is out of its range.

    Examples
    --------
    >>> PictureLimits(time_s=0)
    Traceback (most recent call last):
    joins.errors.FeatureError: limits of a picture: time_s is 0; it must be above 0
    """

    time_s: float = 20.0
    memory_mb: int = 1_024
    max_pixels: int = MAX_PIXELS

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not self.time_s > 0:
            raise FeatureError(f"limits of a picture: time_s is {self.time_s}; it must be above 0")
        if self.memory_mb < LEAST_MEMORY_MB:
            raise FeatureError(
                f"limits of a picture: memory_mb is {self.memory_mb}; it must be {LEAST_MEMORY_MB} or more"
            )
        if self.max_pixels < 1:
            raise FeatureError(f"limits of a picture: max_pixels is {self.max_pixels}; it must be 1 or more")
