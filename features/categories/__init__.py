"""Board-category correction, in three rooms: evidence of the pictures, its fit to owners' labels, explanations."""
