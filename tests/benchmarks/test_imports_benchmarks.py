"""The contenders of the import's benchmark bring the same rows into the raw layout."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from benchmarks.harness.kept import bench_folder
from benchmarks.imports import speed
from benchmarks.imports.contenders import importers
from benchmarks.imports.sources import KINDS


@pytest.mark.slow
def test_every_importer_writes_the_same_pins(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    peer = importers("csv", None)[-1].python
    if not Path(peer).exists():
        pytest.skip(f"{peer} isn't there; make bench-import makes it")
    speed.main(Namespace(small=True, rounds=1, before=None, only=[]))
    for kind in KINDS:
        kept = json.loads((bench_folder() / f"results-import-{kind}-2000.json").read_text())
        assert [one["result"] for one in kept] == ["2,000 pins", "equal", "equal", "equal"]
    assert "2,000 pins, parquet" in capsys.readouterr().out
