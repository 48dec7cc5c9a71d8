"""Which versions are kept and which serve: going back to an older one, and removing old dates."""
