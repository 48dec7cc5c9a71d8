"""``python -m benchmarks.joins [grouping|wide|growth] [--pins N ...] [--rounds N] [--only TEXT ...] [--small]``.

Without a name: ``grouping`` (every engine on the grouping of ``contenders.py``) and ``wide`` (the workflow's own joins
against their floor); ``growth`` runs the latter at several sizes. Generated input and computed days are kept under
``BENCH_DIR``; the raw figures of the last run of each comparison lie beside them in ``results-*.json``.
"""

from benchmarks.harness.rounds import announce, command_line, keep_results
from benchmarks.joins.compare import compare_grouping, compare_wide
from benchmarks.joins.growth import measure_growth

_SIZES = {"growth": [1_000_000, 2_000_000, 4_000_000, 10_000_000, 30_000_000]}
_SMALL_SIZES = {"growth": [50_000, 100_000]}
_PINS, _SMALL_PINS = [2_000_000], [100_000]


def main() -> None:
    """Run what the command line asks for."""
    parser = command_line("benchmarks.joins", __doc__)
    parser.add_argument("what", nargs="?", default="all", choices=["all", "grouping", "wide", "growth"])
    parser.add_argument("--pins", type=int, nargs="+", help=f"sizes; {_PINS[0]:,} by default, more for growth")
    asked = parser.parse_args()
    announce()
    sizes = _SMALL_SIZES.get(asked.what, _SMALL_PINS) if asked.small else asked.pins or _SIZES.get(asked.what, _PINS)
    if asked.what == "growth":
        keep_results("growth", measure_growth(sizes, asked.rounds))
        return
    for n_pins in sizes:
        if asked.what in ("grouping", "all"):
            keep_results(f"grouping-{n_pins}", compare_grouping(n_pins, asked.rounds, asked.only))
        if asked.what in ("wide", "all"):
            keep_results(f"wide-{n_pins}", compare_wide(n_pins, asked.rounds))


if __name__ == "__main__":
    main()
