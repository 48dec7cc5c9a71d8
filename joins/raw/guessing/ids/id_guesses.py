"""The ids of the three tables: what fills them, where users come from, and which ids have to be made of texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from joins.raw.guessing.columns.column_names import concepts_of
from joins.raw.guessing.columns.column_profiles import ColumnProfile
from joins.raw.guessing.columns.vocabulary import Subject
from joins.raw.guessing.guesses import FieldGuess, TableGuess
from joins.raw.guessing.ids.id_columns import (
    REFERENCE_SCORE,
    Candidate,
    foreign_candidates,
    id_candidates,
    key_column,
    uniqueness_of,
)
from joins.raw.guessing.ids.linked_tables import board_keys, keys_of
from joins.raw.guessing.ids.parent_columns import guess_parent
from joins.raw.guessing.source_samples import SourceSample, share_within
from joins.raw.guessing.table_roles import TableRoles
from joins.raw.mapped.field_sources import ENTITY_OF_FIELD

_STRANGERS = 0.05  # of the pins' users that boards may lack and still bring the users table
_KINDS = ("integer", "text", "time")
_MOST_NAMED = 4  # candidates in a comment
_ALONE = "nobody is named: one user for each board"


@dataclass(slots=True)
class IdGuesses:
    """The fields of ids by table, in the order of the raw schemas, and the sample that users are taken from."""

    pins: list[FieldGuess]
    boards: list[FieldGuess]
    users: list[FieldGuess]
    users_sample: SourceSample
    remarks: list[str] = field(default_factory=list)

    def key(self, subject: Subject) -> str:
        """Return the column of the pins' source that names a subject; empty if none does."""
        return next((one.column for one in self.pins if ENTITY_OF_FIELD[one.field] == subject), "")


def guess_ids(roles: TableRoles) -> IdGuesses:
    """Guess what fills the ids of pins, boards and users."""
    pins, boards = roles.pins, roles.boards or roles.pins
    pin_id = _pin_id(pins)
    board_key, linked = board_keys(roles)
    board_id = _reference(pins, "board", boards.profiles[board_key.column] if board_key else None)
    if linked:
        board_id = FieldGuess("board_id", linked.why, linked.column)
    user_key = key_column(roles.users, "user") if roles.users else None
    user_profile = roles.users.profiles[user_key.column] if roles.users and user_key else None
    user_id = _reference(pins, "user", user_profile)
    boards_board_id = _key(boards, "board_id", board_key) if roles.boards else board_id
    of_boards = _reference(boards, "user", user_profile) if roles.boards else _owner(pins, board_id, user_id)
    remarks: list[str] = []
    is_anonymous = not (user_id.is_found or of_boards.is_found or roles.users)
    if is_anonymous and board_id.is_found and boards_board_id.is_found:
        user_id = replace(board_id, field="user_id", why=_ALONE)
        of_boards = replace(boards_board_id, field="user_id", why=_ALONE)
    user_id, of_boards = _hinted(roles, user_id, of_boards, board_id)
    owner = of_boards.column
    if not roles.boards and _have_several(pins, board_id.column, owner):
        remarks.append(
            f"boards.user_id: boards of the sample have several {owner!r}; the daily check refuses such boards, so "
            "name the column of the board's owner if there is one"
        )
    users_sample, user_of_users = _users(roles, user_key, user_id, of_boards)
    parent = guess_parent(pins, pin_id, {board_id.column, user_id.column, owner})
    return IdGuesses(
        [pin_id, board_id, user_id, parent], [boards_board_id, of_boards], [user_of_users], users_sample, remarks
    )


def with_stable_ids(tables: Sequence[TableGuess]) -> list[TableGuess]:
    """Return the tables with stable ids for every kind of id that is a text, or no 64-bit integer, anywhere."""
    reasons: dict[str, str] = {}
    for table in tables:
        for guess in table.fields:
            if guess.field in ENTITY_OF_FIELD and guess.column:
                reason = _no_integer(table.sample.profiles[guess.column])
                if reason:
                    reasons.setdefault(ENTITY_OF_FIELD[guess.field], reason)
    return [replace(table, fields=tuple(_stable(guess, reasons) for guess in table.fields)) for table in tables]


def _stable(guess: FieldGuess, reasons: Mapping[str, str]) -> FieldGuess:
    """Return an id's guess as that of stable ids, if there is a reason for its entity."""
    reason = reasons.get(ENTITY_OF_FIELD.get(guess.field, ""))
    return replace(guess, conversion="id", why=f"{guess.why}; {reason}") if reason and guess.column else guess


def _no_integer(profile: ColumnProfile) -> str:
    """Say why values can't be ids as they stand; empty if they can."""
    if profile.kind != "integer":
        return "texts"
    if profile.is_padded:
        return "numbers with leading zeros"
    return "numbers beyond 64 bits" if profile.is_long else ""


