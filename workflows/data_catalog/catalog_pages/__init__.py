"""The catalog as pages: the same in the explorer and in files that open from disk."""
