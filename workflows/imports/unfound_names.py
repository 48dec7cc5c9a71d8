"""Names of columns inside others that no record has: misspelt, or below what is null or empty in every record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workflows.imports.json_records.nested_names import MISSING
from workflows.imports.source_names import list_position


@dataclass(frozen=True, slots=True)
class DeepestLevel:
    """The deepest level of a name that some record has, and the keys that records have in it.

    Without keys it is null, an empty object or text, or a list that is too short, in every record: nobody can say then
    whether the rest of the name is misspelt.
    """

    keys: tuple[str, ...] = ()  # that lead to it; none if no record has even the first part of the name
    there: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing in any record, so that the name may be right."""
        return bool(self.keys) and not self.there

    @property
    def name(self) -> str:
        """The level as a mapping would name it."""
        return ".".join(self.keys)

    def merged(self, other: "DeepestLevel") -> "DeepestLevel":
        """Return the deeper one of two levels of a name, or both as one.

        Examples
        --------
        >>> DeepestLevel(("board",), ("id",)).merged(DeepestLevel(("board",), ("url",)))
        DeepestLevel(keys=('board',), there=('id', 'url'))
        """
        if len(self.keys) != len(other.keys):
            return max(self, other, key=lambda level: len(level.keys))
        return DeepestLevel(self.keys, tuple(dict.fromkeys((*self.there, *other.there))))


def deepest_level(name: str, blocks: Iterable[Sequence[object]]) -> DeepestLevel:
    """Return how far a name leads in records of JSON.

    Parameters
    ----------
    name
        With dots.
    blocks
        What stands under its first part in each record, block by block.

    Examples
    --------
    >>> deepest_level("board.topic.slugg", [[{"topic": None}, {"topic": {"slug": "art"}}]])
    DeepestLevel(keys=('board', 'topic'), there=('slug',))
    >>> deepest_level("board.topic.slug", [[{"topic": None}, {"topic": {}}]]).is_empty
    True
    """
    keys = name.split(".")
    n_deepest, there = 0, dict[str, None]()
    for value in (value for values in blocks for value in values if value is not MISSING):
        n_levels, reached = _followed(value, keys[1:])
        if n_levels > n_deepest:
            n_deepest, there = n_levels, {}
        if n_levels == n_deepest and isinstance(reached, Mapping):
            there |= dict.fromkeys(reached)
    return DeepestLevel(tuple(keys[:n_deepest]), tuple(there))


def _followed(value: object, keys: Sequence[str]) -> tuple[int, object]:
    """Return how many levels of a name are there, with the one that holds the value, and what the last one holds."""
    for n_levels, key in enumerate(keys, start=1):
        place = list_position(key)
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and place is not None and place < len(value):
            value = value[place]
        else:
            return n_levels, value
    return len(keys) + 1, value
