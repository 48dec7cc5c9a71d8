"""A root of many small days, made in a minute or two: one real day, and copies of it under other dates.

A copy has the Parquet files of the real one as hard links, manifests of its own with the right digests, what the tiers
hold, and receipts: nothing that a command reads of a thousand days is left out. Only the rows are the same every day.
"""

import datetime as dt
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

from benchmarks.harness.kept import run_interest_graph
from storage_tiers.registry import TIERS
from storage_tiers.versioned.manifest import Manifest, read_manifest, write_manifest
from storage_tiers.versioned.versions import VARIANTS, VersionPlace, dataset_names, described_places

NEWEST = dt.date(2026, 11, 20)
_ONE_DAY = dt.timedelta(days=1)
_OF_THE_TIER = "_tier.json"  # beside the rows that a tier copied


def make_days(folder: Path, n_days: int, n_pins: int) -> None:
    """Fill a folder with ``input`` and ``output`` of so many days up to `NEWEST`, and the raw input of one more."""
    options = ("--date", str(NEWEST), "--input", str(folder / "input"), "--output", str(folder / "output"))
    run_interest_graph("generate", *options[:4], "--pins", str(n_pins))
    run_interest_graph("run", *options, "--iterations", "1")
    for table in ("pins", "boards", "users"):
        of_date = folder / "input" / table / f"date={NEWEST}"
        shutil.copytree(of_date, of_date.with_name(f"date={NEWEST + _ONE_DAY}"))
    for number in range(1, n_days):
        copy_day(folder / "output", NEWEST - number * _ONE_DAY)


def copy_day(output: Path, date: dt.date) -> None:
    """Copy the real day under another date: datasets, what tiers hold, receipts."""
    for name in dataset_names(output):
        for variant in VARIANTS:
            for place in described_places(output, name, variant, NEWEST):
                _copy_version(place, date)
    for tier in TIERS:
        for path in (output / f"_{tier.name}").rglob(f"date={NEWEST}"):
            _copy_tree(path, path.with_name(f"date={date}"), date)


def _copy_version(place: VersionPlace, date: dt.date) -> None:
    copy = replace(place, version=replace(place.version, date=date))
    _copy_tree(place.folder, copy.folder, date)
    copy.manifest.parent.mkdir(parents=True, exist_ok=True)
    write_manifest(_of_date(read_manifest(place), date), copy.manifest)


def _of_date(manifest: Manifest, date: dt.date) -> Manifest:
    inputs = tuple(replace(one, date=date) for one in manifest.inputs)
    return replace(manifest, date=date, inputs=inputs)


def _copy_tree(folder: Path, copy: Path, date: dt.date) -> None:
    """Link every file, but for those that say of which date they are."""
    for path in sorted(folder.rglob("*")):
        target = copy / path.relative_to(folder)
        if path.is_dir():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name == _OF_THE_TIER:
            content = json.loads(path.read_bytes())
            content["version"]["date"] = str(date)
            target.write_text(json.dumps(content, indent=1), encoding="utf-8")
        else:
            os.link(path, target)
