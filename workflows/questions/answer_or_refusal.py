"""What comes of a question: an answer with its SQL and what was understood, or a refusal with its reason."""

from dataclasses import asdict, dataclass

from joins.errors import DiscoveryError


class QuestionRefusedError(DiscoveryError, ValueError):
    """A question that isn't answered, as something in it is unknown or means several things."""


@dataclass(frozen=True, slots=True)
class Understood:
    """Some words of a question, and what they were taken for."""

    words: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.words}: {self.meaning}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was understood whole.

    Parameters
    ----------
    question
        As it was asked.
    sql
        One SELECT for the SQL tier.
    understood
        What each of its words was taken for, in their order.
    not_needed
        Words that say nothing here, such as ``please``; they are a declared list.
    remarks
        What was settled without being asked: a default, a date, what is left out.
    """

    question: str
    sql: str
    understood: tuple[Understood, ...]
    not_needed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {"answered": True, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that isn't answered.

    Parameters
    ----------
    question
        As it was asked.
    reason
        Why, in one line, with what could be asked instead.
    not_understood
        The words that are in the way.
    """

    question: str
    reason: str
    not_understood: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {"answered": False, **asdict(self)}

    def __str__(self) -> str:
        return f"not answered: {self.reason}"
