"""Which versions derive from others, at any depth, over all dates: manifests name what each was made from."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from workflows.origins.bases import ONCE
from workflows.staleness.changes import DatasetVersion
from workflows.staleness.published import REMADE, Published

Children = Mapping[DatasetVersion, Collection[DatasetVersion]]


def children_of(published: Published, dates: Iterable[dt.date]) -> Children:
    """Return what was made from each version directly.

    An input without rows gave nothing, and has no children. Of the dates that are asked about everything is read; of
    the dates after the first of them what is made once a date, as no other dataset reads another date.
    """
    asked = set(dates)
    first = min(asked, default=dt.date.max)
    children: dict[DatasetVersion, list[DatasetVersion]] = defaultdict(list)
    for date in (date for date in published.dates if date >= first):
        for place in published.places(date, REMADE if date in asked else ONCE):
            manifest = published.manifest(place)
            for given in manifest.inputs if manifest else ():
                if published.n_rows(given) != 0:
                    parent = DatasetVersion(given.dataset, given.version)
                    children[parent].append(DatasetVersion(place.dataset, place.version))
    return children


def derived_from(made: Collection[DatasetVersion], children: Children) -> set[DatasetVersion]:
    """Return what derives from some versions, these left out.

    Examples
    --------
    >>> import datetime
    >>> from storage_tiers.versioned.versions import Version
    >>> day = [Version("2026-11-20", iteration) for iteration in (0, 1, 1)]
    >>> facts, ranks, joins = map(DatasetVersion, "frj", day)
    >>> sorted(map(str, derived_from({facts}, {facts: [ranks], ranks: [joins]})))
    ['j date=2026-11-20 iteration=1', 'r date=2026-11-20 iteration=1']
    """
    found: set[DatasetVersion] = set()
    waiting = [*made]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting += new
    return found - set(made)


def named(made: Iterable[DatasetVersion]) -> str:
    """Return the words for some versions: their datasets, each once.

    Examples
    --------
    >>> from storage_tiers.versioned.versions import Version
    >>> named([DatasetVersion("facts", Version("2026-11-20", 0)), DatasetVersion("boards", Version("2026-11-20", 0))])
    'boards, facts'
    """
    return ", ".join(sorted({one.dataset for one in made}))
