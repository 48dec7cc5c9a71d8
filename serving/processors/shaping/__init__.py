"""The processors that read no store: they order, choose, join and part lists of objects."""