def _pin_id(pins: SourceSample) -> FieldGuess:
    key = key_column(pins, "pin")
    if key is None:
        named = id_candidates(pins, "pin", "pin")
        repeated = f"; {uniqueness_of(pins.profiles[named[0].column])} in {named[0].column!r}" if named else ""
        return FieldGuess(
            "pin_id", f"no column is unique and named like a pin, so the position of the row{repeated}", row_number=True
        )
    return _key(pins, "pin_id", key)


def _key(sample: SourceSample, name: str, key: Candidate | None) -> FieldGuess:
    if key is None:
        unique = keys_of(sample)
        which = f"; unique in {sample.source}: {', '.join(unique[:_MOST_NAMED])}" if unique else ""
        return FieldGuess(name, f"no column is named like it{which}", others=tuple(unique[:1]))
    return FieldGuess(name, f"{uniqueness_of(sample.profiles[key.column])}, {key.why}", key.column)


def _reference(sample: SourceSample, subject: Subject, key: ColumnProfile | None) -> FieldGuess:
    """Guess which column refers to a subject, confirmed by the keys of its own source, where there is one."""
    name = f"{subject}_id"
    found = id_candidates(sample, subject, "pin")
    if not found and key is not None:
        found = foreign_candidates(sample, key, f"{subject}s of {key.name!r}")
    if not found:
        titles = [
            column for column, one in sample.readings.items() if (one.subject, one.attribute) == (subject, "name")
        ]
        why = f"no column is named like a {subject}"
        if titles:
            why += f'; by {{ column = {titles[0]!r}, as = "id" }} all {subject}s of one name would be one'
        repeated = _repeated(sample) if not titles else []
        why += f"; repeated in {sample.source}: {', '.join(repeated[:_MOST_NAMED])}" if repeated else ""
        return FieldGuess(name, why, others=tuple(titles[:1]))
    best, others = found[0], _others(found)
    if key is None or best.score < REFERENCE_SCORE:
        return FieldGuess(name, best.why, best.column, others=others)
    profile = sample.profiles[best.column]
    share = share_within(profile.values, key.values)
    why = f"{best.why}; {share:.0%} of its values are among {key.name!r} of the {subject}s' sample"
    doubt = f"no value of {best.column!r} is among the {subject}s' {key.name!r} in the sample" if not share else ""
    return FieldGuess(name, why, best.column, others=others, doubt=doubt)


def _repeated(sample: SourceSample) -> list[str]:
    """Return the columns of numbers or texts that several rows share and no row lacks, which may refer to a table."""
    found = [sample.profiles[name] for name, one in sample.readings.items() if one.attribute in ("id", "other")]
    kept = (one for one in found if one.kind in ("integer", "text") and not one.look and not one.n_missing)
    return [one.name for one in kept if 1 < one.n_distinct < one.n_valid]


def _owner(pins: SourceSample, board_id: FieldGuess, user_id: FieldGuess) -> FieldGuess:
    """Guess whose the boards are that are taken from the pins: a column of the board's owner, or who pinned."""
    for one in id_candidates(pins, "user", "pin"):
        is_of_board = "board" in concepts_of(one.column)[0]
        if is_of_board and board_id.column and pins.is_one_for_each(board_id.column, one.column):
            return FieldGuess("user_id", one.why, one.column)
    return user_id


def _hinted(
    roles: TableRoles, of_pins: FieldGuess, of_boards: FieldGuess, board_id: FieldGuess
) -> tuple[FieldGuess, FieldGuess]:
    """Return the users of pins and boards with what could be written where only one of the two is known."""
    if roles.boards is None or of_pins.is_found == of_boards.is_found:
        return of_pins, of_boards
    if of_boards.is_found:
        alone = f"{board_id.column!r} there, for boards and for users makes each board a user of its own"
        return replace(of_pins, why=f"{of_pins.why}; {alone}", others=(board_id.column,)), of_boards
    taken = (
        f"add it to {roles.boards.source}, or take boards from {roles.pins.source} with distinct = true, without names"
    )
    return of_pins, replace(of_boards, why=f"{of_boards.why}; {taken}")


def _others(found: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the columns that would do nearly as well as the first."""
    return tuple(one.column for one in found[1:3] if one.score >= REFERENCE_SCORE)


def _have_several(pins: SourceSample, board: str, user: str) -> bool:
    """Say whether boards that are taken from the pins would have several users."""
    return bool(board and user) and not pins.is_one_for_each(board, user)


def _users(
    roles: TableRoles, user_key: Candidate | None, of_pins: FieldGuess, of_boards: FieldGuess
) -> tuple[SourceSample, FieldGuess]:
    """Return the sample that users are taken from, and what fills their id."""
    if roles.users and user_key:
        return roles.users, _key(roles.users, "user_id", user_key)
    if not roles.boards or not of_boards.is_found:
        return roles.pins, of_pins
    known = roles.boards.profiles[of_boards.column].values
    if not of_pins.is_found:
        return roles.boards, of_boards
    strangers = 1.0 - share_within(roles.pins.profiles[of_pins.column].values, known)
    if roles.boards.is_whole and strangers > _STRANGERS:
        why = f"{of_pins.why}; {strangers:.0%} of the pins' users own no board"
        return roles.pins, replace(of_pins, why=why)
    return roles.boards, of_boards
