"""`interest-graph group-pictures`: what it says of equal files, of variants and of what is no picture."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from features.images.picture_signing import sign_here
from workflows.commands.pictures import grouped_sources


def clouds(seed, file_format="PNG", side_px=240):
    rng = np.random.default_rng(seed)
    layers = sum(
        np.asarray(Image.fromarray(rng.integers(0, 255, (n, n, 3), np.uint8)).resize((240, 240)), float)
        for n in (4, 8, 16, 32)
    )
    file = io.BytesIO()
    Image.fromarray((layers / 4).astype(np.uint8)).resize((side_px, side_px)).save(file, file_format)
    return file.getvalue()


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Lay some files into a folder, and return the lines that are said of it."""
    monkeypatch.chdir(tmp_path)

    def say(files, *sources):
        (tmp_path / "saved").mkdir()
        for name, content in files.items():
            (tmp_path / "saved" / name).write_bytes(content)
        return grouped_sources(sources or ("saved",), sign_here, 32).splitlines()

    return say


def test_equal_files_are_called_so_beside_the_one_they_equal(said):
    one, small = clouds(1), clouds(1, "JPEG", 80)
    lines = said({"a.png": one, "b.png": one, "c.jpg": small, "d.jpg": small})
    assert lines[0].endswith("  4 pictures")
    assert lines[1:3] == ["   leads  saved/a.png", "   equal  saved/b.png  same file as saved/a.png"]
    assert lines[3].split()[1] == "saved/c.jpg"
    assert int(lines[3].split()[0]) <= 32
    assert lines[4:] == [
        "   equal  saved/d.jpg  same file as saved/c.jpg",
        "4 images: 1 group, 0 alone, 0 without a signature",
    ]


def test_flat_files_that_are_equal_are_a_group_of_one_file(said):
    file = io.BytesIO()
    Image.new("RGB", (90, 90), "white").save(file, "PNG")
    lines = said({"a.png": file.getvalue(), "b.png": file.getvalue()})
    assert lines[1:3] == ["   leads  saved/a.png", "   equal  saved/b.png  same file as saved/a.png"]


def test_what_is_no_picture_by_its_name_is_counted(said):
    files = {"a.png": clouds(1), "b.png": clouds(2), "c.png": b"no picture", "notes.txt": b"to do", "more.txt": b""}
    lines = said(files)
    assert lines[-2:] == [
        "not_an_image  saved/c.png",
        "3 images: 0 groups, 2 alone, 1 without a signature, 2 more passed over, not named as pictures",
    ]


def test_a_file_that_is_named_twice_counts_once(said):
    lines = said({"a.png": clouds(1)}, "saved", "saved/a.png", "saved")
    assert lines == ["alone     saved/a.png", "1 image: 0 groups, 1 alone, 0 without a signature"]


def test_rows_of_a_pack_without_a_name_are_counted(said, tmp_path):
    pack = pa.table({"image": ["a", None, "b"], "content": [clouds(1)] * 3})
    pq.write_table(pack, tmp_path / "pack.parquet")
    lines = said({}, "pack.parquet")
    assert lines[1:3] == ["   leads  pack.parquet#a", "   equal  pack.parquet#b  same file as pack.parquet#a"]
    assert ", 1 more passed over, " in lines[-1]
