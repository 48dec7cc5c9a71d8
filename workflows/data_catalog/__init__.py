"""What there is to look at: datasets and fields, what they mean, whose they are, how good and fresh, made from what."""
