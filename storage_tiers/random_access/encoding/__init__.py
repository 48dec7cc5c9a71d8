"""Arrow columns as msgpack, in bulk, of which `storage_tiers.random_access.values` makes values; and rows of these."""
