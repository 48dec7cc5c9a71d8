"""The checks and totals that several datasets have, each made for one of them.

`workflows.checks.declared` is the table that they go into. Total names are what manifests keep.
"""

from storage_tiers.versioned.staging import DatasetSpec
from workflows.catalog import FACTS
from workflows.checks.check_kinds import ROUNDING, ROWS, DeclaredCheck, EqualTotals, NoFaults, SumsToOne
from workflows.checks.history.null_shares import NullShares
from workflows.checks.history.row_counts import RowCounts
from workflows.checks.keys import Fingerprint, RepeatedRows
from workflows.checks.known_values import KnownCategories
from workflows.checks.light import LightIsProjection
from workflows.checks.numbers import Members, OutOfRange, Sum, TextsByKey
from workflows.checks.summaries import TotalOf

KEYS, PINS, HELD_PINS, PIN_IDS = "keys", "pins", "held pins", "pin ids"  # totals
REPINS, GIVEN, RECEIVED, CATEGORIES = "repins", "repins given", "repins received", "categories"
IMPORTANCE, PINNED_IMPORTANCE = "importance", "importance of boards with pins"
SHARE, FROM_ONE = (0.0, 1.0 + ROUNDING), (1.0, 2.0**63)  # ranges of numbers, both ends allowed

GIVEN_AND_RECEIVED = EqualTotals(
    "repins_balanced", GIVEN, "", RECEIVED, "what is saved from somebody else is what others saved"
)
RANKS_OF_BOARDS = SumsToOne("ranks_sum_to_one", IMPORTANCE, "page_rank adds up to 1")
_PIN_IDS_KEPT = EqualTotals(
    name="pin_ids",
    total=PIN_IDS,
    of=FACTS.name,
    other=PIN_IDS,
    meaning="the lists of pins hold each pin_id of facts, and no other",
    is_fingerprint=True,
)


def keys_once(spec: DatasetSpec, *beside: str) -> NoFaults:
    """Refuse rows that agree in the key, and in the columns beside it."""
    columns = (spec.key, *beside)
    return NoFaults("keys", RepeatedRows(columns), f"no two rows have the same {' and '.join(columns)}")


def ranks(spec: DatasetSpec, importance: str) -> NoFaults:
    """Refuse ranks that are no number or negative, and orders and shares that can't be."""
    ranges = {importance: SHARE, "percentile": SHARE, "rank_order": FROM_ONE}
    return NoFaults(
        "ranks",
        OutOfRange(spec.key, ranges),
        f"{importance} and percentile are numbers from 0 to 1, rank_order is 1 or more",
    )


def same_keys(of: DatasetSpec) -> EqualTotals:
    """Hold the keys to those of a dataset that it was made from."""
    meaning = f"every {of.key} of {of.name} has a row, and no other"
    return EqualTotals("same_keys", KEYS, of.name, KEYS, meaning, is_fingerprint=True, columns=(of.key,))


def categories_kept(of: DatasetSpec) -> EqualTotals:
    """Hold the category of every row to that of a dataset that it was made from."""
    meaning, columns = f"every category is the one of {of.name}", (of.key, "category")
    return EqualTotals(
        "categories_kept", CATEGORIES, of.name, CATEGORIES, meaning, is_fingerprint=True, columns=columns
    )


def pins_and_repins() -> tuple[DeclaredCheck, ...]:
    """Hold the counts of pins and repins to the facts."""
    return (
        EqualTotals("pins_conserved", PINS, FACTS.name, ROWS, "every accepted pin is counted once"),
        EqualTotals("repins_conserved", REPINS, FACTS.name, REPINS, "every repin of facts is counted once"),
    )


def importance_conserved(of: DatasetSpec, other: str = IMPORTANCE) -> EqualTotals:
    """Hold the sum of importance to that of a dataset that it was made from."""
    meaning = f"it adds up to the {other} of {of.name}, give or take {ROUNDING:g}"
    return EqualTotals("importance_conserved", IMPORTANCE, of.name, other, meaning, ROUNDING)


def known_categories(lists: str, of: DatasetSpec, known: str, whose: str) -> KnownCategories:
    """Refuse a category, alone or in a distribution, that a dataset that it was made from has nowhere."""
    columns = ("category", f"{lists}.category")
    return KnownCategories("known_categories", columns, of.name, known, f"every category is one that {whose}")


def totals_of_features(spec: DatasetSpec, importance: str) -> dict[str, TotalOf]:
    """Add up what the features of pictures, boards and users have in common."""
    return {
        KEYS: Fingerprint(spec.key),
        PINS: Sum("n_pins"),
        REPINS: Sum("n_repins"),
        IMPORTANCE: Sum(importance),
        CATEGORIES: TextsByKey(spec.key, "category"),
    }


def totals_of_join(spec: DatasetSpec, importance: str) -> dict[str, TotalOf]:
    """Add up those of the features of a join, and the pins in its lists."""
    return {
        **totals_of_features(spec, importance),
        HELD_PINS: Members("pins"),
        PIN_IDS: Fingerprint("pins", field="pin_id"),
    }


def checks_of_join(spec: DatasetSpec, features: DatasetSpec, importance: str) -> tuple[DeclaredCheck, ...]:
    """Hold a join to its features and to the facts, which it puts together."""
    return (
        keys_once(spec),
        ranks(spec, importance),
        LightIsProjection(),
        same_keys(features),
        categories_kept(features),
        *pins_and_repins(),
        EqualTotals("pins_held", HELD_PINS, FACTS.name, ROWS, "every accepted pin is in one list of pins"),
        _PIN_IDS_KEPT,
        importance_conserved(features),
        RowCounts(),
        NullShares(derived_only=True),
    )
