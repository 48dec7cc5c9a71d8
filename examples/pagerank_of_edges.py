"""PageRank of an edge list of your own: a CSV or Parquet file with the columns src, dst and, if you like, weight.

    python examples/pagerank_of_edges.py edges.csv [--damping 0.85] [--most 10]

Ids are whole numbers. Importance flows from src to dst, and the ranks sum to 1.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet

from pagerank import pagerank


def main() -> None:
    """Print the most important nodes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("edges", type=Path, help="CSV or Parquet file")
    parser.add_argument("--damping", type=float, default=0.85, help="chance, 0 to 1, of going on along an edge")
    parser.add_argument("--most", type=int, default=10, help="nodes to show")
    given = parser.parse_args()
    if not given.edges.is_file():
        sys.exit(f"{given.edges} is no file; give a CSV or Parquet file with the columns src and dst")
    read = pyarrow.csv.read_csv if given.edges.suffix == ".csv" else pyarrow.parquet.read_table
    ranked = pagerank(read(given.edges), damping=given.damping)
    print(f"{ranked.node_ids.size:,} nodes, {ranked.n_sweeps} sweeps, L1 error at most {ranked.error_bound:.1e}")
    for place in np.argsort(-ranked.ranks, kind="stable")[: given.most]:
        print(f"{ranked.node_ids[place]:>12}  {ranked.ranks[place]:.6f}")


if __name__ == "__main__":
    main()
