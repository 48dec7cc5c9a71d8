"""What numbers are told apart by: per category, by country, for each month, of each board."""

from collections.abc import Callable

from workflows.questions.grammar.basics.phrases import take_attribute
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.clauses.relations import key_of
from workflows.questions.lexicon.star import ENTITIES, steps_to_one
from workflows.questions.query.query_tree import Attribute, EntityName, Group, TimeBucket, TimeUnit

GROUPING = (
    *(
        "per",
        "by",
        "for each",
        "for every",
        "in each",
        "in every",
        "within each",
        "within every",
        "grouped by",
        "split by",
    ),
    *(
        "broken down by",
        "across",
        "each",
        "of each",
        "of every",
        "on each",
        "from each",
        "and by",
        "and per",
        "by each",
    ),
    *("grouped per", "for all", "group by", "per each", "across all", "across each", "by number"),
)
_ALL_WORDS = ("category", "country")
_UNITS: dict[str, TimeUnit] = {
    "day": "day",
    "daily": "day",
    "date": "day",
    "week": "week",
    "weekly": "week",
    "month": "month",
    "monthly": "month",
    "quarter": "quarter",
    "quarterly": "quarter",
    "year": "year",
    "yearly": "year",
}


def take_groups(reader: Reader, entity: EntityName) -> tuple[Group | EntityName, ...] | None:
    """Take what a number is told apart by, and more behind ``and``; an entity stands for itself."""
    start = reader.place
    word = reader.take(*(one for one in GROUPING if one != "by number"))
    if word is None:
        return None
    first = take_group(reader, entity, is_by=word == "by")
    if first is None:
        return None
    found = [first]

    def another() -> Group | EntityName | None:
        if reader.token is not None and reader.token.kind == "comma":
            reader.advance()
        elif not reader.take("and per", "and by", "and for each", "and"):
            return None
        return take_group(reader, entity, is_by=True)

    while (more := _attempted(reader, another)) is not None:
        found.append(more)
    reader.note(start, "one row for each", 1)
    return tuple(found)


def created_per(reader: Reader, entity: EntityName) -> tuple[Group, ...] | None:
    """Take a verb before the span that it is told apart by: created per month."""
    start = reader.place
    verb = reader.take_from(reader.vocabulary.times[entity])
    if verb is None or not reader.take("per", "by", "each", "every", "in each", "for each"):
        return None
    word = reader.take(*_UNITS)
    if word is None:
        return None
    bucket = TimeBucket(Attribute((), verb[0]), _UNITS[word])
    reader.note(start, f"the {bucket.unit} of {verb[0].table}.{verb[0].name}")
    return (bucket,)


def _attempted(reader: Reader, rule: Callable[[], Group | EntityName | None]) -> Group | EntityName | None:
    return reader.attempt(rule)


def take_group(reader: Reader, entity: EntityName, *, is_by: bool = False) -> Group | EntityName | None:
    """Take one thing that numbers are told apart by."""
    return (
        reader.attempt(lambda: _time(reader, entity))
        or reader.attempt(lambda: _whose(reader, entity, is_by=is_by))
        or reader.attempt(lambda: _attribute(reader, entity))
    )


def time_bucket(reader: Reader, entity: EntityName, unit: TimeUnit) -> TimeBucket:
    """Return the day, week, month or year of the time that an entity is created or pinned at."""
    name = "created_at"
    field = next((one for one in reader.vocabulary.catalog.fields[entity] if one.name == name), None)
    if field is None:
        problem = f"a {entity} has several times"
        raise reader.refuse(problem, f"count pins per {unit}, or boards created per {unit}")
    return TimeBucket(Attribute((), field), unit)


def _time(reader: Reader, entity: EntityName) -> TimeBucket | None:
    start = reader.place
    verb = reader.take_from(reader.vocabulary.times[entity])
    word = reader.take(*_UNITS)
    if word is None:
        return None
    reader.take("of creation", "created", "they created", "of joining", "they joined", "they pinned", "pinned")
    bucket = TimeBucket(Attribute((), verb[0]), _UNITS[word]) if verb else time_bucket(reader, entity, _UNITS[word])
    reader.note(start, f"the {bucket.unit} of {bucket.value.field.table}.{bucket.value.field.name}")
    return bucket


def _attribute(reader: Reader, entity: EntityName) -> Attribute | None:
    """Take a field with few values: a name or a link is no group."""
    found = take_attribute(reader, entity, ("text", "truth"))
    has_words = found is not None and (found.field.kind == "truth" or reader.vocabulary.group_of(found.field))
    return found if has_words else None


def _whose(reader: Reader, entity: EntityName, *, is_by: bool) -> Group | EntityName | None:
    """Take an entity: per board. One that rows don't belong to stands for itself, as its own column may count them."""
    start = reader.place
    found = reader.take_from(reader.vocabulary.nouns)
    if found is None or found[0] == "repin":
        return None
    token = reader.tokens[reader.place - 1]
    if is_by and token.word != token.stem:
        return None
    if reader.token is not None and (reader.token.kind in {"number", "quoted"} or "_" in reader.token.text):
        return None  # one by its name: by user felix_tailor_9
    other: EntityName = found[0]  # type: ignore[assignment]  # asked before
    if reader.token is not None and reader.vocabulary.attributes[other].longest(reader.stems()):
        return None  # a field of it, as "board category"
    reader.note(start, f"each of the {ENTITIES[other].plural}")
    if other == entity:
        return None  # "repins per pin": a pin is no group of pins
    steps = steps_to_one(entity, other)
    return Attribute(steps, key_of(reader, other)) if steps is not None else other
