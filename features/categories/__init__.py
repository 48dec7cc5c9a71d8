"""Board-category correction, in four rooms: evidence, its fit to owners' labels, a second pass, explanations."""
