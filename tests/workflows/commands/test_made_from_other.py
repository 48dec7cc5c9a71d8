"""Run again after the input or a setting changed: which version was made from what else, and what can be done."""

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from joins.errors import RawInputError
from storage_tiers import open_dataset, published_versions
from workflows.catalog import FACTS
from workflows.derivations import DerivationError
from workflows.luigi_cfg import FAILED, MISSING_INPUT, OTHER_INPUT
from workflows.tasks.board_categories import BoardCategories
from workflows.tasks.board_ranks import BoardRanks
from workflows.tasks.derived import TASKS
from workflows.tasks.raw_input.accepted_input import AcceptedInput
from workflows.tasks.raw_input.raw_digests import raw_files, refuse_changed

DATE = "2026-11-20"


def raw(folder: Path, table: str = "pins") -> Path:
    return folder / "input" / table / f"date={DATE}" / "part-00000.parquet"


def shorten(folder: Path, table: str = "pins") -> None:
    """Write a raw table again without its last row."""
    rows = pq.read_table(raw(folder, table))
    pq.write_table(rows.slice(0, len(rows) - 1), raw(folder, table))


def iterations(folder: Path, name: str) -> list[int]:
    return [version.iteration for version in published_versions(folder / "output", name)]


def unmake(folder: Path, names: str, iterations: str) -> None:
    """Remove folders and manifests of iterations, as if they had never been made."""
    for path in (folder / "output").glob(f"{names}/**/date=*/{iterations}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def offered(said: str) -> list[list[str]]:
    """Return the commands that are offered, each as its words."""
    return [shlex.split(line) for line in said.splitlines() if re.match(r"  \S*interest-graph (run|rebuild) ", line)]


@pytest.mark.slow
def test_input_replaced_after_a_run_is_said_and_what_is_offered_works(tmp_path, run_command, mapping_text):
    """The case: a source is mended, imported again over the old one, and run."""

    def graph(*arguments):
        return run_command("interest-graph", *arguments, "--date", DATE, cwd=tmp_path)

    mapping = mapping_text(
        "pins.csv", "pins.csv", "pins.csv", distinct=("boards", "users"), more={"pins": 'image_signature = "picture"'}
    )
    (tmp_path / "map.toml").write_text(str(mapping))
    for rows in ("1,1,1,aa\n2,1,1,bb\n", "1,1,1,aa\n2,1,1,cc\n"):
        (tmp_path / "pins.csv").write_text("pin,board,user,picture\n" + rows)
        imported = graph("import", "map.toml", ".", "--overwrite")
        assert imported.returncode == 0, imported.stderr
        done = graph("run")
    assert f"versions of date={DATE} are published under output: 'interest-graph run' says whether" in imported.stderr
    assert re.search(rf"^build it: .*interest-graph run --date {DATE}$", imported.stderr, re.MULTILINE)
    elsewhere = graph("import", "map.toml", ".", "--input", "my input").stderr
    assert "are published under" not in elsewhere
    assert elsewhere.endswith(f"interest-graph run --date {DATE} --input 'my input'\n")
    assert done.returncode == OTHER_INPUT
    assert re.search(
        rf"^date={DATE} iteration=2 was made from other input: pins: 1 file, [\d,]+ bytes, digest [0-9a-f]{{12}} then; "
        r"1 file, [\d,]+ bytes, digest [0-9a-f]{12} now \(part-00000.parquet differs\)$",
        done.stderr,
        re.MULTILINE,
    )
    assert "nothing to do" not in done.stderr
    rebuild, replace = offered(done.stderr)
    assert (rebuild[1:], replace[1:]) == (["rebuild", "--date", DATE], ["rebuild", "--date", DATE, "--replace"])
    assert run_command("interest-graph", *rebuild[1:], cwd=tmp_path).returncode == 0
    shown = run_command("interest-graph", "show", "pin_join", "cc", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "nothing to do" in graph("run").stderr


def test_a_finished_day_says_which_tables_changed_and_builds_nothing(run, folder):
    shorten(folder)
    shorten(folder, "users")
    before = open_dataset(folder / "output", "pin_joins").manifest
    code, said = run()
    assert code == OTHER_INPUT
    assert [line.split(": ")[1] for line in said.splitlines() if "was made from other" in line] == ["pins", "users"]
    assert open_dataset(folder / "output", "pin_joins").manifest == before
    assert all(shlex.join(["--output", str(folder / "output")]) in shlex.join(words) for words in offered(said))
    assert all(shlex.join(["--input", str(folder / "input")]) in shlex.join(words) for words in offered(said))


def test_another_folder_is_asked_for_before_anything_is_offered_to_be_removed(run, folder):
    for table, name in (("pins", "link"), ("boards", "description"), ("users", "country")):
        path = raw(folder, table)
        pq.write_table(pq.read_table(path).drop_columns([name]), path)
    code, said = run()
    assert code == OTHER_INPUT
    assert "is the one it was: if it was made from another folder, name that with --input" in said
    assert "rebuild" in said
    assert "--replace" not in said


def test_more_files_of_the_same_rows_are_other_input(run, folder):
    rows = pq.read_table(raw(folder))
    pq.write_table(rows.slice(0, 100), raw(folder))
    pq.write_table(rows.slice(100), raw(folder).with_name("part-00001.parquet"))
    code, said = run()
    assert code == OTHER_INPUT
    assert "pins: 1 file, " in said
    assert "then; 2 files, " in said


def test_the_same_bytes_written_again_are_the_same_input(run, folder):
    content = raw(folder).read_bytes()
    raw(folder).unlink()
    raw(folder).write_bytes(content)
    (raw(folder).with_name("_SUCCESS")).touch()
    code, said = run()
    assert code == 0
    assert said.startswith("nothing to do")


def test_a_table_that_is_gone_is_no_fault_of_a_finished_day(run, folder):
    shutil.rmtree(folder / "input" / "users")
    code, said = run()
    assert code == 0
    assert f"raw users of date={DATE} are gone, so that they can't be compared" in said
    shutil.rmtree(folder / "input")
    code, said = run()
    assert code == 0
    assert f"raw pins, boards, users of date={DATE} are gone" in said
    code, said = run(iterations=3)  # needs facts alone
    assert code == 0
    assert iterations(folder, "pin_joins") == [2, 3]


def test_a_day_that_needs_its_raw_input_again_says_that_it_is_gone(run, folder):
    shutil.rmtree(folder / "input")
    shutil.rmtree(folder / "output" / "facts")
    code, said = run()
    assert code == MISSING_INPUT
    assert f"error: no raw pins, boards, users of date={DATE}: no Parquet file in " in said


@pytest.mark.parametrize(
    ("name", "value", "was"),
    [
        ("damping", 0.7, "0.85"),
        ("tolerance", 1e-6, "1e-08"),
        ("max_edge_weight_per_user", 0, "10"),
        ("ranks_on", "engine", "driver"),
        ("min_confidence", 0.9, "0.55"),
    ],
)
def test_a_changed_setting_is_said_and_no_iteration_is_made_with_it(run, folder, name, value, was):
    code, said = run(**{name: value})
    assert code == OTHER_INPUT
    assert said.startswith(f"date={DATE} iteration=2 was made with other settings: {name} was {was}, now {value}\n")
    assert [words[1] for words in offered(said)] == ["rebuild", "rebuild"]
    code, said = run(**{name: value}, iterations=3)
    assert code == OTHER_INPUT
    assert f"error: date={DATE} iteration=1 was made with other settings: {name} was {was}, now {value}" in said
    assert f"date={DATE} iteration=3 would mix both, so nothing was built" in said
    assert iterations(folder, "board_ranks") == [1, 2]
    assert run()[0] == 0  # iteration 2 is still what it was


@pytest.mark.parametrize(("name", "value"), [("damping", 0.7), ("min_confidence", 0.9)])
def test_luigi_mixes_no_settings_in_an_iteration(folder, day_of, name, value):
    day = day_of(folder / "input", folder / "output", **{name: value})
    for task, iteration in ((BoardRanks, 3), (BoardCategories, 3), (TASKS["BoardFeatures"], 2)):
        with pytest.raises(DerivationError, match=f"would mix settings: .*{name} was .*, now {value}; set it back"):
            day.sibling(task, iteration=iteration).open_inputs()


def test_settings_that_change_no_byte_are_none_of_its_business(run):
    code, said = run(cores=2, max_rejected_share=0.5, memory_mb=100)
    assert code == 0
    assert said.startswith("nothing to do")


def test_settings_of_pictures_count_only_where_a_pin_needed_a_picture(run, configure):
    configure("pictures", signature="phash64", max_distance=5)
    code, said = run()
    assert code == 0
    assert said.startswith("nothing to do")


def test_what_changes_between_a_crash_and_the_next_run_is_not_mixed(run, folder):
    for name in ("pin_joins", "board_joins", "user_joins", "pin_features", "repin_edges"):
        shutil.rmtree(folder / "output" / name)
    shorten(folder)
    code, said = run()
    assert code == OTHER_INPUT
    assert said.startswith(f"error: date={DATE} iteration=0 was made from other input: pins: 1 file, ")
    assert "nothing was built" in said
    assert not (folder / "output" / "repin_edges").exists()
    assert [words[1] for words in offered(said)] == ["rebuild", "rebuild"]


def test_a_setting_changed_between_two_iterations_is_not_mixed(run, folder):
    for name in ("pin_joins", "board_joins", "user_joins"):
        shutil.rmtree(folder / "output" / name)
    unmake(folder, "board_*", "iteration=2")
    code, said = run(damping=0.7)
    assert code == OTHER_INPUT
    assert f"error: date={DATE} iteration=1 was made with other settings: damping was 0.85, now 0.7" in said
    assert iterations(folder, "board_ranks") == [1]
    assert run()[0] == 0


def test_a_setting_changed_before_the_first_iteration_shaped_nothing_yet(folder, run):
    unmake(folder, "*", "iteration=[12]")
    assert iterations(folder, "facts") == [0]
    assert run(damping=0.7)[0] == 0


def test_facts_built_again_from_other_input_are_found_under_the_joins(run, folder):
    shorten(folder)
    for name in ("facts", "boards", "users", "rejected_rows", "image_files"):
        shutil.rmtree(folder / "output" / name)
    code, said = run()
    assert code == OTHER_INPUT
    assert re.search(rf"iteration=2 was made from other input: \w+ from facts date={DATE} iteration=0, digest ", said)


def test_tiers_are_loaded_from_a_finished_day_and_then_it_is_said(run, folder):
    shutil.rmtree(folder / "output" / "_random_access")
    shorten(folder)
    code, said = run()
    assert code == OTHER_INPUT
    assert re.search("random access +pin_joins", said)
    assert "was made from other input: pins" in said


def test_luigi_builds_nothing_on_what_was_read_off_other_input(folder, day_of, run_command):
    day = day_of(folder / "input", folder / "output")
    shorten(folder)
    assert day.complete()  # a finished day is left alone
    with pytest.raises(RawInputError, match=r"facts date=2026-11-20 iteration=0: it was read off other raw pins"):
        day.sibling(BoardRanks, iteration=2).open_inputs()
    unmake(folder, "*", "iteration=2")
    asked = ("DailyDiscovery", "--date", DATE, "--input-root", folder / "input", "--output-root", folder / "output")
    done = run_command("luigi", "--module", "workflows", *asked, "--local-scheduler", cwd=folder)
    assert done.returncode == FAILED
    assert iterations(folder, "board_ranks") == [1]


def test_the_digest_of_a_table_is_of_names_and_contents_alone(folder, day_of):
    day = day_of(folder / "input", folder / "output", cores=3)
    for number in range(1, 5):
        shutil.copy(raw(folder), raw(folder).with_name(f"part-{number:05}.parquet"))
    (before,) = raw_files(day, ["pins"])
    assert (before.n_files, before.n_bytes) == (5, 5 * raw(folder).stat().st_size)
    os.utime(raw(folder), ns=(0, 0))
    shutil.move(folder / "input", folder / "moved")
    (moved,) = raw_files(day_of(folder / "moved", folder / "output", cores=1), ["pins"])
    assert moved == before
    place = folder / "moved" / "pins" / f"date={DATE}"
    (place / "part-00004.parquet").rename(place / "part-00009.parquet")
    (renamed,) = raw_files(day_of(folder / "moved", folder / "output"), ["pins"])
    assert renamed.n_bytes == before.n_bytes
    assert renamed.digest != before.digest
    assert raw_files(day, ["pins"]) == ()


def test_files_that_change_while_they_are_read_are_refused(folder, day_of):
    day = day_of(folder / "input", folder / "output")
    begun_with = raw_files(day, ["pins", "boards"])
    refuse_changed(day, begun_with)
    shorten(folder, "boards")
    with pytest.raises(RawInputError, match=r"raw boards of date=2026-11-20: the files changed while they were read"):
        refuse_changed(day, begun_with)
    raw(folder, "boards").unlink()
    with pytest.raises(RawInputError, match=r"before; none now; run again when they are complete"):
        refuse_changed(day, begun_with)


def test_older_manifests_that_record_no_files_are_not_compared(run, folder):
    for path in (folder / "output").glob("*/_manifests/full/date=*/iteration=0.json"):
        content = json.loads(path.read_text())
        del content["raw_files"], content["manifest_digest"]
        parts = path.parents[3] / "full" / path.parent.name / path.stem
        (parts / "_manifest.json").write_text(json.dumps(content))  # where releases before this put it
        path.unlink()
    assert open_dataset(folder / "output", FACTS.name).manifest.raw_files == ()
    shorten(folder)
    code, said = run()
    assert code == 0
    assert f"date={DATE} iteration=0: which raw files it was made from isn't recorded" in said


@pytest.mark.parametrize(("kept", "changed"), [("image_files", "pins"), ("boards", "users")])
def test_what_is_read_off_a_snapshot_in_two_runs_is_read_off_one(folder, day_of, kept, changed):
    for name in {"facts", "boards", "users", "rejected_rows"} - {kept}:
        shutil.rmtree(folder / "output" / name)
    shorten(folder, changed)
    day = day_of(folder / "input", folder / "output")
    with pytest.raises(
        RawInputError, match=rf"{kept} date=2026-11-20 iteration=0: it was read off other raw {changed}"
    ):
        day.sibling(AcceptedInput).run()
    assert not (folder / "output" / "facts").exists()
