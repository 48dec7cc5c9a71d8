"""A scenario: a command upon what other commands left, and what is allowed to be seen while it works.

Scenarios stand on each other. The undisturbed result of one is what the next starts from, and what a disturbed run of
the same must come to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RAW = ""  # what no scenario made: the raw input and the sources of an import


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command that is disturbed.

    Attributes
    ----------
    name
        In the table.
    after
        The scenario whose undisturbed result it starts from.
    command
        What is run, in the folder that holds ``input`` and ``output``.
    prepare
        Done before, to the folder; it may take files from the undisturbed results of others, whose folders it finds by
        name.
    when_done
        What follows where it was killed after its last step; the same command by default. Empty where that is refused
        then, and only takes away what was left.
    is_damaged
        Whether something is damaged before, so that readers may be told so.
    goes_back
        Whether versions may disappear, or an older one serve again.
    removes
        Whether older versions are removed: each is whole or gone, and what serves goes on serving.
    share
        Of all kills, beside the other scenarios.
    """

    name: str
    after: str
    command: tuple[str, ...]
    prepare: Callable[[Path, Callable[[str], Path]], None] | None = None
    when_done: tuple[str, ...] | None = None
    is_damaged: bool = False
    goes_back: bool = False
    removes: bool = False
    share: int = 1
