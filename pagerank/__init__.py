"""The importance of boards: the repin graph and PageRank over it, with an error bound that holds."""

import lazy_loader

from pagerank.pagerank import pagerank as pagerank  # at once, or the module of that name would stand in its place

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
