"""A question in words becomes SQL that is shown, or a refusal that says why: nothing is guessed in silence."""

from collections.abc import Mapping

from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.questions.answer_or_refusal import Answer, QuestionRefusedError, Refusal
from workflows.questions.grammar.basics.reader import Reader
from workflows.questions.grammar.forms.question_forms import read_question
from workflows.questions.lexicon.catalog_read import read_catalog
from workflows.questions.lexicon.english import listed, near_words
from workflows.questions.lexicon.star import ENTITIES
from workflows.questions.lexicon.vocabulary import Vocabulary, vocabulary_of
from workflows.questions.lexicon.word_file import WORDS
from workflows.questions.query.never_true import never_true
from workflows.questions.query.to_sql import sql_of

_EXAMPLE = "boards about {} with the most repins received last month"


def vocabulary_in(output: Root, chosen: Mapping[str, Version | None] | None = None) -> Vocabulary:
    """Read the words of an output: its fields, and the values of its columns."""
    return vocabulary_of(read_catalog(output, chosen))


def ask(vocabulary: Vocabulary, question: str) -> Answer | Refusal:
    """Return the SQL that answers a question and what its words were taken for, or why there is none.

    Parameters
    ----------
    vocabulary
        The words of the output that is asked about.
    question
        One question in English.
    """
    try:
        reader = Reader(question, vocabulary)
        query = read_question(reader)
        doubt = reader.farthest_doubt() if query is None else None
        if doubt:
            return Refusal(question, str(doubt))
    except QuestionRefusedError as refusal:
        return Refusal(question, str(refusal))
    if query is None:
        return _not_understood(reader)
    if never := never_true(query):
        return Refusal(question, never)
    sql = sql_of(query, ENTITIES)
    return Answer(question, sql, reader.understood(), reader.not_needed, reader.remarks)


def _not_understood(reader: Reader) -> Refusal:
    """Return why no form reads a question to its end: unknown words, or known ones in an order that means nothing."""
    unclear = _unclear(reader)
    if unclear:
        return unclear
    unknown = [token.text for token in reader.tokens if not _is_known(reader, token.stem, token.word, token.kind)]
    if unknown:
        near = near_words(unknown[0], reader.vocabulary.words | WORDS.beside_others)
        meant = (
            f"did you mean {listed(near)}?" if near else "ask about boards, users, pictures or pins, by their fields"
        )
        more = f" and {len(unknown) - 4} more" if len(unknown) > 4 else ""  # noqa: PLR2004 - a line
        words = ", ".join(repr(word) for word in unknown[:4])
        return Refusal(reader.question, f"{words}{more} isn't known here; {meant}", tuple(unknown))
    rest = reader.tokens[reader.furthest :]
    if not reader.tokens:
        return Refusal(reader.question, f"nothing is asked; for example: {_EXAMPLE.format('design')}")
    if not rest:
        return Refusal(reader.question, "the question ends too early; say of what, or how many", ())
    said = " ".join(token.text for token in rest[:6])
    read = " ".join(token.text for token in reader.tokens[: reader.furthest])
    behind = f" behind {read!r}" if read else ""
    return Refusal(reader.question, f"{said!r} isn't understood{behind}; say it in other words", (said,))


def _unclear(reader: Reader) -> Refusal | None:
    for place in range(len(reader.tokens)):
        found = reader.vocabulary.unclear.longest([token.stem for token in reader.tokens[place:]])
        if place and reader.tokens[place - 1].word == "how":
            continue
        if found:
            words = " ".join(token.text for token in reader.tokens[place : place + found[1]])
            return Refusal(reader.question, f"{words!r} may mean several things; say {found[0].say}", (words,))
    return None


def _is_known(reader: Reader, stem: str, word: str, kind: str) -> bool:
    if kind in {"number", "date", "quoted", "comma", "sign"}:
        return True
    return kind == "word" and bool(
        stem in reader.vocabulary.words or {stem, word} & (WORDS.beside_others | reader.grammar_words())
    )
