"""Object stores: addresses, requests, files that are read by ranges. Nothing here knows a dataset."""
