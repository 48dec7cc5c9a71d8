"""The processors that read rows of stores: by keys, along a join, and by a random walk."""
