"""The last answer of a saved query: kept when it is asked, or saved beside its answer, and shown until the next."""

import logging

from storage_tiers.stores.address import Root
from workflows.shared_sql.box_runs import BoxQuery, Kept
from workflows.shared_sql.saved.last_results import LastResult, keep_result, last_result
from workflows.shared_sql.saved.saved_query import SavedQuery

_LOG = logging.getLogger("interest-graph.explorer")


def keep_answer(root: Root, query: SavedQuery, kept: Kept) -> None:
    """Keep an answer as the last one of a saved query, whose text it is of.

    Where it can't be written, the log says so, and there is none.
    """
    values = {name.removeprefix("p_"): text or "" for name, (_, text) in kept.query.values.items()}
    result = LastResult(kept.table, kept.at, query.sql.strip(), values, kept.is_whole, kept.seconds, kept.query.version)
    try:
        keep_result(root, query.name, result)
    except OSError as error:
        _LOG.warning("the last result of %s can't be kept: %s", query.name, error)


def kept_result(root: Root, query: SavedQuery) -> Kept | None:
    """Return the last result of a saved query as an answer; None where there is none."""
    last = last_result(root, query.name)
    if last is None:
        return None
    values = {f"p_{name}": ("text", text) for name, text in last.values.items()}
    return Kept(last.table, BoxQuery(last.sql, values, last.version), last.is_whole, last.seconds, last.at)
