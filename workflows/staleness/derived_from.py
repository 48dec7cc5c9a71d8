"""Which versions derive from others, at any depth, over all dates: manifests name what each was made from."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from workflows.staleness.changes import Made
from workflows.staleness.published import ONCE, REMADE, Published

Children = Mapping[Made, Collection[Made]]


def children_of(published: Published, dates: Iterable[dt.date]) -> Children:
    """Return what was made from each version directly.

    An input without rows gave nothing, and has no children. Of the dates that are asked about everything is read; of
    the dates after the first of them what is made once a date, as no other dataset reads another date.
    """
    asked = set(dates)
    first = min(asked, default=dt.date.max)
    children: dict[Made, list[Made]] = defaultdict(list)
    for date in (date for date in published.dates if date >= first):
        for place in published.places(date, REMADE if date in asked else ONCE):
            manifest = published.manifest(place)
            for given in manifest.inputs if manifest else ():
                if published.n_rows(given) != 0:
                    children[Made(given.dataset, given.version)].append(Made(place.dataset, place.version))
    return children


def derived_from(made: Collection[Made], children: Children) -> set[Made]:
    """Return what derives from some versions, these left out.

    Examples
    --------
    >>> import datetime
    >>> from storage_tiers.versioned.versions import Version
    >>> facts, ranks, joins = (Made(name, Version("2026-11-20", n)) for name, n in (("f", 0), ("r", 1), ("j", 1)))
    >>> sorted(map(str, derived_from({facts}, {facts: [ranks], ranks: [joins]})))
    ['j date=2026-11-20 iteration=1', 'r date=2026-11-20 iteration=1']
    """
    found: set[Made] = set()
    waiting = [*made]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting += new
    return found - set(made)


def named(made: Iterable[Made]) -> str:
    """Return the words for some versions: their datasets, each once.

    Examples
    --------
    >>> from storage_tiers.versioned.versions import Version
    >>> named([Made("facts", Version("2026-11-20", 0)), Made("boards", Version("2026-11-20", 0))])
    'boards, facts'
    """
    return ", ".join(sorted({one.dataset for one in made}))
