"""What plans read: datasets of tiers and of other services, in one consistent version."""
