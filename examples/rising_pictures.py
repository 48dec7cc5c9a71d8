"""Which pictures rise: those that gained the most pins between two dates.

    python examples/rising_pictures.py --output output [--before 2026-11-19] [--after 2026-11-20]

The two newest dates are taken by default.
"""

import argparse
import datetime as dt
import sys

import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers import open_dataset, published_versions

COLUMNS = ["image_signature", "n_pins", "category"]


def risen(before: pa.Table, after: pa.Table, most: int) -> pa.Table:
    """Return the pictures with the largest gain of pins; a new picture gains all its pins."""
    both = after.join(before.select(["image_signature", "n_pins"]), "image_signature", right_suffix="_before")
    gain = pc.subtract(both["n_pins"], pc.fill_null(both["n_pins_before"], 0))
    order = [("gain", "descending"), ("image_signature", "ascending")]
    return both.append_column("gain", gain).sort_by(order).slice(0, most)


def main() -> None:
    """Print the pictures that rose most."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="output", help="folder of the published datasets")
    parser.add_argument("--before", type=dt.date.fromisoformat, help="the earlier date")
    parser.add_argument("--after", type=dt.date.fromisoformat, help="the later date")
    parser.add_argument("--most", type=int, default=10, help="pictures to show")
    given = parser.parse_args()
    dates = sorted({version.date for version in published_versions(given.output, "pin_joins", "light")})
    if len(dates) < 2 and not (given.before and given.after):  # noqa: PLR2004 - before and after
        sys.exit(f"two dates of pin_joins are needed under {given.output}, {len(dates)} there: run another date first")
    before, after = (
        open_dataset(given.output, "pin_joins", "light", date).to_table(COLUMNS)
        for date in (given.before or dates[-2], given.after or dates[-1])
    )
    for row in risen(before, after, given.most).to_pylist():
        n_before = row["n_pins_before"] or 0
        print(f"{row['gain']:+8,} pins  {n_before:,} to {row['n_pins']:,}  {row['image_signature']}  {row['category']}")


if __name__ == "__main__":
    main()
