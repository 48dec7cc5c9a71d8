"""Which column records the pin that a pin was saved from: by its name, or since its values are ids of other pins.

Recorded parents go before made-up ones: while a column may record them, no rule is written that invents some.
"""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.guessing.columns.column_names import concepts_of
from joins.raw.guessing.columns.column_profiles import ColumnProfile
from joins.raw.guessing.columns.vocabulary import Concept
from joins.raw.guessing.guesses import FieldGuess
from joins.raw.guessing.ids.id_columns import REFERENCE_SCORE, id_candidates
from joins.raw.guessing.source_samples import SourceSample, share_within

_FIELD = "parent_pin_id"
_NEARLY_ALL = 0.9  # of the different values that must be pins of the sample
_FEWEST = 3  # different values
_FEWEST_BY_CHANCE = 10  # different values of small numbers that are worth a question
_OTHER_THINGS: tuple[Concept, ...] = ("board", "user", "image", "signature", "time", "category", "country", "username")
_NO_IDS: tuple[Concept, ...] = ("count", "index", "flag")
_FEW_BY_CHANCE = 10  # ids per pin: where ids are closer together, small numbers of any kind are ids of pins
_EARLIER = 0.95  # of the rows whose parent must have a smaller id, if closeness makes chance possible
_SPREAD = 0.25  # of the largest id that the largest parent must reach, or it counts something


def guess_parent(pins: SourceSample, pin_id: FieldGuess, taken: set[str]) -> FieldGuess:
    """Guess which column names the parent of a pin; columns that are ``taken`` fill another id.

    Examples
    --------
    >>> rows = pa.table({"pin": [5001, 5002, 5003, 5004, 5005], "taken over": [None, 5001, 5001, 5002, 5003]})
    >>> guess = guess_parent(SourceSample("pins.csv", rows), FieldGuess("pin_id", "", "pin"), {"pin"})
    >>> guess.column, guess.why
    ('taken over', "all its values are ids of other pins in 'pin'")
    """
    named = [one for one in id_candidates(pins, "parent", "pin") if one.column != pin_id.column]
    if pin_id.row_number:
        return _without_ids(named[0].column if named else "")
    sure, chance = _by_values(pins, pin_id.column, taken)
    agreeing = [one for one in named if one.column in sure or _share(pins, one.column, pin_id.column)]
    if named and (agreeing or not sure) and not _is_of_other_kind(pins, named[0].column, pin_id.column):
        best, *rest = agreeing or named
        others = tuple(one.column for one in rest[:2] if one.score >= REFERENCE_SCORE)
        return _nullable(pins, FieldGuess(_FIELD, best.why, best.column, others=others), pin_id.column)
    if sure:
        share = _share(pins, sure[0], pin_id.column)
        how_many = "all" if share == 1.0 else f"{share:.0%} of"
        why = f"{how_many} its values are ids of other pins in {pin_id.column!r}"
        return _nullable(pins, FieldGuess(_FIELD, why, sure[0], others=tuple(sure[1:3])), pin_id.column)
    if named:
        why = f"{named[0].column!r} is named so, but holds other values than {pin_id.column!r}"
        return FieldGuess(_FIELD, why, others=(named[0].column,), doubt=f"left out: {why}")
    if chance:
        why = f"{chance[0]!r} may be it: its values are all ids of pins, and may count something as well"
        return FieldGuess(_FIELD, why, others=(chance[0],), doubt=f"left out: {why}")
    return FieldGuess(_FIELD, "no column is named like the pin that a pin was saved from, or holds ids of other pins")


def _without_ids(named: str) -> FieldGuess:
    if not named:
        return FieldGuess(_FIELD, "no column is named like the pin that a pin was saved from")
    return FieldGuess(_FIELD, f"{named!r} would be it, but pins have no ids that it could name", others=(named,))


def _is_of_other_kind(pins: SourceSample, column: str, key: str) -> bool:
    """Say whether a column that is named like a parent holds nothing that could be an id of these pins."""
    kinds = {pins.profiles[name].kind == "integer" for name in (column, key)}
    return len(kinds) > 1 and not _share(pins, column, key)


def _by_values(pins: SourceSample, key: str, taken: set[str]) -> tuple[list[str], list[str]]:
    """Return the columns whose values are ids of other pins, and those where that may be chance."""
    sure: list[str] = []
    chance: list[str] = []
    for name in pins.readings:
        if name in taken or name == key or not _may_name_pins(pins, name, key):
            continue
        if not _may_be_chance(pins, name, key):
            sure.append(name)
        elif pins.profiles[name].n_missing and pins.profiles[name].n_distinct >= _FEWEST_BY_CHANCE:
            chance.append(name)
    return sure, chance


def _may_name_pins(pins: SourceSample, name: str, key: str) -> bool:
    concepts = concepts_of(name)[0]
    profile, ids = pins.profiles[name], pins.profiles[key]
    if profile.n_distinct < _FEWEST or profile.kind != ids.kind or any(one in concepts for one in _OTHER_THINGS):
        return False
    share_self = pins.share_equal(name, key)
    is_optional = bool(profile.n_missing) or share_self > 0 or bool(_strangers(profile, ids))
    return is_optional and share_self < 1.0 and _share(pins, name, key) >= _NEARLY_ALL


def _strangers(profile: ColumnProfile, ids: ColumnProfile) -> bool:
    """Say whether a number that is no pin stands for none, such as 0."""
    return any(pc.index(profile.values, zero).as_py() >= 0 > pc.index(ids.values, zero).as_py() for zero in ("0", "-1"))


def _may_be_chance(pins: SourceSample, name: str, key: str) -> bool:
    """Say whether small numbers that count something would be ids of these pins as well."""
    if pins.profiles[key].kind != "integer" or pins.profiles[key].is_long:
        return False
    ids = pc.cast(pins.profiles[key].values, pa.float64())
    lowest, highest = pc.min_max(ids).as_py().values()
    if lowest > len(ids) or highest > _FEW_BY_CHANCE * len(ids):
        return False
    concepts = concepts_of(name)[0]
    if any(one in concepts for one in _NO_IDS):
        return True
    if "parent" in concepts or {"pin", "id"} <= set(concepts):
        return False
    own, parents = (pc.cast(_numbers(pins, one), pa.float64()) for one in (key, name))
    is_earlier = pc.mean(pc.less(parents, own).cast(pa.int8())).as_py() or 0.0
    return is_earlier < _EARLIER or pc.max(parents).as_py() < _SPREAD * highest


def _numbers(pins: SourceSample, name: str) -> pa.Array:
    """Return a column of integers, null where a text stands for nothing."""
    texts = pins.texts(name)
    is_number = pc.match_substring_regex(texts, r"^[+-]?\d+(\.0+)?$")
    return pc.if_else(is_number, texts, pa.scalar(None, pa.string()))


def _share(pins: SourceSample, name: str, key: str) -> float:
    return share_within(pins.profiles[name].values, pins.profiles[key].values)


def _nullable(pins: SourceSample, guess: FieldGuess, key: str) -> FieldGuess:
    """Return the guess of a column as one whose pins may name themselves, where some do."""
    share_self = pins.share_equal(guess.column, key)
    if not share_self:
        return guess
    return replace(guess, null_if_equal=key, why=f"{guess.why}; {share_self:.0%} of the pins name themselves: none")
