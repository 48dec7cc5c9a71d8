"""Which columns are the ids of pins, boards, users and parents, by their names and by their values."""
