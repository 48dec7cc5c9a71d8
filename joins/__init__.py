"""The three joins and what they are made from: raw schemas and checks, PinJoin, BoardJoin and UserJoin.

Everything here is a pure function of Arrow tables: no clock, no environment, no storage; scratch space for
spilling arrives as an argument.
"""

from joins.board_join import build_board_joins
from joins.errors import JoinError, RawInputError
from joins.pin_join import build_pin_joins
from joins.synthetic.graph import GeneratedGraph, generate_graph
from joins.synthetic.shape import GraphShape, GraphShapeError
from joins.user_join import build_user_joins

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
