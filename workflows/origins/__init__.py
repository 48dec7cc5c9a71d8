"""What versions were made from: the bases of a date, what differs from the present, what may be removed."""
