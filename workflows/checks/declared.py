"""The table of checks: what is looked at in each dataset before it is published.

Names are what manifests, errors and the setting ``warn_only`` go by. A further check of a dataset is one more line
here; one of a new kind is a class beside those in `workflows.checks.check_kinds`. What other datasets are compared with
is a *total*, which the manifest keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

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
from workflows.checks.check_kinds import DeclaredCheck, EqualTotals, Level, NoFaults
from workflows.checks.history.null_shares import NullShares
from workflows.checks.history.row_counts import RowCounts
from workflows.checks.keys import Fingerprint
from workflows.checks.known_values import UnknownWords
from workflows.checks.numbers import NotNull, OutOfRange, Sum, TextsByKey
from workflows.checks.shared_checks import (
    CATEGORIES,
    FROM_ONE,
    GIVEN,
    GIVEN_AND_RECEIVED,
    IMPORTANCE,
    KEYS,
    PIN_IDS,
    PINNED_IMPORTANCE,
    RANKS_OF_BOARDS,
    RECEIVED,
    REPINS,
    SHARE,
    categories_kept,
    checks_of_join,
    importance_conserved,
    keys_once,
    known_categories,
    pins_and_repins,
    ranks,
    same_keys,
    totals_of_features,
    totals_of_join,
)
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


@dataclass(frozen=True, slots=True)
class Declared:
    """What is looked at in one dataset: what is added up of it, and what is judged."""

    totals: Mapping[str, TotalOf] = field(default_factory=dict)
    checks: tuple[DeclaredCheck, ...] = ()


class TaskCheck(NamedTuple):
    """A check that tasks make themselves, as it needs what the task alone has counted."""

    name: str
    meaning: str
    datasets: tuple[str, ...]
    level: Level = "error"


DECLARED: dict[str, Declared] = {
    IMAGE_FILES.name: Declared(
        {KEYS: Fingerprint(IMAGE_FILES.key)}, (keys_once(IMAGE_FILES), RowCounts(), NullShares())
    ),
    IMAGE_SIGNATURES.name: Declared(
        {KEYS: Fingerprint(IMAGE_SIGNATURES.key)},
        (keys_once(IMAGE_SIGNATURES), same_keys(IMAGE_FILES), RowCounts(), NullShares()),
    ),
    PICTURE_SIGNATURES.name: Declared(checks=(keys_once(PICTURE_SIGNATURES),)),
    PICTURE_GROUPS.name: Declared(checks=(keys_once(PICTURE_GROUPS),)),
    PICTURE_MEMBERS.name: Declared(checks=(keys_once(PICTURE_MEMBERS),)),
    MERGE_CANDIDATES.name: Declared(checks=(keys_once(MERGE_CANDIDATES, "other_group_id"),)),
    GROUP_ALIASES.name: Declared(checks=(keys_once(GROUP_ALIASES),)),
    REJECTED_ROWS.name: Declared(checks=(keys_once(REJECTED_ROWS), RowCounts())),
    BOARDS.name: Declared(checks=(keys_once(BOARDS), RowCounts(), NullShares())),
    USERS.name: Declared(checks=(keys_once(USERS), RowCounts(), NullShares())),
    FACTS.name: Declared(
        {
            KEYS: Fingerprint(FACTS.key, distinct=True),
            PIN_IDS: Fingerprint("pin_id"),
            REPINS: NotNull("parent_board_id"),
        },
        (
            keys_once(FACTS, "pin_id"),
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
            keys_once(REPIN_EDGES, *EDGE_KEY[1:]),
            NoFaults("weights", OutOfRange(REPIN_EDGES.key, {"n_repins": FROM_ONE}), "n_repins is 1 or more"),
            EqualTotals("repins_conserved", REPINS, FACTS.name, REPINS, "every repin of facts is on one edge"),
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
            keys_once(BOARD_RANKS),
            ranks(BOARD_RANKS, "page_rank"),
            RANKS_OF_BOARDS,
            GIVEN_AND_RECEIVED,
            EqualTotals(
                "repins_conserved", REPINS, REPIN_EDGES.name, REPINS, "every repin of repin_edges is counted once"
            ),
        ),
    ),
    BOARD_CATEGORIES.name: Declared(
        {KEYS: Fingerprint(BOARD_CATEGORIES.key), CATEGORIES: TextsByKey(BOARD_CATEGORIES.key, "category")},
        (
            keys_once(BOARD_CATEGORIES),
            known_categories("distribution", BOARDS, "category", "an owner gave"),
            NoFaults(
                "confidence",
                OutOfRange(BOARD_CATEGORIES.key, {"confidence": SHARE}),
                "confidence is a number from 0 to 1",
            ),
        ),
    ),
    BOARD_FEATURES.name: Declared(
        totals_of_features(BOARD_FEATURES, "page_rank")
        | {
            PINNED_IMPORTANCE: Sum("page_rank", where="n_pins"),
            GIVEN: Sum("n_repins_given"),
            RECEIVED: Sum("n_repins_received"),
        },
        (
            keys_once(BOARD_FEATURES),
            ranks(BOARD_FEATURES, "page_rank"),
            same_keys(BOARD_RANKS),
            categories_kept(BOARD_CATEGORIES),
            *pins_and_repins(),
            RANKS_OF_BOARDS,
            GIVEN_AND_RECEIVED,
        ),
    ),
    PIN_FEATURES.name: Declared(
        totals_of_features(PIN_FEATURES, "importance"),
        (
            keys_once(PIN_FEATURES),
            ranks(PIN_FEATURES, "importance"),
            known_categories("categories", BOARD_FEATURES, "categories.category", "a board may have"),
            same_keys(FACTS),
            *pins_and_repins(),
            importance_conserved(BOARD_FEATURES, PINNED_IMPORTANCE),
        ),
    ),
    USER_FEATURES.name: Declared(
        totals_of_features(USER_FEATURES, "importance")
        | {GIVEN: Sum("n_repins_given"), RECEIVED: Sum("n_repins_received")},
        (
            keys_once(USER_FEATURES),
            ranks(USER_FEATURES, "importance"),
            known_categories("interests", BOARD_FEATURES, "categories.category", "a board may have"),
            *pins_and_repins(),
            GIVEN_AND_RECEIVED,
            importance_conserved(BOARD_FEATURES),
        ),
    ),
    PIN_JOINS.name: Declared(
        totals_of_join(PIN_JOINS, "importance"), checks_of_join(PIN_JOINS, PIN_FEATURES, "importance")
    ),
    BOARD_JOINS.name: Declared(
        totals_of_join(BOARD_JOINS, "page_rank"), checks_of_join(BOARD_JOINS, BOARD_FEATURES, "page_rank")
    ),
    USER_JOINS.name: Declared(
        totals_of_join(USER_JOINS, "importance"), checks_of_join(USER_JOINS, USER_FEATURES, "importance")
    ),
}

MADE_BY_TASKS = (
    TaskCheck(
        "accepted_and_rejected",
        "accepted and rejected rows of a raw table are those that were read",
        (REJECTED_ROWS.name,),
    ),
    TaskCheck(
        "rows_complete",
        "there are as many rows as were accepted or found, or as its features or the iteration before have",
        (
            *(spec.name for spec in (IMAGE_FILES, REJECTED_ROWS, BOARDS, USERS, FACTS, BOARD_CATEGORIES)),
            *(derivation.outputs[0].name for derivation in DERIVATIONS if derivation.rows_as),
        ),
    ),
    TaskCheck(
        "pictures lie in picture_roots",
        "every picture lies where pictures may be read from",
        (IMAGE_FILES.name,),
        level="warn",
    ),
)


def declared_for(spec: DatasetSpec) -> Declared:
    """Return what is looked at in a dataset; of one that the table lacks, its keys."""
    keys = Declared(checks=(keys_once(spec),)) if spec.key_is_unique else Declared()
    return DECLARED.get(spec.name, keys)


CHECK_NAMES = frozenset(
    {
        f"{check.name}:{spec.name}"
        for derivation in DERIVATIONS
        for spec in derivation.outputs
        for check in declared_for(spec).checks
    }
    | {f"{check.name}:{dataset}" for check in MADE_BY_TASKS for dataset in check.datasets}
)
