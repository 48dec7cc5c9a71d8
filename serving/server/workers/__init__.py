"""Many processes that answer, and the one that starts them."""
