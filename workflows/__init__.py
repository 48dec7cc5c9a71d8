"""Luigi tasks, configuration and command line: the only place that knows Luigi.

``luigi --module workflows DailyDiscovery --date 2026-11-20`` runs the whole day. Names are imported when they are first
used, as tasks on a cluster import modules of this package that need no Luigi.
"""

from workflows import before_imports  # noqa: F401 - before anything else

# isort: split
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
