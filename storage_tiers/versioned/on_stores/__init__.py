"""Publishing to an object store, reading from it, and removing there: what differs from a local disk."""
