"""What a finished day prints to copy: each line works, and is about that very day."""

import datetime as dt
import io
import re
import shlex
import sys
from contextlib import redirect_stdout

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from joins import GraphShape, generate_graph
from storage_tiers import open_dataset, open_sql, open_tier
from workflows.commands import app
from workflows.commands.days.run import run_day
from workflows.daily import where_to_look
from workflows.imports.import_raw import import_raw

FIRST, LATER = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
JOINS = ("pin_joins", "board_joins", "user_joins")
SAVES = """pin,board,user,picture
1,-garden,Zoë O'Brien,garlic
2,-garden,Zoë O'Brien,olive
3,"$HOME, `ls`",7,garlic
"""


def negated(table):
    """Turn the ids of a table into negative ones."""
    for name in {"pin_id", "parent_pin_id", "board_id", "user_id"} & {*table.column_names}:
        table = table.set_column(table.column_names.index(name), name, pc.negate(table[name]))
    return table


@pytest.fixture(scope="module")
def days(tmp_path_factory, snapshot_writer, day_of):
    """Two days of negative ids, under a folder whose name needs quotes."""
    root = tmp_path_factory.mktemp("a 'day'")
    made = []
    for seed, date in enumerate((FIRST, LATER), 1):
        graph = generate_graph(GraphShape(n_pins=120), seed=seed, as_of=date)
        tables = {name: negated(getattr(graph, name)) for name in ("pins", "boards", "users")}
        snapshot_writer(root / "input", tables, date)
        made.append(day_of(root / "input", root / "out put", date=date, iterations=1))
        assert run_day(made[-1]) == 0
    return made


def commands_of(day):
    """Return the arguments of each command that is printed, as a shell would split them."""
    lines = [line for line in where_to_look(day) if " show " in line and "open_sql" not in line]
    return [shlex.split(line)[1:] for line in lines]


def shown(arguments, monkeypatch, capsys):
    """Run a command to its end and return what it printed."""
    monkeypatch.setattr(sys, "argv", ["interest-graph", *arguments])
    with pytest.raises(SystemExit) as end:
        app.main()
    printed = capsys.readouterr()
    assert (end.value.code or 0, printed.err) == (0, "")
    return printed.out


def check_python_lines(day):
    """Run the lines of Python, as they are, and compare what they read with the version."""
    opened, queried = [line.strip() for line in where_to_look(day)][-2:]
    read = eval(opened)  # noqa: S307 - a line of ours
    assert read == open_dataset(
        day.root, "board_joins", "full", day.version.date, day.version.iteration
    ).to_table(["board_id", "page_rank", "category"])  # fmt: skip
    query = re.search(r'\.sql\("(.*?)"\)', queried)[1]
    with redirect_stdout(io.StringIO()) as printed:
        eval(queried)  # noqa: S307 - a line of ours
    assert "category" in printed.getvalue()
    light = open_dataset(day.root, "board_joins", "light", day.version.date, day.version.iteration)
    answer = open_sql(day.root).sql(query).to_arrow_table()
    assert pc.sum(answer[1]).as_py() == light.n_rows


@pytest.mark.parametrize("number", [0, 1])
def test_each_line_shows_its_own_day_and_negative_ids(days, monkeypatch, capsys, number):
    day = days[number]
    commands = commands_of(day)
    assert [arguments[1] for arguments in commands] == ["pin_join", "board_join", "user_join"]
    for arguments in commands:
        assert ("--date" in arguments) == (number == 0)  # the later one comes by itself
        assert str(day.version) in shown(arguments, monkeypatch, capsys)
    assert all(arguments[-2] == "--" and int(arguments[-1]) < 0 for arguments in commands[1:])
    check_python_lines(day)


def test_after_a_rollback_the_newer_day_is_the_one_that_is_named(days, monkeypatch, capsys):
    root = days[0].root
    tiers = [open_tier(name, root) for name in ("random", "sql", "debug")]
    try:
        for tier in tiers:
            tier.make_current(dict.fromkeys(JOINS, days[0].version))
        for day, is_named in zip(days, (False, True), strict=True):
            for arguments in commands_of(day):
                assert ("--date" in arguments) == is_named
                assert str(day.version) in shown(arguments, monkeypatch, capsys)
            check_python_lines(day)
    finally:
        for tier in tiers:
            tier.make_current(dict.fromkeys(JOINS, days[1].version))


def test_what_is_not_loaded_for_random_access_is_shown_from_the_files(days, monkeypatch, capsys):
    tier = open_tier("random", days[0].root)
    tier.drop("board_joins", days[0].version)
    try:
        arguments = commands_of(days[0])[1]
        assert arguments[arguments.index("--tier") + 1] == "debug"
        assert str(days[0].version) in shown(arguments, monkeypatch, capsys)
    finally:
        tier.load(open_dataset(days[0].root, "board_joins", "light", FIRST, 1))


@pytest.mark.parametrize("key", ["-5", "-300000029"])
@pytest.mark.parametrize(("command", "what"), [("show", "board_join"), ("explain", "board")])
def test_a_negative_id_needs_no_mark(days, monkeypatch, capsys, command, what, key):
    output = ("--output", str(days[0].root))
    for arguments in ((command, what, key, *output), (command, *output, what, "--", key)):
        monkeypatch.setattr(sys, "argv", ["interest-graph", *arguments])
        with pytest.raises(SystemExit):
            app.main()
        printed = capsys.readouterr()
        assert f"{key} is not in" in printed.err or key in printed.out


def test_texts_that_an_import_made_ids_of_are_printed_as_their_source_has_them(
    tmp_path, day_of, mapping_text, monkeypatch, capsys
):
    (tmp_path / "saves.csv").write_text(SAVES, encoding="utf-8")
    picture = 'image_signature = { column = "picture", as = "digest" }'
    mapping = str(mapping_text(*["saves.csv"] * 3, distinct=("boards", "users"), more={"pins": picture}))
    for name in ("board", "user"):
        mapping = mapping.replace(f'{name}_id = "{name}"', f'{name}_id = {{ column = "{name}", as = "id" }}')
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    import_raw(tmp_path / "mapping.toml", tmp_path, tmp_path / "input", FIRST)
    day = day_of(tmp_path / "input", tmp_path / "output")
    assert run_day(day) == 0
    capsys.readouterr()
    keys = {arguments[1]: arguments[-1] for arguments in commands_of(day) if "--" in arguments}
    keys |= {arguments[1]: arguments[2] for arguments in commands_of(day) if "--" not in arguments}
    assert keys["board_join"] in ("-garden", "$HOME, `ls`")
    assert keys["user_join"] in ("Zoë O'Brien", "7") or keys["user_join"].isdigit()
    for arguments in commands_of(day):
        assert str(day.version) in shown(arguments, monkeypatch, capsys)


def test_a_damaged_dictionary_costs_no_line(days):
    folder = days[0].root.parent / "input" / "source_ids" / f"date={FIRST}"
    folder.mkdir(parents=True)
    (folder / "part-00000.parquet").write_bytes(b"PAR1 it is not")
    assert len(commands_of(days[0])) == len(JOINS)


def test_the_dictionary_of_other_texts_changes_no_key(days):
    folder = days[0].root.parent / "input" / "source_ids" / f"date={FIRST}"
    folder.mkdir(parents=True, exist_ok=True)
    key = int(commands_of(days[0])[1][-1])
    texts = pa.table({"entity": ["board"], "id": [key], "source_id": ["not what made that id"]})
    pq.write_table(texts, folder / "part-00000.parquet")
    assert int(commands_of(days[0])[1][-1]) == key
