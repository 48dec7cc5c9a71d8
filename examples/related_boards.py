"""Which boards are related to a picture: those that share the most pictures with the boards that hold it.

    python examples/related_boards.py --output output [--picture f893a2eefb32555e]

A shared picture counts the more, the fewer boards hold it, and large boards don't win by their size. Without a
picture, the most important one is taken.
"""

import argparse
import sys

from storage_tiers import open_sql, published_versions

RELATED = """
WITH holders AS (
    SELECT unnest(boards).board_id AS board_id FROM pin_joins WHERE image_signature = $picture
),
shown AS (SELECT board_id, unnest(pin_joins) AS picture FROM board_joins),
near AS (SELECT DISTINCT picture.image_signature FROM shown WHERE board_id IN (FROM holders))
SELECT board_id, any_value(name) AS name, any_value(category) AS category, count(*) AS n_shared,
       round(sum(1.0 / picture.n_boards) / sqrt(any_value(n_pictures)), 3) AS weight
FROM shown JOIN board_joins USING (board_id)
WHERE picture.image_signature IN (FROM near) AND board_id NOT IN (FROM holders)
GROUP BY board_id ORDER BY weight DESC, board_id LIMIT $most
"""


def main() -> None:
    """Print the related boards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="output", help="folder of the published datasets")
    parser.add_argument("--picture", help="image signature; the most important picture by default")
    parser.add_argument("--most", type=int, default=10, help="boards to show")
    given = parser.parse_args()
    tables = open_sql(given.output)
    if not published_versions(given.output, "pin_joins", "light"):
        sys.exit(f"no pin_joins are published under {given.output}; run 'interest-graph run --date D' first")
    picture = given.picture
    if picture is None:
        first = "SELECT image_signature FROM pin_joins ORDER BY rank_order, image_signature LIMIT 1"
        ((picture,),) = tables.sql(first).fetchall()
    related = tables.sql(RELATED, params={"picture": picture, "most": given.most})
    if not related.fetchall():
        sys.exit(f"no board shares a picture with those that hold {picture}, or there is no such picture")
    print(f"boards related to picture {picture}\n{related}")


if __name__ == "__main__":
    main()
