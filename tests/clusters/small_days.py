"""A small day for the tests of clusters: its input, what threads make of it, and clients of a cluster.

A library that started threads before stays in the network of the host, so stores are reached by processes of their own.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage_tiers import open_dataset
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS

UPLOAD = """
import sys
from pathlib import Path
from storage_tiers.stores.address import root_of

folder, place = Path(sys.argv[1]), root_of(sys.argv[2])
for path in sorted(folder.rglob("*")):
    if path.is_file():
        (place / path.relative_to(folder)).write_bytes(path.read_bytes())
"""
DIGESTS = """
import json, sys
from storage_tiers import open_dataset
from storage_tiers.stores.address import root_of

root, *names = sys.argv[1:]
for name in names:
    open_dataset(root, name).verify()
left = [one.key for one in (root_of(root) / "_staging").listed()]
print(json.dumps([{name: open_dataset(root, name).manifest.digest for name in names}, left]))
"""
NAMES = tuple(spec.name for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS))
ROWS_PER_PART = 1_100  # so that a small day has several parts
DATE = "2026-11-20"
N_PINS = 2_000
COMMAND = str(Path(sys.executable).with_name("interest-graph"))


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A folder with the input of a small day, and the output that threads of one process make of it.

    It has two iterations, or as many as an indirect parameter says.
    """
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where the local work folder of a store lies by default
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(tmp_path / "luigi.cfg"))
    configure(tmp_path)
    in_process = ("run", "--output", tmp_path / "output", "--iterations", getattr(request, "param", 2))
    for words in (("generate", "--pins", N_PINS, "--dirty", 0.02), in_process):
        command = [COMMAND, *words, "--date", DATE, "--input", tmp_path / "input"]
        subprocess.run([*map(str, command)], check=True, capture_output=True)
    return tmp_path


def configure(day: Path, *settings: str) -> None:
    """Write the settings of the day's engine."""
    lines = ["[engine]", f"rows_per_part = {ROWS_PER_PART}", *settings]
    (day / "luigi.cfg").write_text("".join(f"{line}\n" for line in lines))


def check_equal(day: Path, root: str, run: Callable[..., str]) -> None:
    """Check that the datasets below an address are those of the day, whole, and that nothing is left in staging."""
    there, left = json.loads(run(sys.executable, "-c", DIGESTS, root, *NAMES))
    assert there == {name: open_dataset(day / "output", name).manifest.digest for name in NAMES}
    assert open_dataset(day / "output", "facts").n_parts > 1
    assert left == []
