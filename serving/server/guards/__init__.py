"""Who is answered, and how often: tokens, names of hosts, rates."""
