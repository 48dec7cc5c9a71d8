"""Read-only pages about what is published, on loopback: ``interest-graph explore``."""
