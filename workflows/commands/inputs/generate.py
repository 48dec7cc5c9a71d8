"""``interest-graph generate``: a made-up snapshot in the raw layout, and the truth that was planted in it."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from joins.arrow.fields import without_meanings
from joins.errors import RawInputError
from joins.raw.schemas import RAW_TABLES
from joins.raw.synthetic.graph import generate_graph
from joins.raw.synthetic.shape import GraphShape
from storage_tiers.versioned.manifest import part_name
from storage_tiers.versioned.on_disk.open_staging import whole_move
from storage_tiers.versioned.staging import remove_unused_staging, staging_folder
from workflows.progress import elapsed
from workflows.tasks.raw_input.arriving_snapshot import arriving_snapshot, is_arriving

TRUTH_FOLDER = "truth"
_PINS_A_FILE = 1_000_000
_ROWS_A_GROUP = 131_072


def write_generated_input(input_root: Path, date: dt.date, shape: GraphShape, seed: int) -> dict[str, int]:
    """Generate a snapshot and write it; return the rows of each table.

    The planted truth goes to ``<input>/truth/<table>/date=<date>/``, which no task reads.

    Raises RawInputError if the date is there already.
    """
    folders = {raw.name: input_root / raw.name / f"date={date.isoformat()}" for raw in RAW_TABLES}
    for name in ("true_boards", "true_pictures", "defects"):
        folders[name] = input_root / TRUTH_FOLDER / name / f"date={date.isoformat()}"
    there = [folder for folder in folders.values() if folder.exists()]
    if there and not is_arriving(input_root, date):
        remedy = f"remove {', '.join(map(str, there))}; or generate another date or folder"
        raise RawInputError("it is there already", where=f"date={date} of {input_root}", remedy=remedy)
    with elapsed(f"generating {shape.n_pins:,} pins"), staging_folder(input_root, "generate") as staging:
        graph = generate_graph(shape, seed=seed, as_of=date)
        for name in folders:
            _write(getattr(graph, name), staging / name)
        with whole_move(), arriving_snapshot(input_root, date):
            for name, folder in folders.items():
                folder.parent.mkdir(parents=True, exist_ok=True)
                if folder.exists():  # of one that was cut off
                    folder.rename(staging / f"replaced-{name}")
                (staging / name).rename(folder)
    remove_unused_staging(input_root)
    return {name: getattr(graph, name).num_rows for name in folders}


def _write(table: pa.Table, folder: Path) -> None:
    folder.mkdir()
    table = table.cast(without_meanings(table.schema))
    for number, start in enumerate(range(0, max(1, table.num_rows), _PINS_A_FILE)):
        rows = table.slice(start, _PINS_A_FILE)
        pq.write_table(
            rows, folder / part_name(number), compression="zstd", compression_level=1, row_group_size=_ROWS_A_GROUP
        )
