"""Drawings: pictures of plain areas, which their lowest frequencies don't tell apart, and what is kept of them."""
