"""Derived features, one a file: image signatures, board categories, repin chains, counts, terms and links.

Everything here is a pure function of Arrow tables or bytes: no clock, no environment, no storage.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
