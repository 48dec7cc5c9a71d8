"""``python -m benchmarks NAME [--rounds N] [--only TEXT ...] [--small] ...``: every benchmark, by its name.

A benchmark is a module with a function `main`, that is given what was asked for, and perhaps `OPTIONS` of its own. What
is generated is made once and kept under ``BENCH_DIR``; the raw figures of the last run lie there in ``results-*.json``.
"""

import argparse
import os
import platform
import sys
from importlib import import_module

from benchmarks.harness.contender import REPOSITORY, n_cores
from benchmarks.harness.kept import bench_folder

# Name: module, and rounds unless others are asked for. A make target runs each, ablation aside.
BENCHMARKS = {
    "import-speed": ("imports.speed", 3),
    "joins": ("joins.compare", 3),
    "joins-growth": ("joins.growth", 3),
    "days": ("days.compare", 3),
    "whole-day": ("whole_day.compare", 3),
    "profile-day": ("days.day_profile", 1),
    "codecs": ("days.part_codecs", 5),
    "pagerank": ("pagerank.compare", 3),
    "pagerank-small": ("pagerank.small_graphs", 5),
    "pagerank-disk": ("pagerank.beyond_memory", 1),
    "pagerank-engine": ("pagerank.on_engine", 1),
    "categories": ("categories.compare", 3),
    "categories-calibration": ("categories.reliability", 1),
    "categories-harm": ("categories.harm.compare", 1),
    "categories-large": ("categories.large", 1),
    "categories-ablation": ("categories.ablation", 1),
    "signature-speed": ("signatures.speed", 3),
    "signature-grouping": ("signatures.grouping", 3),
    "signature-quality": ("signatures.quality", 1),
    "signature-days": ("signatures.days", 1),
    "signature-known": ("signatures.known.compare", 3),
    "tiers-keys": ("tiers.key_lookups", 3),
    "tiers-fields": ("tiers.projected_rows", 3),
    "tiers-lookups": ("tiers.debug_lookups", 3),
    "tiers-sql": ("tiers.sql_aggregates", 3),
    "explorer": ("explorer.page_times", 1),
    "serving": ("serving.compare", 3),
    "drill-backfill": ("drills.backfill", 1),
    "drill-week": ("drills.week", 1),
    "drill-switches": ("drills.switches", 1),
    "drill-loads": ("drills.loads", 1),
    "drill-serving": ("drills.serving.drill", 1),
    "drill-store": ("stores.whole_day", 1),
    "store-scans": ("stores.scans", 3),
    "clusters": ("clusters.whole_day", 1),
    "clusters-growth": ("clusters.grown_day", 1),
    "shuffle": ("clusters.shuffled_rows", 5),
}


def main() -> None:
    """Run what the command line names."""
    name, *options = sys.argv[1:] or [""]
    if name not in BENCHMARKS:
        sys.exit(f"python -m benchmarks: no benchmark is called {name!r}; there are {', '.join(BENCHMARKS)}")
    module_name, n_rounds = BENCHMARKS[name]
    module = import_module(f"benchmarks.{module_name}")
    parser = argparse.ArgumentParser(
        f"python -m benchmarks {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=n_rounds, help="rounds (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the labels of contenders that shall take part")
    parser.add_argument("--small", action="store_true", help="small sizes, to see that everything runs")
    for option, how in getattr(module, "OPTIONS", {}).items():
        parser.add_argument(option, **how)
    asked = parser.parse_args(options)
    os.chdir(REPOSITORY)
    print(f"Python {platform.python_version()}, {n_cores()} cores; what is kept and scratch under {bench_folder()}")
    module.main(asked)


if __name__ == "__main__":
    main()
