"""Publishing to a local disk: what differs from an object store."""
