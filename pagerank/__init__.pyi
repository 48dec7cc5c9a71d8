from .board_ranks import board_ranks
from .errors import InvalidGraphError, NotConvergedError, PageRankError
from .pagerank import PageRank, pagerank
from .repin_graph import merge_repin_edges, repin_edges

__all__ = [
    "InvalidGraphError",
    "NotConvergedError",
    "PageRank",
    "PageRankError",
    "board_ranks",
    "merge_repin_edges",
    "pagerank",
    "repin_edges",
]
