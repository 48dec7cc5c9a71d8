"""The importance of boards: the repin graph and PageRank over it, with an error bound that holds."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
