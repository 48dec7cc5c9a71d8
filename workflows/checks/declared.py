"""The table of checks: what is looked at in each dataset before it is published.

Names are what manifests, errors and the setting ``warn_only`` go by. A further check of a dataset is one more line
here; one of a new kind is a class beside those in `workflows.checks.laws`. What other datasets are compared with is a
*total*, which the manifest keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.trace_repins import STATUSES
from pagerank.repin_graph import EDGE_KEY
from storage_tiers.versioned.staging import DatasetSpec
from workflows.catalog import (
    BOARD_CATEGORIES,
    BOARD_FEATURES,
    BOARD_JOINS,
    BOARD_RANKS,
    BOARDS,
    DERIVATIONS,
    FACTS,
    PIN_FEATURES,
    PIN_JOINS,
    REJECTED_ROWS,
    REPIN_EDGES,
    USER_FEATURES,
    USER_JOINS,
    USERS,
)
from workflows.checks.history.null_shares import NullShares
from workflows.checks.history.row_counts import RowCounts
from workflows.checks.keys import Fingerprint, RepeatedRows
from workflows.checks.known_values import KnownCategories, UnknownWords
from workflows.checks.laws import ROUNDING, ROWS, DeclaredCheck, EqualTotals, NoFaults, SumsToOne
from workflows.checks.light import LightIsProjection
from workflows.checks.numbers import Members, NotNull, OutOfRange, Sum, TextsByKey
from workflows.checks.summaries import TotalOf
from workflows.picture_catalog import (
    GROUP_ALIASES,
    IMAGE_FILES,
    IMAGE_SIGNATURES,
    MERGE_CANDIDATES,
    PICTURE_GROUPS,
    PICTURE_MEMBERS,
    PICTURE_SIGNATURES,
)

KEYS, PINS, HELD_PINS, PIN_IDS = "keys", "pins", "held pins", "pin ids"  # totals
REPINS, GIVEN, RECEIVED, CATEGORIES = "repins", "repins given", "repins received", "categories"
IMPORTANCE, PINNED_IMPORTANCE = "importance", "importance of boards with pins"
NOT_NEGATIVE, SHARE = (0.0, float("inf")), (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Declared:
    """What is looked at in one dataset."""

    totals: Mapping[str, TotalOf] = field(default_factory=dict)
    checks: tuple[DeclaredCheck, ...] = ()


def _keys(spec: DatasetSpec, *beside: str) -> NoFaults:
    columns = (spec.key, *beside)
    return NoFaults("keys", RepeatedRows(columns), f"no two rows have the same {' and '.join(columns)}")


def _ranks(spec: DatasetSpec, importance: str) -> NoFaults:
    ranges = {importance: NOT_NEGATIVE, "percentile": SHARE, "rank_order": (1.0, float("inf"))}
    return NoFaults(
        "ranks",
        OutOfRange(spec.key, ranges),
        f"{importance} is a number from 0, rank_order one from 1, percentile a share",
    )


def _same_keys(of: DatasetSpec) -> EqualTotals:
    return EqualTotals("same_keys", KEYS, of.name, KEYS, f"every {of.key} of {of.name} has a row, and no other")


def _categories_kept(of: DatasetSpec) -> EqualTotals:
    return EqualTotals("categories_kept", CATEGORIES, of.name, CATEGORIES, f"every category is the one of {of.name}")


def _pins_and_repins() -> tuple[DeclaredCheck, ...]:
    return (
        EqualTotals("pins_conserved", PINS, FACTS.name, ROWS, "every accepted pin is counted once"),
        EqualTotals("repins_conserved", REPINS, FACTS.name, REPINS, "every repin of facts is counted once"),
    )


def _importance(of: DatasetSpec, other: str = IMPORTANCE) -> EqualTotals:
    meaning = f"it adds up to the {other} of {of.name}, give or take {ROUNDING:g}"
    return EqualTotals("importance_conserved", IMPORTANCE, of.name, other, meaning, ROUNDING)


def _known_categories(lists: str, of: DatasetSpec, known: str, whose: str) -> KnownCategories:
    columns = ("category", f"{lists}.category")
    return KnownCategories("known_categories", columns, of.name, known, f"every category is one that {whose}")


def _totals(spec: DatasetSpec, importance: str) -> dict[str, TotalOf]:
    return {
        KEYS: Fingerprint(spec.key),
        PINS: Sum("n_pins"),
        REPINS: Sum("n_repins"),
        IMPORTANCE: Sum(importance),
        CATEGORIES: TextsByKey(spec.key, "category"),
    }


def _join(spec: DatasetSpec, features: DatasetSpec, importance: str) -> Declared:
    """Declare a join, which puts together what its features and the facts have told."""
    held: dict[str, TotalOf] = {HELD_PINS: Members("pins"), PIN_IDS: Fingerprint("pins", field="pin_id")}
    checks: tuple[DeclaredCheck, ...] = (
        _keys(spec),
        _ranks(spec, importance),
        _same_keys(features),
        *_pins_and_repins(),
        EqualTotals("pins_held", HELD_PINS, FACTS.name, ROWS, "every accepted pin is in one list of pins"),
        EqualTotals("pin_ids", PIN_IDS, FACTS.name, PIN_IDS, "the lists of pins hold the pin_ids of facts, each once"),
        _importance(features),
        _categories_kept(features),
        LightIsProjection(),
        RowCounts(),
        NullShares(derived_only=True),
    )
    return Declared(_totals(spec, importance) | held, checks)


_GIVEN_AND_RECEIVED = EqualTotals(
    "repins_balanced", GIVEN, "", RECEIVED, "what is saved from somebody else is what others saved"
)
_RANKS_OF_BOARDS = SumsToOne("ranks_sum_to_one", IMPORTANCE, "page_rank adds up to 1")

DECLARED: dict[str, Declared] = {
    IMAGE_FILES.name: Declared({KEYS: Fingerprint(IMAGE_FILES.key)}, (_keys(IMAGE_FILES), RowCounts(), NullShares())),
    IMAGE_SIGNATURES.name: Declared(
        checks=(_keys(IMAGE_SIGNATURES), _same_keys(IMAGE_FILES), RowCounts(), NullShares()),
        totals={KEYS: Fingerprint(IMAGE_SIGNATURES.key)},
    ),
    PICTURE_SIGNATURES.name: Declared(checks=(_keys(PICTURE_SIGNATURES),)),
    PICTURE_GROUPS.name: Declared(checks=(_keys(PICTURE_GROUPS),)),
    PICTURE_MEMBERS.name: Declared(checks=(_keys(PICTURE_MEMBERS),)),
    MERGE_CANDIDATES.name: Declared(checks=(_keys(MERGE_CANDIDATES, "other_group_id"),)),
    GROUP_ALIASES.name: Declared(checks=(_keys(GROUP_ALIASES),)),
    REJECTED_ROWS.name: Declared(checks=(_keys(REJECTED_ROWS), RowCounts())),
    BOARDS.name: Declared(checks=(_keys(BOARDS), RowCounts(), NullShares())),
    USERS.name: Declared(checks=(_keys(USERS), RowCounts(), NullShares())),
    FACTS.name: Declared(
        {
            KEYS: Fingerprint(FACTS.key, distinct=True),
            PIN_IDS: Fingerprint("pin_id"),
            REPINS: NotNull("parent_board_id"),
        },
        (
            _keys(FACTS, "pin_id"),
            NoFaults(
                "known_statuses",
                UnknownWords("pin_id", ("parent_status",), STATUSES),
                "every parent_status is one that datasets.md lists",
            ),
            RowCounts(),
            NullShares(),
        ),
    ),
    REPIN_EDGES.name: Declared(
        {REPINS: Sum("n_repins")},
        (
            _keys(REPIN_EDGES, *EDGE_KEY[1:]),
            EqualTotals("repins_conserved", REPINS, FACTS.name, REPINS, "every repin of facts is on one edge"),
            NoFaults(
                "weights", OutOfRange(REPIN_EDGES.key, {"n_repins": (1.0, float("inf"))}), "n_repins is 1 or more"
            ),
            RowCounts(),
        ),
    ),
    BOARD_RANKS.name: Declared(
        {
            KEYS: Fingerprint(BOARD_RANKS.key),
            IMPORTANCE: Sum("page_rank"),
            GIVEN: Sum("n_repins_given"),
            RECEIVED: Sum("n_repins_received"),
            REPINS: Sum("n_repins_given", "n_self_repins"),
        },
        (
            _keys(BOARD_RANKS),
            _ranks(BOARD_RANKS, "page_rank"),
            _RANKS_OF_BOARDS,
            _GIVEN_AND_RECEIVED,
            EqualTotals(
                "repins_conserved", REPINS, REPIN_EDGES.name, REPINS, "every repin of repin_edges is counted once"
            ),
        ),
    ),
    BOARD_CATEGORIES.name: Declared(
        {KEYS: Fingerprint(BOARD_CATEGORIES.key), CATEGORIES: TextsByKey(BOARD_CATEGORIES.key, "category")},
        (
            _keys(BOARD_CATEGORIES),
            _known_categories("distribution", BOARDS, "category", "an owner gave"),
            NoFaults("confidence", OutOfRange(BOARD_CATEGORIES.key, {"confidence": SHARE}), "confidence is a share"),
        ),
    ),
    BOARD_FEATURES.name: Declared(
        _totals(BOARD_FEATURES, "page_rank")
        | {
            PINNED_IMPORTANCE: Sum("page_rank", where="n_pins"),
            GIVEN: Sum("n_repins_given"),
            RECEIVED: Sum("n_repins_received"),
        },
        (
            _keys(BOARD_FEATURES),
            _ranks(BOARD_FEATURES, "page_rank"),
            _same_keys(BOARD_RANKS),
            *_pins_and_repins(),
            _RANKS_OF_BOARDS,
            _GIVEN_AND_RECEIVED,
            _categories_kept(BOARD_CATEGORIES),
        ),
    ),
    PIN_FEATURES.name: Declared(
        _totals(PIN_FEATURES, "importance"),
        (
            _keys(PIN_FEATURES),
            _ranks(PIN_FEATURES, "importance"),
            _same_keys(FACTS),
            *_pins_and_repins(),
            _importance(BOARD_FEATURES, PINNED_IMPORTANCE),
            _known_categories("categories", BOARD_FEATURES, "categories.category", "a board may have"),
        ),
    ),
    USER_FEATURES.name: Declared(
        _totals(USER_FEATURES, "importance") | {GIVEN: Sum("n_repins_given"), RECEIVED: Sum("n_repins_received")},
        (
            _keys(USER_FEATURES),
            _ranks(USER_FEATURES, "importance"),
            *_pins_and_repins(),
            _GIVEN_AND_RECEIVED,
            _importance(BOARD_FEATURES),
            _known_categories("interests", BOARD_FEATURES, "categories.category", "a board may have"),
        ),
    ),
    PIN_JOINS.name: _join(PIN_JOINS, PIN_FEATURES, "importance"),
    BOARD_JOINS.name: _join(BOARD_JOINS, BOARD_FEATURES, "page_rank"),
    USER_JOINS.name: _join(USER_JOINS, USER_FEATURES, "importance"),
}

# Those that tasks make themselves, as they need what the task alone has counted.
MADE_BY_TASKS = {
    "accepted_and_rejected": (REJECTED_ROWS.name,),
    "rows_complete": (
        *(spec.name for spec in (REJECTED_ROWS, BOARDS, USERS, FACTS, BOARD_CATEGORIES)),
        *(derivation.outputs[0].name for derivation in DERIVATIONS if derivation.rows_as),
    ),
}
CHECK_NAMES = frozenset(
    {f"{check.name}:{dataset}" for dataset, declared in DECLARED.items() for check in declared.checks}
    | {f"{name}:{dataset}" for name, datasets in MADE_BY_TASKS.items() for dataset in datasets}
)
