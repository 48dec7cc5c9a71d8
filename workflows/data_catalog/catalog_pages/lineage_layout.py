"""Where boxes of a drawing stand: in which column, in which order, and which way lines take between them.

After Sugiyama, Tagawa and Toda (1981): each box stands in a column behind all that it is made from, as near as it can
to what is made from it; a line that passes a column gets a place of its own in it, so that it crosses no box; and the
order in a column follows the places of the neighbours, a few times to and fro.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8

MadeFrom = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Names column by column, places that lines pass among them; and the way of each line, from source to target."""

    columns: tuple[tuple[str, ...], ...]
    ways: dict[tuple[str, str], tuple[str, ...]]  # both ends among them


def layout_of(made_from: MadeFrom) -> Layout:
    """Return where to draw what is made from what; what goes in circles is drawn without what closes the circle.

    Examples
    --------
    >>> found = layout_of({"b": ["a"], "c": ["a", "b"]})
    >>> found.columns, found.ways["a", "c"]
    ((('a',), ('b', 'a > c, 1'), ('c',)), ('a', 'a > c, 1', 'c'))
    """
    depth = _columns_of(made_from)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, place in depth.items():
        columns[place].append(name)
    ways = dict[tuple[str, str], tuple[str, ...]]()
    for target, sources in made_from.items():
        for source in sources:
            if depth[source] < depth[target]:
                passed = range(depth[source] + 1, depth[target])
                ways[source, target] = (source, *(f"{source} > {target}, {place}" for place in passed), target)
                for place in passed:
                    columns[place].append(f"{source} > {target}, {place}")
    return Layout(_ordered(columns, ways), ways)


def without_implied(made_from: MadeFrom) -> dict[str, tuple[str, ...]]:
    """Return what each is made from, without what it is made from by way of the rest.

    Examples
    --------
    >>> without_implied({"b": ["a"], "c": ["a", "b"]})
    {'b': ('a',), 'c': ('b',)}
    """
    above = _all_above(made_from)
    return {
        name: tuple(
            one for one in sources if not any(one in above[other] for other in sources if other not in (one, name))
        )
        for name, sources in made_from.items()
    }


def _columns_of(made_from: MadeFrom) -> dict[str, int]:
    """Return the column of each name: behind all that it is made from, and just before the first that it goes into."""
    earliest = _longest_ways(made_from)
    made_into: dict[str, list[str]] = {name: [] for name in earliest}
    for target, sources in made_from.items():
        for source in sources:
            if earliest[source] < earliest[target]:
                made_into[source].append(target)
    column = dict[str, int]()
    for name in sorted(earliest, key=lambda one: -earliest[one]):  # what it goes into stands already
        column[name] = min((column[one] - 1 for one in made_into[name]), default=earliest[name])
    return {name: column[name] for name in earliest}


def _longest_ways(made_from: MadeFrom) -> dict[str, int]:
    """Return how many steps lead to each name at most; a name that is met again on its own way counts no further."""
    names = dict.fromkeys([*made_from, *(source for sources in made_from.values() for source in sources)])
    depth = dict.fromkeys(names, 0)
    for _ in names:  # as often as a way can be long
        before = dict(depth)
        for target, sources in made_from.items():
            above = [depth[source] + 1 for source in sources if source != target]
            depth[target] = min(max([depth[target], *above]), len(names) - 1)
        if depth == before:
            break
    return depth


def _all_above(made_from: MadeFrom) -> dict[str, set[str]]:
    """Return all that each name is made from, at any distance."""
    above = {name: set(sources) for name, sources in made_from.items()}
    for sources in made_from.values():
        for source in sources:
            above.setdefault(source, set())
    for _ in above:
        before = sum(map(len, above.values()))
        for found in above.values():
            found.update(*(above[one] for one in tuple(found)))
        if sum(map(len, above.values())) == before:
            break
    return above


def _ordered(
    columns: Sequence[Sequence[str]], ways: Mapping[tuple[str, str], Sequence[str]]
) -> tuple[tuple[str, ...], ...]:
    """Return the columns, each in the order of what its names are joined to on either side."""
    left, right = dict[str, set[str]](), dict[str, set[str]]()
    for way in ways.values():
        for one, other in pairwise(way):
            right.setdefault(one, set()).add(other)
            left.setdefault(other, set()).add(one)
    found = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        if sweep % 2:
            for number in range(len(found) - 2, -1, -1):
                found[number] = _by_neighbours(found[number], found[number + 1], right)
        else:
            for number in range(1, len(found)):
                found[number] = _by_neighbours(found[number], found[number - 1], left)
    return tuple(map(tuple, found))


def _by_neighbours(column: Sequence[str], beside: Sequence[str], joined: Mapping[str, Iterable[str]]) -> list[str]:
    """Return a column in the order of the mean places of what its names are joined to; without any they stay."""
    place = {name: number / max(1, len(beside)) for number, name in enumerate(beside)}

    def mean_place(number: int, name: str) -> float:
        places = [place[one] for one in joined.get(name, ()) if one in place]
        return sum(places) / len(places) if places else number / max(1, len(column))

    order = sorted(enumerate(column), key=lambda one: (mean_place(*one), one[0]))
    return [name for _, name in order]
