"""Where discovery data lives: versioned datasets (manifest, publication, readers) and the four tiers.

Schemas are treated as data: the key column, the importance column and the fields that light unsets travel in
the manifest and in the Arrow schema's metadata, so nothing here knows a join by name.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
