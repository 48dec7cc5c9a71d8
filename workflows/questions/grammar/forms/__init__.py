"""The forms of whole questions."""
