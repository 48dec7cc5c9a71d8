from .categories.correct import correct_categories
from .categories.explaining.explain import explain_board
from .categories.explaining.explanation import BoardExplanation
from .categories.fitting.category_fit import CategoryFit, category_fit
from .categories.labelled_boards import BoardCategoriesError
from .images.image_signature import ImageSignature, image_signature
from .images.signed_picture import SignatureStatus
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
