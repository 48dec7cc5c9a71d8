"""What a user is interested in: the categories of their pins, and their most important boards.

    python examples/user_interests.py --output output [--user 20000485]

Without a user, the most important one is taken.
"""

import argparse
import sys

from storage_tiers import open_sql, published_versions


def main() -> None:
    """Print a user's interests as bars, then their most important boards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="output", help="folder of the published datasets")
    parser.add_argument("--user", type=int, help="user id; the most important user by default")
    given = parser.parse_args()
    if not published_versions(given.output, "user_joins", "light"):
        sys.exit(f"no user_joins are published under {given.output}; run 'interest-graph run --date D' first")
    tables = open_sql(given.output)
    where = "WHERE user_id = $user" if given.user is not None else "ORDER BY rank_order, user_id LIMIT 1"
    query = f"SELECT user_id, n_pins, n_boards, interests, boards FROM user_joins {where}"  # noqa: S608 - no input in it
    found = tables.sql(query, params={"user": given.user} if given.user is not None else None).fetchall()
    if not found:
        sys.exit(f"user {given.user} is not among the user_joins under {given.output}")
    ((user_id, n_pins, n_boards, interests, boards),) = found
    print(f"user {user_id}: {n_pins:,} pins on {n_boards:,} boards")
    for interest in interests or []:
        print(f"  {interest['category']:<20} {interest['share']:6.1%}  {'#' * round(40 * interest['share'])}".rstrip())
    for board in (boards or [])[:5]:
        print(f"  board {board['board_id']}, {board['n_pins']:,} pins, {board['category']}")


if __name__ == "__main__":
    main()
