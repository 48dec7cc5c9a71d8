"""How the rows of a shuffle travel between machines: blocks of a shard, groups of partitions, and what gathers them."""
