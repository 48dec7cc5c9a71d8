"""Arrow columns as msgpack, in bulk, of which `storage_tiers.random_access.values` makes the values of rows."""
