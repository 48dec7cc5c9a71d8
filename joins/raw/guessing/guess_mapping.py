"""Guess a whole mapping from samples: which source is which table, and what fills each raw field.

Names are read first, values confirm or refuse: a key must be nearly unique, a foreign key may be known by its values
alone. The guess is a function of the samples; equal ones are decided by the order of sources and columns.
"""

from collections.abc import Sequence
from dataclasses import replace

from joins.errors import SourceError
from joins.raw.guessing.attribute_columns import guess_attribute, guess_spelling
from joins.raw.guessing.guesses import FieldGuess, MappingGuess, TableGuess
from joins.raw.guessing.ids.id_guesses import IdGuesses, guess_ids, with_stable_ids
from joins.raw.guessing.ids.linked_tables import with_linked_boards
from joins.raw.guessing.null_values import with_null_values
from joins.raw.guessing.picture_columns import guess_image, guess_signature
from joins.raw.guessing.source_samples import SourceSample
from joins.raw.guessing.table_roles import TableRoles, choose_roles
from joins.raw.schemas import RAW_BOARDS, RAW_PINS, RAW_USERS, RawTable


def guess_mapping(samples: Sequence[SourceSample]) -> MappingGuess:
    """Guess the mapping of one source or several.

    Raises SourceError if no source has rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> saves = pa.table({"save": [1, 2], "list": ["a", "a"], "member": [7, 8], "photo": ["x.jpg", "x.jpg"]})
    >>> guess = guess_mapping([SourceSample("saves.csv", saves)])
    >>> [(one.field, one.column, one.conversion) for one in guess.pins.fields if one.is_found]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('pin_id', 'save', 'cast'), ('board_id', 'list', 'id'), ('user_id', 'member', 'cast'),
     ('image_signature', 'photo', 'digest')]
    >>> guess.boards.distinct, guess.is_complete
    (True, True)
    """
    filled = [sample for sample in samples if sample.rows.num_rows]
    if not filled:
        raise SourceError("no source has rows to guess from", remedy="name a file or folder with rows in it")
    roles = with_linked_boards(choose_roles(filled), filled)
    ids = guess_ids(roles)
    tables = with_stable_ids([_pins(roles, ids), _boards(roles, ids), _users(roles, ids)])
    pins, boards, users = (with_null_values(table) for table in tables)
    return MappingGuess(pins, boards, users, tuple(roles.unused(filled)), tuple(ids.remarks))


def _pins(roles: TableRoles, ids: IdGuesses) -> TableGuess:
    sample = roles.pins
    taken = {guess.column for guess in ids.pins if guess.column and guess.field != "parent_pin_id"}
    signature = guess_signature(sample, taken)
    found = {guess.field: guess for guess in (*ids.pins, signature, guess_image(sample, signature))}
    taken |= {guess.column for guess in found.values() if guess.column}
    for field in ("created_at", "link", "description"):
        found[field] = guess_attribute(sample, field, "pin", "pin", ids.key("pin"), taken)
        taken.add(found[field].column)
    picture = sample.profiles.get(signature.column)
    is_word = picture and picture.kind == "text" and not picture.look and signature.conversion == "digest"
    if is_word and not found["description"].is_found:
        why = f"{signature.column!r} again, so that it stays readable"
        found["description"] = FieldGuess("description", why, signature.column)
    rule = None
    if not found["parent_pin_id"].is_found and signature.is_found:
        rule = found["created_at"].is_found and not found["parent_pin_id"].others
    return _table(RAW_PINS, sample, found, why=_why(roles, sample, "pin"), rule=rule)


def _boards(roles: TableRoles, ids: IdGuesses) -> TableGuess:
    sample = roles.boards or roles.pins
    found = {guess.field: guess for guess in ids.boards}
    taken = {guess.column for guess in found.values()} | _taken_by_pins(roles, ids, sample)
    for field in ("category", "name", "description", "created_at"):
        found[field] = guess_attribute(sample, field, "board", roles.row_subject(sample), ids.boards[0].column, taken)
        taken.add(found[field].column)
    table = _table(RAW_BOARDS, sample, found, why=_why(roles, sample, "board"), distinct=sample is not roles.boards)
    if not found["category"].is_found:
        return table
    spelling, why = guess_spelling(sample.profiles[found["category"].column])
    return replace(table, category=spelling, category_why=why)


def _users(roles: TableRoles, ids: IdGuesses) -> TableGuess:
    sample = ids.users_sample
    found = {guess.field: guess for guess in ids.users}
    key = ids.users[0].column
    taken = set[str]()
    for field in ("username", "country", "created_at"):
        found[field] = guess_attribute(sample, field, "user", roles.row_subject(sample), key, taken)
        taken.add(found[field].column)
    return _table(RAW_USERS, sample, found, why=_why(roles, sample, "user"), distinct=sample is not roles.users)


def _taken_by_pins(roles: TableRoles, ids: IdGuesses, sample: SourceSample) -> set[str]:
    """Return the columns that can't be attributes of boards since they are ids of pins in the same rows."""
    return {guess.column for guess in ids.pins if guess.column} if sample is roles.pins else set()


def _table(
    table: RawTable,
    sample: SourceSample,
    found: dict[str, FieldGuess],
    why: str,
    *,
    distinct: bool = False,
    rule: bool | None = None,
) -> TableGuess:
    fields = tuple(found[name] for name in table.schema.names)
    return TableGuess(table, sample, why, fields, distinct=distinct, earliest_pin_is_parent=rule)


def _why(roles: TableRoles, sample: SourceSample, subject: str) -> str:
    """Say why a source serves a table."""
    own = roles.row_subject(sample)
    if own != subject:
        return f"no source of its own for {subject}s; each is taken once from the {own}s"
    named = f"named after {subject}s" if sample.named_after == subject else f"its columns are those of {subject}s"
    return f"a row for each {subject}: {named}"
