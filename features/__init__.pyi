from .board_categories import BoardCategoriesError, CategoryFit, category_fit, correct_categories
from .board_explanation import BoardExplanation, explain_board
from .errors import FeatureError
from .image_signatures import ImageSignature, image_signature
from .images.statuses import SignatureStatus

__all__ = [
    "BoardCategoriesError",
    "BoardExplanation",
    "CategoryFit",
    "FeatureError",
    "ImageSignature",
    "SignatureStatus",
    "category_fit",
    "correct_categories",
    "explain_board",
    "image_signature",
]
