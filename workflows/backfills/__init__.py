"""Building many dates: what is to be done, run side by side within memory, reported once."""
