"""What came of a trial: what was done, whether everything that was there still read, and what the rerun came to."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """What came of a trial.

    Attributes
    ----------
    row
        Its row of the table.
    what
        What was done, with the numbers to do it again.
    injected
        Whether it was done: a command may end before it is killed.
    old_reads
        What was wrong with what had been there before, a line each.
    half_seen
        What a reader saw that it never may see, a line each.
    unequal
        What the rerun made otherwise than an undisturbed run, a line each.
    message
        What the command said about it.
    wrong_message
        Why this doesn't do: no line, several, a trace, nothing to do.
    folder
        Where everything lies, if something was wrong.
    """

    row: str
    what: str
    injected: bool = True
    old_reads: list[str] = field(default_factory=list)
    half_seen: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    message: str = ""
    wrong_message: str = ""
    folder: str = ""
    n_looks: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, seen by half or made otherwise, and the message does."""
        return not (self.old_reads or self.half_seen or self.unequal or self.wrong_message)

    @property
    def faults(self) -> list[str]:
        """Everything that was wrong, a line each."""
        named = {"old version": self.old_reads, "seen by half": self.half_seen, "rerun": self.unequal}
        lines = [f"{name}: {line}" for name, these in named.items() for line in these]
        return lines + ([f"message: {self.wrong_message}"] if self.wrong_message else [])
