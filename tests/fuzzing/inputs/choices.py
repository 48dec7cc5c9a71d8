"""Choices made by the bytes that Hypothesis draws: an input is built from one draw.

Zeros choose what is ordinary, and so do bytes that aren't there. Hypothesis shrinks a draw towards zeros, hence an
input towards an ordinary one with as little odd about it as still fails.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

Option = TypeVar("Option")
Built = TypeVar("Built")

_SHARES = 256


class Choices:
    """Bytes that decide, one after the other.

    Examples
    --------
    >>> choices = Choices(bytes([2, 0, 255]))
    >>> choices.pick("abc"), choices.below(10), choices.chance(0.1), choices.chance(0.1)
    ('c', 0, True, False)
    """

    def __init__(self, entropy: bytes) -> None:
        self._entropy = entropy
        self._at = 0

    def byte(self) -> int:
        """Return the next byte, 0 behind the last."""
        self._at += 1
        return self._entropy[self._at - 1] if self._at <= len(self._entropy) else 0

    def below(self, end: int) -> int:
        """Return a whole number from 0 to `end` - 1."""
        number = self.byte()
        while end > _SHARES:
            number = number << 8 | self.byte()
            end = -(-end // _SHARES)
            if end <= _SHARES:
                return number
        return number % end

    def pick(self, options: Sequence[Option]) -> Option:
        """Return one of some options, the first where nothing decides."""
        return options[self.below(len(options)) % len(options)]

    def chance(self, share: float) -> bool:
        """Say yes in this share of cases, no where nothing decides."""
        return self.byte() >= _SHARES * (1 - share) and share > 0

    def rarely(self) -> bool:
        """Say yes once in some thousand cases."""
        return self.chance(1 / _SHARES) and self.chance(1 / 16)

    def some(self, option: Callable[["Choices"], Option], most: int) -> list[Option]:
        """Return up to `most` of what is built one by one."""
        return [option(self) for _ in range(self.below(most + 1))]


def built_by(build: Callable[[Choices], Built], n_bytes: int) -> st.SearchStrategy[Built]:
    """Return the strategy of what is built from so many bytes of choices."""
    return st.binary(min_size=n_bytes, max_size=n_bytes).map(lambda entropy: build(Choices(entropy)))
