"""Board-category correction, in four rooms: evidence of the pictures, its fit to owners' labels,
a second pass, explanations.
"""
