"""imagededup's hashes without PyTorch.

The package imports its neural networks and plots wherever it is imported, 3 GB of libraries that its hashes never
call; ``requirements-bench.lock`` leaves them out. Empty modules stand in for those that would import them. What is
measured is the package's own code.
"""

import sys
from types import ModuleType

_STAND_INS = {
    "imagededup.methods.cnn": "CNN",
    "imagededup.utils.models": "CustomModel",
    "imagededup.utils.plotter": "plot_duplicates",
}
for _module, _name in _STAND_INS.items():
    if _module not in sys.modules:
        sys.modules[_module] = ModuleType(_module)
        setattr(sys.modules[_module], _name, None)

from imagededup.methods import PHash  # noqa: E402 - after the stand-ins

__all__ = ["PHash"]
