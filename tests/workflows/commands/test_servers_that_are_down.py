"""A tier that can't be asked is one line of ``status`` and ``verify``, which look at all else and end with 1."""

import json

import pyarrow as pa
import pytest
import typer

from storage_tiers import DatasetError, open_dataset
from storage_tiers.debugging import DebuggingTier
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from workflows.commands import looking
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.retention.cleaning import clean
from workflows.settings.of_retention import read_kept

DOWN = "redis://127.0.0.1:1: connection refused; start it, or mend random_access_address"


@pytest.fixture
def output(tmp_path, publish, monkeypatch):
    """A version in two tiers, one of which stands for a server and doesn't answer."""
    publish(tmp_path, pa.table({"board_id": [1, 2]}))
    DebuggingTier(tmp_path).serve(open_dataset(tmp_path, "board_joins"))

    def refuse(_tier):
        raise DatasetError("connection refused", where="redis://127.0.0.1:1", remedy=DOWN.partition("; ")[2])

    monkeypatch.setattr(RandomAccessTier, "datasets", refuse)
    return tmp_path


def test_status_says_so_and_goes_on(output, capsys):
    found = status_of(output)
    assert found.out_of_reach == [f"random_access: {DOWN}"]
    assert f"random_access: {DOWN}" in problems_of(found)
    assert [one.dataset for one in found.tiers if one.tier == "debugging" and one.loaded] == ["board_joins"]
    assert [made.dataset for made in found.published] == ["board_joins"]
    with pytest.raises(typer.Exit) as ended:
        looking.status(str(output), json=True)
    assert ended.value.exit_code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["out_of_reach"], told["is_sound"]) == ([f"random_access: {DOWN}"], False)


def test_verify_says_so_and_looks_at_all_else(output):
    open_dataset(output, "board_joins").part_paths[0].write_bytes(b"PAR1")
    lines = verify_output(output).lines
    assert DOWN in lines
    assert any("part-00000.parquet: bytes current=4" in line for line in lines)


def test_nothing_is_removed_while_it_is_not_known_what_serves(output):
    with pytest.raises(DatasetError, match="connection refused"):
        clean(output, keep_dates=read_kept("1"))
