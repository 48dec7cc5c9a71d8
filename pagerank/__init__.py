"""The importance of boards: the repin graph and PageRank over it, with an error bound that holds."""

from pagerank.board_ranks import board_ranks
from pagerank.errors import InvalidGraphError, NotConvergedError, PageRankError
from pagerank.graph_ranks import PageRank, pagerank
from pagerank.repin_graph import merge_repin_edges, repin_edges

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
