import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.signatures.drawings.drawn_set import DRAWN_EDITS, GREY, drawings, kind_of, make_drawings
from benchmarks.signatures.drawings.mistaken import (
    RECALL_GOAL,
    alike_in_grey,
    drawing_goals,
    drawings_column,
    print_drawings,
)
from benchmarks.signatures.edits import Group
from benchmarks.signatures.outcomes import PICTURES_NAME, listed_pictures

ONE_OF_A_KIND = {name.partition("/")[0]: draw for name, draw in drawings().items()}


def test_there_are_two_thousand_drawings_of_many_kinds():
    assert len(drawings()) >= 2_000
    assert len(ONE_OF_A_KIND) >= 12


@pytest.mark.parametrize("draw", ONE_OF_A_KIND.values(), ids=ONE_OF_A_KIND)
def test_a_drawing_is_made_the_same_each_time(draw):
    assert draw().tobytes() == draw().tobytes()


def test_no_two_drawings_of_a_sample_have_the_same_pixels():
    every = list(drawings().values())
    made = [(picture.size, picture.tobytes()) for picture in (draw() for draw in every[::7])]
    assert len(set(made)) == len(made)


def test_edits_of_drawings_change_the_file_the_size_and_the_tone():
    assert {edit.group for edit in DRAWN_EDITS} == {Group.RE_ENCODE, Group.RESIZE, Group.TONE}


def test_files_are_listed_each_drawing_before_its_edits(tmp_path):
    make_drawings(5, tmp_path / "drawn")
    listed = listed_pictures(tmp_path / "drawn")
    assert (
        len(listed) == len(json.loads((tmp_path / "drawn" / PICTURES_NAME).read_text())) == 5 * (1 + len(DRAWN_EDITS))
    )
    assert all(path.is_file() for path in listed)
    assert [path.name for path in listed[:: 1 + len(DRAWN_EDITS)]] == ["original.png"] * 5
    assert kind_of(listed[0]) == "letter"


def _column(n_wrong):
    apart = np.full((2, 1 + len(DRAWN_EDITS), 2), 200, np.int16)
    apart[0, :, 0] = 0
    apart[1, :, 1] = [0, *(0 if place % 2 else 100 for place in range(len(DRAWN_EDITS)))]
    apart[0, :n_wrong, 1] = 8
    greys = np.array([np.arange(1024) % 200, np.arange(1024) % 150], float)
    return drawings_column(
        "ours (Pillow)", 32, apart, [Path("coin+1/original.png"), Path("coin+2/original.png")], greys
    )


def test_wrong_pairs_and_recall_are_as_worked_out_by_hand(capsys):
    column = _column(2)
    assert column.n_pairs == 1 + 2 * len(DRAWN_EDITS)
    assert dict(column.n_wrong) == {"coin": 2}
    assert column.recall.mean() == pytest.approx(0.75)
    assert [goal.verdict for goal in drawing_goals(column)] == ["MISSED", "MISSED"]
    assert drawing_goals(_column(0))[0].verdict == "met"
    assert {goal.verdict for goal in drawing_goals(None)} == {"not measured"}
    print_drawings([column], [Path("coin+1/original.png"), Path("coin+2/original.png")])
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "wrong pairs 2" in lines
    assert "mistaken by ours (Pillow): coin+1 and coin+2" in lines
    assert 0.9 < RECALL_GOAL < 1


def test_a_grey_copy_is_that_of_all_drawings_that_differ_in_colour_or_tone_alone():
    disc = np.zeros((32, 32))
    disc[8:24, 8:24] = 120
    dotted = disc.copy()
    dotted[12:14, 12:14] = 0
    greys = np.array([disc.ravel(), 255 - disc.ravel(), 40 + 0.8 * disc.ravel(), dotted.ravel(), np.zeros(1024)])
    alike = alike_in_grey(greys, np.zeros(5, int), np.arange(5))
    assert alike.tolist() == [True, False, True, False, False]


def test_grey_copies_alone_are_excused_and_counted_by_themselves():
    apart = np.full((2, 1 + len(DRAWN_EDITS), 2), 200, np.int16)
    grey = 1 + [edit.name for edit in DRAWN_EDITS].index(GREY)
    apart[0, [1, grey], 1] = 8
    paths = [Path("flag+green/original.png"), Path("flag+blue/original.png")]
    column = drawings_column("ours", 32, apart, paths, np.tile(np.arange(1024.0) % 99, (2, 1)))
    assert column.n_alike_in_grey == 1
    assert dict(column.n_wrong) == {"flag": 1}
