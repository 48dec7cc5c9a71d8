from .board_join import build_board_joins
from .errors import DiscoveryError, FeatureError, JoinError, RawInputError
from .pin_join import build_pin_joins
from .raw.synthetic.graph import GeneratedGraph, generate_graph
from .raw.synthetic.shape import GraphShape, GraphShapeError
from .user_join import build_user_joins

__all__ = [
    "DiscoveryError",
    "FeatureError",
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
