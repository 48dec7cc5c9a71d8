"""The contenders of the SQL benchmark give equal answers over the same published files."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from benchmarks.harness.kept import bench_folder
from benchmarks.tiers import sql_aggregates
from benchmarks.tiers.sql_contenders import line_up


@pytest.mark.slow
def test_every_engine_answers_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    peer = line_up()[-1].python
    if not Path(peer).exists():
        pytest.skip(f"{peer} isn't there; make bench-tiers makes it")
    sql_aggregates.main(Namespace(small=True, rows=0, rounds=1, only=[]))
    kept = json.loads((bench_folder() / "results-tiers-sql-100000.json").read_text())
    assert [one["result"] for one in kept] == ["equal"] * 5
    assert "SQL over 100,000 light rows" in capsys.readouterr().out
