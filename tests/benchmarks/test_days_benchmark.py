"""The benchmarks of days: roots that every command takes for real ones, each of which is measured; and codecs."""

import datetime as dt
import json
import re
from argparse import Namespace

import pytest

from benchmarks.days import compare, part_codecs
from benchmarks.days.cloned_days import NEWEST, make_days
from benchmarks.days.commands import MEASURED
from benchmarks.days.part_codecs import Codec
from benchmarks.harness.kept import bench_folder
from storage_tiers.registry import announce_anew
from storage_tiers.versioned.versions import dataset_names
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.tasks.faults import places_of


@pytest.mark.slow
def test_copied_days_are_whole_versions_of_their_own_dates(tmp_path):
    make_days(tmp_path, n_days=3, n_pins=200)
    output = tmp_path / "output"
    announce_anew(output)
    dates = {place.version.date for place in places_of(output)}
    assert dates == {NEWEST - dt.timedelta(days=number) for number in range(3)}
    assert verify_output(output).lines == []
    assert problems_of(status_of(output)) == []


@pytest.mark.slow
def test_everything_is_measured_and_the_root_is_put_back(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    monkeypatch.setattr(compare, "_SMALL_DAYS", [3])
    compare.main(Namespace(small=True, rounds=1, before=None, only=[]))
    kept = json.loads((bench_folder() / "results-days-3.json").read_text())
    assert [one["label"] for one in kept] == [one.label for one in MEASURED]
    assert [one["result"] for one in kept] == [""] * len(MEASURED)
    assert all(one["figures"] for one in kept)
    (root,) = (tmp_path / "days").iterdir()
    assert len({place.version.date for place in places_of(root / "output")}) == 3
    assert "open_sql, 3 days, wall s" in capsys.readouterr().out


def test_every_dataset_is_written_by_every_codec(built_day, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    part_codecs.main(Namespace(output=built_day.output_root, rounds=1, small=True))
    told = capsys.readouterr().out
    assert all(f"\n{name}, " in told for name in dataset_names(built_day.output_root))
    rows = re.findall(r"^  (\S.*?)  +([\d.]+) ", told, re.MULTILINE)
    assert {codec for codec, _ in rows} == {str(codec) for codec in part_codecs.CODECS}
    assert not list(tmp_path.iterdir())


def test_what_is_not_compressed_takes_more_bytes(wide_table, monkeypatch, tmp_path):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    table = wide_table(2_000)
    ours, plain = (
        part_codecs.cost_of(table, table.column_names[0], codec, 1) for codec in (part_codecs.OURS, Codec("none"))
    )
    assert ours.n_bytes < plain.n_bytes
    assert min(ours.write_s, ours.read_s, plain.write_s, plain.read_s) >= 0
