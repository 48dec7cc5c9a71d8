from .board_join import build_board_joins
from .errors import JoinError, RawInputError
from .pin_join import build_pin_joins
from .synthetic.graph import GeneratedGraph, generate_graph
from .synthetic.shape import GraphShape, GraphShapeError
from .user_join import build_user_joins

__all__ = [
    "GeneratedGraph",
    "GraphShape",
    "GraphShapeError",
    "JoinError",
    "RawInputError",
    "build_board_joins",
    "build_pin_joins",
    "build_user_joins",
    "generate_graph",
]
