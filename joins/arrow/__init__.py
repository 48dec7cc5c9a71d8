"""Arrow columns, keys and orders: the one leaf that every package may import."""
