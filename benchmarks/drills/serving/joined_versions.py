"""Three datasets that belong together, version after version, and what is wrong with an answer of theirs.

A picture is on two boards, and a board has an owner. Every row says which version it is of, and a number that follows
from key and version, so each answer is checked without asking anybody: all of its objects are of one version, which is
the one that it names, and they are those that the plan must come to.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.drills.checked_answers import DATE, OF_ITERATION, number_of
from joins.arrow.hashing import partition_of
from serving.answer import Answer
from storage_tiers import Tier, Version, open_dataset
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset

PICTURES, BOARDS, OWNERS = "pictures", "boards", "owners"
NAMES = (BOARDS, OWNERS, PICTURES)
_KEYS = {PICTURES: "image_signature", BOARDS: "board_id", OWNERS: "user_id"}
_BOARDS_A_PICTURE, BOARDS_AN_OWNER = 2, 4
_N_PARTS = 2


def signature_of(picture: int) -> str:
    """Return the key of a picture."""
    return f"{picture:016x}"


def load_version(tiers: Iterable[Tier], iteration: int, n_rows: int) -> None:
    """Publish a version of all three datasets, and load it beside what serves."""
    for tier in tiers:
        for name in NAMES:
            tier.load(_published(tier, name, iteration, n_rows))


def make_current(tiers: Iterable[Tier], iteration: int) -> None:
    """Let a loaded version serve in one tier after the other."""
    for tier in tiers:
        tier.make_current({name: Version(DATE, iteration) for name in NAMES})


def drop_all_but(tiers: Iterable[Tier], n_kept: int) -> None:
    """Drop what is older than the last few versions."""
    for tier in tiers:
        tier.drop_all({name: tier.versions(name)[:-n_kept] for name in NAMES})


def faults_of(answer: Answer, pictures: Sequence[int], n_rows: int) -> tuple[str, int]:
    """Return what is wrong with an answer, ``mixed`` or ``wrong``, else nothing; and the version that it names.

    Of lists that are marked partial, what is there must be right.
    """
    named = {int(version.rpartition("/")[2]) for version in answer.versions.values()}
    found = {int(row[OF_ITERATION]) for one in answer.lists for row in one.objects}
    iteration = max(named, default=0)
    if len(named | found) != 1:
        return "mixed", iteration
    for one in answer.lists:
        keys = [row[_KEYS[one.type]] for row in one.objects]
        numbers = [row["number"] for row in one.objects]
        if numbers != [number_of(_as_number(key), iteration) for key in keys]:
            return "wrong", iteration
        if not one.partial and keys != _expected(one.type, pictures, n_rows):
            return "wrong", iteration
    return "", iteration


def _published(tier: Tier, name: str, iteration: int, n_rows: int) -> Any:  # noqa: ANN401 - a Dataset
    rows, key = _ROWS[name](iteration, n_rows), _KEYS[name]
    part_of = partition_of(rows[key], _N_PARTS)
    spec = DatasetSpec(name, rows.schema, key)
    with stage_dataset(tier.root, spec, tier.variant, Version(DATE, iteration)) as staging:
        parts = [staging.writer(part, rows.filter(pa.array(part_of == part))) for part in range(_N_PARTS)]
        staging.publish(parts, Provenance())
    return open_dataset(tier.root, name, tier.variant, DATE, iteration)


def _picture_rows(iteration: int, n_rows: int) -> pa.Table:
    boards = [[{"board_id": one, OF_ITERATION: iteration} for one in _boards_of(n, n_rows)] for n in range(n_rows)]
    keys = [signature_of(number) for number in range(n_rows)]
    return _rows(_KEYS[PICTURES], keys, iteration).append_column("boards", pa.array(boards))


def _board_rows(iteration: int, n_rows: int) -> pa.Table:
    owners = pa.array(np.arange(n_rows) // BOARDS_AN_OWNER)
    return _rows(_KEYS[BOARDS], list(range(n_rows)), iteration).append_column("user_id", owners)


def _owner_rows(iteration: int, n_rows: int) -> pa.Table:
    return _rows(_KEYS[OWNERS], list(range(-(-n_rows // BOARDS_AN_OWNER))), iteration)


def _rows(key: str, keys: Sequence[int | str], iteration: int) -> pa.Table:
    numbers = [number_of(_as_number(one), iteration) for one in keys]
    return pa.table({key: keys, OF_ITERATION: np.full(len(keys), iteration), "number": numbers})


def _expected(name: str, pictures: Sequence[int], n_rows: int) -> Sequence[int | str]:
    if name == PICTURES:
        return [signature_of(one) for one in pictures]
    boards = list(dict.fromkeys(board for one in pictures for board in _boards_of(one, n_rows)))
    return boards if name == BOARDS else list(dict.fromkeys(board // BOARDS_AN_OWNER for board in boards))


def _boards_of(picture: int, n_rows: int) -> list[int]:
    return [(picture * 7 + number) % n_rows for number in range(_BOARDS_A_PICTURE)]


def _as_number(key: int | str) -> int:
    return int(key, 16) if isinstance(key, str) else key


_ROWS = {PICTURES: _picture_rows, BOARDS: _board_rows, OWNERS: _owner_rows}
