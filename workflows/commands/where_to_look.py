"""What a finished run tells a newcomer: what was built and how to look at it."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from storage_tiers.versioned.datasets import open_dataset
from storage_tiers.versioned.versions import Version
from workflows.catalog import JOIN_DATASETS

_DEFAULT_OUTPUT = Path("output")


def where_to_look(root: Path, version: Version) -> Iterator[str]:
    """Yield lines to copy: a command for the most important key of each join, then Python and SQL."""
    option = "" if root == _DEFAULT_OUTPUT else f" --output {root}"
    yield f"{version} is complete under {root}. Look at it:"
    for spec in JOIN_DATASETS:
        key = _most_important(root, spec.name, version)
        if key is not None:
            yield f"  {_command()} show {spec.name.removesuffix('s')} {key}{option}"
    yield f"or in Python ({os.path.relpath(sys.executable)}):"
    yield "  from storage_tiers import open_dataset, open_sql"
    yield f'  open_dataset("{root}", "board_joins").to_table(["board_id", "page_rank", "category"])'
    yield f'  open_sql("{root}").sql("SELECT category, count(*) FROM board_joins GROUP BY ALL").show()'  # noqa: S608 - a line to copy, not a query


def _command() -> str:
    """Return how the reader of these lines can call us: by name if on the path, else as a file beside Python."""
    name = "interest-graph"
    beside_python = Path(sys.executable).parent / name
    return name if shutil.which(name) or not beside_python.exists() else os.path.relpath(beside_python)


def _most_important(root: Path, name: str, version: Version) -> object:
    light = open_dataset(root, name, "light", version.date, version.iteration)
    importance = light.schema.metadata[b"importance"].decode()
    rows = light.to_table([light.manifest.key, importance])
    if not rows.num_rows:
        return None
    return rows[light.manifest.key][rows[importance].to_numpy().argmax()].as_py()
