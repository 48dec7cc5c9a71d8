"""All processors, by what plans call them.

Those that read stores:

- `fetch`: the rows of keys;
- `expand`: the rows of the keys that objects hold;
- `related`: what random walks from objects come by most often.

Those that take one list:

- `filter`: the objects of which an expression is true;
- `score`: each object with what an expression comes to;
- `sort`, `top`: all objects in order, or the first;
- `pick`: the objects with some of their fields;
- `dedupe`: of equal objects the first;
- `sample`: some objects at random, the same each time;
- `split`: several lists, by what the objects are;
- `experiment`: all objects at one of several ports, by who asks.

Those that take several lists:

- `merge`: one list of them all;
- `fallback`: the first that has anything.
"""

from collections.abc import Mapping
from types import MappingProxyType

from serving.processor import Processor
from serving.processors.reading.expand import Expand
from serving.processors.reading.fetch import Fetch
from serving.processors.reading.related import Related
from serving.processors.shaping.dedupe import Dedupe
from serving.processors.shaping.experiment import Experiment
from serving.processors.shaping.filter_and_score import Filter, Score
from serving.processors.shaping.merge_and_fallback import Fallback, Merge
from serving.processors.shaping.pick import Pick
from serving.processors.shaping.sample import Sample
from serving.processors.shaping.sort_and_top import Sort, Top
from serving.processors.shaping.split import Split

_ALL: tuple[type[Processor], ...] = (
    Fetch,
    Expand,
    Related,
    Filter,
    Score,
    Sort,
    Top,
    Pick,
    Dedupe,
    Sample,
    Merge,
    Fallback,
    Split,
    Experiment,
)
PROCESSORS: Mapping[str, type[Processor]] = MappingProxyType({processor.do: processor for processor in _ALL})
