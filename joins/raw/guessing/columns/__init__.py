"""What a column of a sample is, by itself: what its name says, and what its values could be read as."""
