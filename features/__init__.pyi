from .categories.correct import BoardCategoriesError, CategoryFit, category_fit, correct_categories
from .categories.explain import BoardExplanation, explain_board
from .images.one_signature import ImageSignature, image_signature
from .images.statuses import SignatureStatus
from .same_picture.comparison import Comparison, compare_pictures
from .same_picture.grouping import PictureGroups, group_pictures

__all__ = [
    "BoardCategoriesError",
    "BoardExplanation",
    "CategoryFit",
    "Comparison",
    "ImageSignature",
    "PictureGroups",
    "SignatureStatus",
    "category_fit",
    "compare_pictures",
    "correct_categories",
    "explain_board",
    "group_pictures",
    "image_signature",
]
