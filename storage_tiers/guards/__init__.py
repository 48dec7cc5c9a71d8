"""What guards versions: what is read is not removed, and what is damaged does not begin to serve."""
