"""Which pictures are the same: the distance of two, the search for near ones, and groups around leaders."""
