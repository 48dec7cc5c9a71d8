"""``interest-graph explain board``: what was published about a board, read just far enough to explain its category."""

import datetime as dt

import pyarrow as pa

from features.categories.explaining.explain import explain_board, owners_boards
from features.categories.explaining.explanation import BoardExplanation
from features.categories.fitting.category_fit import category_fit
from joins.raw.given_keys import given_key
from storage_tiers.debugging import lookup
from storage_tiers.stores.address import Root
from storage_tiers.versioned.chosen_rows import rows_with
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.versions import Version
from workflows.catalog import BOARD_CATEGORIES, BOARDS, FACTS
from workflows.luigi_cfg import SettingsError
from workflows.origins.bases import base_below

_KEY = "board_id"
_PINS = ("image_signature", "board_id")
_LABELS = ("board_id", "user_id", "category")


def explained_board(
    output: Root, what: str, key: str, date: dt.date | None, iteration: int | None
) -> tuple[Version, BoardExplanation | None]:
    """Explain the category of a board, by its id here or in the source of an import; None where the version lacks it.

    Raises SettingsError if something else than a board is asked for.
    """
    if what != "board":
        raise SettingsError(f"{what!r} can't be explained; allowed: board")
    corrected = open_dataset(output, BOARD_CATEGORIES.name, "full", date, iteration)
    found = (lookup(corrected, one) for one in given_key(key, _KEY).keys)
    decided = next((rows for rows in found if len(rows)), None)
    if decided is None:
        return corrected.version, None
    base = Version(corrected.version.date, base_below(output, corrected.version))
    facts, boards = (open_dataset(output, spec.name, "full", base.date, base.iteration) for spec in (FACTS, BOARDS))
    board_id = decided["board_id"][0].as_py()
    pins = _pins_of_pictures(facts, pa.array([board_id]))
    previous = _first_pass(output, corrected, base)
    if previous is not None:  # the boards that vote were judged by the pictures they show
        pins = _pins_of_pictures(facts, pins["board_id"].unique())
    labels = boards.to_table(_LABELS)
    alike = owners_boards(pins, labels)
    if len(alike):
        pins = pa.concat_tables([pins, rows_with(facts, "board_id", pa.array(alike), _PINS).select(pins.column_names)])
    return corrected.version, explain_board(board_id, pins, labels, decided, previous=previous)


def not_explained(key: str, version: Version) -> str:
    """Say that a version doesn't hold a board, and what was looked for where that is another key."""
    return f"board {key} is not in {version}{given_key(key, _KEY).note}"


def _pins_of_pictures(facts: Dataset, board_ids: pa.Array) -> pa.Table:
    """Read the pins of all pictures that some boards show."""
    shown = rows_with(facts, "board_id", board_ids, ["image_signature"])["image_signature"].unique()
    return rows_with(facts, "image_signature", shown, _PINS)


def _first_pass(output: Root, corrected: Dataset, base: Version) -> pa.Table | None:
    """Return the numbers of the first pass, a table without rows, if the second decided; None where the first did."""
    version, kept = corrected.version, _pass_kept(corrected)
    while kept > 1 and version.iteration > base.iteration + 1:
        version = Version(version.date, version.iteration - 1)
        before = open_dataset(output, corrected.name, "full", version.date, version.iteration)
        if _pass_kept(before) == 1:
            return before.schema.empty_table()
    return None


def _pass_kept(dataset: Dataset) -> int:
    return category_fit(dataset.schema.empty_table()).pass_kept
