"""A refused or replaced input leaves nothing behind that the next run takes for done."""

import datetime as dt
import io
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from joins.raw.schemas import BOARDS, PINS, USERS
from storage_tiers import open_dataset, published_versions
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED, OTHER_INPUT
from workflows.tasks.pictures.picture_signatures import PictureSignatures

FRIDAY, SATURDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
MANY_BAD = ["good.png", *(f"missing-{number}.png" for number in range(9))]


def picture(seed):
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((200, 200)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def bring(tmp_path):
    """Write a snapshot whose pins show some images, of which those called good are there."""

    def bring_it(images, date=FRIDAY):
        ids = range(len(images))
        tables = {
            "pins": [
                {"pin_id": n, "board_id": 1, "user_id": 1, "image": image} for n, image in zip(ids, images, strict=True)
            ],
            "boards": [{"board_id": 1, "user_id": 1, "name": "one"}],
            "users": [{"user_id": 1}],
        }
        for name, schema in (("pins", PINS), ("boards", BOARDS), ("users", USERS)):
            folder = tmp_path / "input" / name / f"date={date}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(tables[name], schema), folder / "part-00000.parquet")
        for number, image in enumerate(sorted({*images})):
            if image.startswith("good"):
                (tmp_path / "input" / image).write_bytes(picture(number))

    return bring_it


@pytest.fixture
def run(tmp_path, day_of, capfd):
    def run_it(date=FRIDAY, output="output", **settings):
        capfd.readouterr()
        code = run_day(day_of(tmp_path / "input", tmp_path / output, date=date, cores=1, **settings))
        return code, capfd.readouterr().err

    return run_it


def rows(output, name, date=FRIDAY):
    return open_dataset(output, name, date=date).to_table().to_pylist()


def test_the_input_brought_after_a_refused_one_is_built_as_if_nothing_had_been(bring, run, tmp_path):
    bring(MANY_BAD)
    code, said = run()
    assert code == FAILED
    assert "max_rejected_share" in said
    assert published_versions(tmp_path / "output", "image_files")  # they were looked at
    bring(["good.png", "good-2.png"])
    code, said = run()
    assert code == 0, said
    assert "was made from other input: pins: " in said
    assert "no facts had come of it, so that it begins anew; taken away: image_files, picture_signatures" in said
    assert run(output="undisturbed")[0] == 0
    assert rows(tmp_path / "output", "rejected_rows") == []
    for name in ("facts", "image_files", "image_signatures", "pin_joins"):
        digests = {open_dataset(tmp_path / root, name).manifest.digest for root in ("output", "undisturbed")}
        assert len(digests) == 1, name


def test_the_same_input_goes_on_from_what_was_begun(bring, run):
    bring(MANY_BAD)
    assert run()[0] == FAILED
    code, said = run(max_rejected_share=1.0)
    assert code == 0
    assert "begins anew" not in said
    assert "image_files" not in said  # made by the refused try already


def test_what_other_dates_went_on_from_stays_and_a_rebuild_is_offered(bring, run, tmp_path):
    bring(MANY_BAD)
    assert run()[0] == FAILED
    bring(["good.png"], SATURDAY)
    assert run(SATURDAY)[0] == 0
    bring(["good.png", "good-2.png"])
    code, said = run()
    assert code == OTHER_INPUT
    assert "interest-graph rebuild --date 2026-11-20" in said
    assert published_versions(tmp_path / "output", "picture_groups")


def test_a_date_with_facts_is_never_taken_away(bring, run, tmp_path):
    bring(["good.png"])
    assert run()[0] == 0
    for name in ("pin_joins", "board_joins", "user_joins", "board_ranks"):
        shutil.rmtree(tmp_path / "output" / name)
    bring(["good.png", "good-2.png"])
    code, said = run()
    assert code == OTHER_INPUT
    assert "begins anew" not in said
    assert published_versions(tmp_path / "output", "facts")


def test_a_replaced_input_after_a_crash_in_the_pictures_begins_anew(bring, run, tmp_path, monkeypatch):
    def die(_task):
        raise KeyboardInterrupt

    bring(["good.png", "gone.png"])
    with monkeypatch.context() as crashing:
        crashing.setattr(PictureSignatures, "run", die)
        with pytest.raises(KeyboardInterrupt):
            run()
    bring(["good.png", "good-2.png"])
    code, said = run()
    assert code == 0, said
    assert "taken away: image_files of date=2026-11-20 iteration=0" in said
    assert rows(tmp_path / "output", "rejected_rows") == []
    assert {row["status"] for row in rows(tmp_path / "output", "image_files")} == {"read"}
