"""The two sides of the table, this checkout and perhaps another: each corrects a set in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.categories.collection import NO_LABEL, Codes, board_of_pins, image_of_pins
from benchmarks.categories.harm.noises import Noise
from benchmarks.categories.harm.outcomes import Outcome, outcome_of
from benchmarks.categories.harm.trap_sets import NO_OWNER, OwnedCollection
from benchmarks.categories.harm.two_passes import KEPT_NAME, N_PASSES
from benchmarks.harness.contender import REPOSITORY

_SCRIPT = Path(__file__).with_name("two_passes.py")
_LOG_NAME = "log"


@dataclass(frozen=True, slots=True)
class Side:
    """A checkout, by its Python."""

    python: Path
    is_here: bool = False  # this one

    def checkout(self) -> Path:
        """Return the folder of its code; an error that ends the run where there is none."""
        command = [str(self.python), "-P", "-c", "import features; print(features.__file__)"]
        try:
            found = subprocess.run(  # noqa: S603 - a Python that we were told
                command, check=False, capture_output=True, text=True, env=self._environment()
            )
        except OSError as error:
            sys.exit(f"{self.python} can't be run ({error.strerror}); name the Python of a checkout's venv")
        if found.returncode:
            why = found.stderr.strip().splitlines()[-1:]
            sys.exit(f"{self.python} has no interest-graph ({''.join(why)}); name the Python of a checkout's venv")
        return Path(found.stdout.strip()).parents[1]

    def start(self, source: Path, output: Path) -> subprocess.Popen[str]:
        """Start to correct all labels of a folder; what is said goes to a file in the output."""
        output.mkdir()
        command = [str(self.python), "-P", str(_SCRIPT), str(source), str(output)]
        with (output / _LOG_NAME).open("w") as log:
            return subprocess.Popen(  # noqa: S603 - as above
                command, cwd=output, env=self._environment(), stdout=log, stderr=log, text=True
            )

    def _environment(self) -> dict[str, str]:
        own_modules = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        here = {"PYTHONPATH": str(REPOSITORY)} if self.is_here else {}
        return own_modules | here | {"OPENBLAS_NUM_THREADS": "1"}


HERE = Side(Path(sys.executable), is_here=True)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a side made of a set."""

    outcomes: Mapping[tuple[str, int], Outcome]  # by name of the noise and its seed; empty where it failed
    why: str = ""  # it failed


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one noise and seed."""

    noise: str
    seed: int
    codes: Codes

    @property
    def stem(self) -> str:
        """The name of their file, without ending."""
        return f"labels-{self.noise}-{self.seed}"


def corrected_by(
    sides: Sequence[Side], made: OwnedCollection, noises: Mapping[str, Noise], scratch: Path
) -> list[Corrected]:
    """Let all sides correct a set with each noise and seed, at the same time; `scratch` is an empty folder."""
    source = scratch / "source"
    labels = _write(made, noises, source)
    outputs = [scratch / f"side-{number}" for number in range(len(sides))]
    processes = [side.start(source, output) for side, output in zip(sides, outputs, strict=True)]
    codes = [process.wait() for process in processes]
    return [_read(made, labels, output, code) for output, code in zip(outputs, codes, strict=True)]


def _write(made: OwnedCollection, noises: Mapping[str, Noise], source: Path) -> list[Labels]:
    source.mkdir()
    pins = {"board_id": board_of_pins(made.images), "image_signature": image_of_pins(made.images)}
    pq.write_table(pa.table(pins), source / "pins.parquet")
    written = []
    for name, noise in noises.items():
        for seed in range(noise.n_seeds):
            labels = Labels(name, seed, noise.labels(made, seed))
            owners = pa.array(labels.codes, mask=labels.codes == NO_LABEL)
            boards = {"board_id": np.arange(made.truth.size), "category": _names(made).take(owners)}
            if made.owners is not None and noise.tells_owners:
                boards["user_id"] = pa.array(made.owners, mask=made.owners == NO_OWNER)
            pq.write_table(pa.table(boards), source / f"{labels.stem}.parquet")
            written.append(labels)
    return written


def _read(made: OwnedCollection, labels: Sequence[Labels], output: Path, exit_code: int) -> Corrected:
    if exit_code:
        lines = (output / _LOG_NAME).read_text(errors="replace").strip().splitlines() or [""]
        return Corrected({}, f"failed ({exit_code}): {lines[-1][:200]}")
    kept = json.loads((output / KEPT_NAME).read_text())
    outcomes = {}
    for one in labels:
        tables = [pq.read_table(output / f"{one.stem}-{number}.parquet") for number in range(1, N_PASSES + 1)]
        found = [_codes(made, table) for table in tables]
        confidence = tables[-1]["confidence"].fill_null(0.0).to_numpy()
        outcome = outcome_of(made.truth, one.codes, found, confidence, kept[one.stem])
        outcomes[one.noise, one.seed] = outcome
    return Corrected(outcomes)


def _names(made: OwnedCollection) -> pa.Array:
    return pa.array([f"category {code:04}" for code in range(made.n_categories)])


def _codes(made: OwnedCollection, table: pa.Table) -> Codes:
    found = pc.index_in(table["category"], value_set=_names(made))
    return np.asarray(found.fill_null(NO_LABEL).to_numpy(), np.int64)
