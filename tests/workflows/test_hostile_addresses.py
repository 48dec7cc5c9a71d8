"""Days whose rows name files that are none of theirs, and whose texts hold the commands of terminals."""

import io
import os
import pickle
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from luigi.configuration import get_config
from PIL import Image

from storage_tiers import open_dataset, open_sql
from workflows.commands import app
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")

HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\x08\x9b31m\u202egpj\u200b[red]x[/nope][link=http://x]y[/link]"
HUSH = "Hu5hHu5h"
OUTSIDE = (
    "/etc/passwd",
    "/proc/self/environ",
    "../../../../../../../../etc/passwd",
    "file:///etc/%2e%2e/etc/passwd",
    "/dev/stdin",
    f"s3://AKIA1:{HUSH}@bucket/1.jpg",
    f"s3://bucket/2.jpg?secret_key={HUSH}&endpoint_override=127.0.0.1:9",
    "link.jpg",
    "{root}/disk/photo.png",
)
NO_FILES = ("pipe.jpg", "")


def photo() -> bytes:
    """Return a picture that has a signature."""
    file = io.BytesIO()
    Image.effect_mandelbrot((128, 128), (-2, -1.5, 1, 1.5), 60).save(file, "PNG")
    return file.getvalue()


class Loaded:
    """A pickle that leaves a file where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def with_pickle(table: pa.Table, path: Path) -> pa.Table:
    """Call the first column an extension type that old readers unpickled."""
    extension = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Loaded(path)),
    }
    first = table.schema.field(0).with_metadata(extension)
    return table.cast(table.schema.set(0, first))


@pytest.fixture
def hostile(tmp_path):
    """Lay an input of eleven pins, of which one names a picture that it may, with hostile texts everywhere."""
    for folder in ("input", "disk"):
        (tmp_path / folder).mkdir()
    for name in ("input/photo.png", "disk/photo.png"):
        (tmp_path / name).write_bytes(photo())
    (tmp_path / "input/link.jpg").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "input/pipe.jpg")
    images = ["photo.png", *(image.format(root=tmp_path) for image in (*OUTSIDE, *NO_FILES))]
    n = len(images)
    tables = {
        "pins": {"pin_id": range(n), "board_id": [1] * n, "user_id": [7] * n, "image": images,
                 "description": [HOSTILE] * n, "link": [f"https://me:{HUSH}@example.org/{HOSTILE}"] * n},
        "boards": {"board_id": [1], "user_id": [7], "name": [HOSTILE], "category": ["travel"],
                   "description": [HOSTILE]},
        "users": {"user_id": [7], "username": [HOSTILE], "country": [HOSTILE]},
    }  # fmt: skip
    for name, columns in tables.items():
        folder = tmp_path / "input" / name / "date=2026-11-20"
        folder.mkdir(parents=True)
        table = pa.table({key: list(values) for key, values in columns.items()})
        pq.write_table(with_pickle(table, tmp_path / "loaded"), folder / "part-0.parquet")
    return tmp_path


@pytest.fixture
def named_roots():
    """Set picture_roots, as a file would."""
    config = get_config()
    yield lambda text: config.set("pictures", "picture_roots", text)
    config.remove_option("pictures", "picture_roots")


def statuses(root) -> Counter:
    return Counter(open_dataset(root / "output", "image_signatures").to_table()["status"].to_pylist())


def acting(text: str) -> set[str]:
    """Return the characters of a text that a terminal obeys."""
    return {char for char in text if unicodedata.category(char) in {"Cc", "Cf"} and char != "\n"}


def test_addresses_outside_are_statuses_and_a_root_that_is_named_lets_them_in(
    hostile, day_of, capsys, named_roots
) -> None:
    day = lambda: day_of(hostile / "input", hostile / "output", iterations=1, max_rejected_share=1.0)  # noqa: E731
    assert run_day(day()) == 0
    said = capsys.readouterr().err
    assert statuses(hostile)["outside_picture_roots"] == len(OUTSIDE)
    assert statuses(hostile)["ok"] == statuses(hostile)["not_a_file"] == 1
    assert f"{len(OUTSIDE)} pictures lie outside the picture roots {hostile}/input (first: " in said
    assert "[pictures] picture_roots of luigi.cfg and run 'interest-graph rebuild --date 2026-11-20'" in said
    assert HUSH not in said
    assert not (hostile / "loaded").exists()
    files = open_dataset(hostile / "output", "image_files").manifest
    (check,) = (check for check in files.checks if check.name == "pictures lie in picture_roots")
    assert (check.passed, check.level) == (False, "warn")
    for path in (hostile / "output").rglob("*.json"):
        assert HUSH not in path.read_text()
    for path in (hostile / "output").rglob("*.parquet"):
        assert b"root:x:0:0" not in path.read_bytes()

    named_roots(str(hostile / "disk"))
    assert run_day(day()) == 21  # the published day was made with other roots
    assert "picture_roots was none, now" in capsys.readouterr().err
    assert rebuild_day(day()) == 0
    assert statuses(hostile)["outside_picture_roots"] == len(OUTSIDE) - 1
    assert statuses(hostile)["ok"] == 2


def test_nothing_that_commands_print_acts_on_a_terminal(hostile, day_of, capsys, monkeypatch) -> None:
    assert run_day(day_of(hostile / "input", hostile / "output", iterations=1, max_rejected_share=1.0)) == 0
    (hostile / "output" / 'x[red]"; DROP TABLE y; --\x1b[2J' / "full" / "date=2026-11-20" / "iteration=1").mkdir(
        parents=True
    )
    (signature,) = open_dataset(hostile / "output", "pin_joins").to_table()["image_signature"].to_pylist()
    asked = (
        ("show", "board_join", "1"), ("show", "board_join", "1", "--json"), ("show", "user_join", "7"),
        ("show", "pin_join", signature), ("explain", "board", "1"), ("status",), ("status", "--json"), ("verify",),
        ("show", "pin_join", HOSTILE), ("show", HOSTILE, "1"), ("inspect", str(hostile / "input" / "boards")),
    )  # fmt: skip
    said = capsys.readouterr().err
    for words in asked:
        output = [] if words[0] == "inspect" else ["--output", str(hostile / "output")]
        monkeypatch.setattr(sys, "argv", ["interest-graph", *words, *output])
        with pytest.raises(SystemExit):
            app.main()
        printed = capsys.readouterr()
        assert acting(printed.out) == set(), words
        said += printed.err
        if words[:2] == ("show", "board_join"):
            assert r"\u001b[2J" in printed.out if "--json" in words else r"\x1b[2J" in printed.out
            assert "[red]x[/nope][link=http://x]y[/link]" in printed.out
    assert acting(said) == set()
    with open_sql(hostile / "output") as sql:
        assert sql.sql("SELECT count(*) FROM board_joins").fetchall() == [(1,)]
