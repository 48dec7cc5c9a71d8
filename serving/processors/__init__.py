"""The processors that are ready to be used in plans."""
