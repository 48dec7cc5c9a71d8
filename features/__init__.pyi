from .board_categories import BoardCategoriesError, CategoryFit, category_fit, correct_categories
from .errors import FeatureError
from .image_signatures import ImageSignature, SignatureStatus, image_signature

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
