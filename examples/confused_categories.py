"""Which categories owners confuse: what they filed boards under, and what other boards say of the same pictures.

python examples/confused_categories.py --output output
"""

import argparse
import sys

from storage_tiers import open_sql, published_versions

CONFUSED = """
SELECT owner_category, category, count(*) AS n_boards, round(avg(category_confidence), 3) AS confidence,
       round(100.0 * count(*) / any_value(n_filed), 1) AS percent_of_filed
FROM board_joins JOIN (
    SELECT owner_category, count(*) AS n_filed FROM board_joins GROUP BY owner_category
) USING (owner_category)
WHERE category_changed GROUP BY owner_category, category
ORDER BY n_boards DESC, owner_category, category LIMIT $most
"""


def main() -> None:
    """Print the pairs of categories that are confused most often."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="output", help="folder of the published datasets")
    parser.add_argument("--most", type=int, default=10, help="pairs to show")
    given = parser.parse_args()
    if not published_versions(given.output, "board_joins", "light"):
        sys.exit(f"no board_joins are published under {given.output}; run 'interest-graph run --date D' first")
    print(open_sql(given.output).sql(CONFUSED, params={"most": given.most}))


if __name__ == "__main__":
    main()
