"""The four tasks of the pictures of a day, one after the other in a process of its own, each beside its floors.

``keys`` is reading the keys of a task alone: the columns by which it knows a picture again, of all that it reads, by
the readers that it has itself, in one pass without looking at them. ``write`` is writing what it published once more,
by the same writer, digests and waiting for the disk included. Both are measured after the day. What a process does
once, imports and digests of code, is done before on a day of a thousand pictures.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from benchmarks.harness.contender import Figures, Job, timed
from benchmarks.signatures.known.planted_days import BEFORE, TODAY, make_days
from joins.raw.schemas import RAW_PINS
from storage_tiers.versioned.parts import PartWriter
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Version
from workflows.picture_catalog import IMAGE_FILES, PICTURE_MEMBERS, PICTURE_SIGNATURES
from workflows.tasks.pictures.images import ImageFiles, ImageSignatures
from workflows.tasks.pictures.picture_groups import GroupPictures
from workflows.tasks.pictures.picture_signatures import PictureSignatures
from workflows.tasks.pictures.picture_task import PictureTask
from workflows.tasks.raw_input.fetched_input import files_to_read
from workflows.tasks.raw_input.raw_snapshot import raw_shards

TASKS: tuple[type[PictureTask], ...] = (ImageFiles, PictureSignatures, GroupPictures, ImageSignatures)
_WARMING = 1_000

# What a task reads keys from, besides the raw pins: dataset, whether of this day or of the one before, and its keys.
_Keys = tuple[DatasetSpec, bool, Sequence[str]]
_KEYS: dict[type[PictureTask], tuple[_Keys, ...]] = {
    ImageFiles: ((IMAGE_FILES, False, ["image"]),),
    PictureSignatures: ((IMAGE_FILES, True, ["digest"]), (PICTURE_SIGNATURES, False, ["digest"])),
    GroupPictures: ((PICTURE_SIGNATURES, True, ["digest"]),),
    ImageSignatures: (
        (IMAGE_FILES, True, ["image", "digest"]),
        (PICTURE_SIGNATURES, False, ["digest"]),
        (PICTURE_SIGNATURES, True, ["digest"]),
        (PICTURE_MEMBERS, False, ["digest"]),
        (PICTURE_MEMBERS, True, ["digest"]),
    ),
}


def time_tasks(run: Callable[..., object], job: Job) -> Figures:
    """Warm up, then return ``tasks``: what each took, and what reading its keys alone did."""
    make_days(job.scratch / "warming", _WARMING, "packs")
    list(run(job.scratch / "warming" / "input", job.scratch / "warming" / "output"))
    shutil.copytree(job.source / "output", job.output, dirs_exist_ok=True)
    input_root = job.source / "input"
    took = dict(run(input_root, job.output))
    for task in _day(input_root, job.output):
        refuse_unknown(task)
        _, keys = timed(_read_keys, task)
        _, write = timed(_write_again, _published(task), job.scratch)
        took[task.task_family] |= {f"keys_{name}": keys[name] for name in ("wall_s", "cpu_s")}
        took[task.task_family] |= {f"write_{name}": write[name] for name in ("wall_s", "cpu_s")}
    return {"tasks": took, "wall_s": _sum(took, "wall_s"), "cpu_s": _sum(took, "cpu_s")}


def run_tasks(input_root: Path, output_root: Path) -> Iterator[tuple[str, Figures]]:
    """Run the tasks of the day, and yield the name of each with what it took."""
    for task in _day(input_root, output_root):
        _, took = timed(task.run)
        yield task.task_family, took


def _day(input_root: Path, output_root: Path) -> list[PictureTask]:
    return [task(date=TODAY, input_root=str(input_root), output_root=str(output_root)) for task in TASKS]


def _read_keys(task: PictureTask) -> None:
    if isinstance(task, ImageFiles):
        shards = raw_shards(files_to_read(task, RAW_PINS.name), RAW_PINS, ["image"])
        for number in range(len(shards)):
            shards(number)
    for spec, is_of_today, keys in _KEYS[type(task)]:
        task.open(spec, Version(TODAY if is_of_today else BEFORE, 0)).to_table(keys)


def refuse_unknown(task: PictureTask) -> None:
    """End the benchmark if a day took a picture for new or changed: then it didn't measure what it says."""
    if isinstance(task, ImageFiles):
        counts = task.open(IMAGE_FILES, Version(TODAY, 0)).manifest.counts
        if counts["read"] or not counts["unchanged"]:
            sys.exit(f"the files of the day aren't those of the day before: {counts}")


def _published(task: PictureTask) -> list[tuple[DatasetSpec, list[pa.Table]]]:
    """Return the parts that a task published, as they were given to the writer."""
    specs = task.derivation.outputs
    return [(spec, list(task.open(spec, Version(TODAY, 0)).iter_parts())) for spec in specs]


def _write_again(published: Sequence[tuple[DatasetSpec, list[pa.Table]]], scratch: Path) -> None:
    for spec, parts in published:
        folder = scratch / spec.name
        folder.mkdir()
        for number, part in enumerate(parts):
            PartWriter(folder, part.schema, spec.key)(number, part)


def _sum(took: dict[str, Figures], name: str) -> float:
    return float(sum(figures[name] for figures in took.values()))
