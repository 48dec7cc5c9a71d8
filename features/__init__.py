"""Derived features, one a file: image signatures, board categories, repin chains, counts, terms and links.

Everything here is a pure function of Arrow tables or bytes: no clock, no environment, no storage.
"""

from features.board_categories import BoardCategoriesError, CategoryFit, category_fit, correct_categories
from features.errors import FeatureError
from features.image_signatures import ImageSignature, SignatureStatus, image_signature

__all__ = [
    "BoardCategoriesError",
    "CategoryFit",
    "FeatureError",
    "ImageSignature",
    "SignatureStatus",
    "category_fit",
    "correct_categories",
    "image_signature",
]
