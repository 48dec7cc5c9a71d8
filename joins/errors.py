"""The errors that this project raises on purpose, for people to read; every other one is a fault.

All of them have one base. A message says what is wrong with which value; ``where`` says in which file, dataset or
setting, and ``remedy`` what to do. Its text is one line whatever values are in it, holds no secret of a URI, and
nothing that acts on a terminal. Each package adds subclasses of its own beside the code that raises them.
"""

from joins.shown_text import line_for_people


class DiscoveryError(Exception):
    """Base of every error of interest-graph.

    Parameters
    ----------
    problem
        What is wrong, with the value, and what is allowed.
    where
        The file, dataset and version, setting or column that it is about; stands in front.
    remedy
        What to do that really helps; stands behind.

    Examples
    --------
    >>> print(DiscoveryError("damping is 2; allowed is 0 to 1", where="luigi.cfg", remedy="mend that line"))
    luigi.cfg: damping is 2; allowed is 0 to 1; mend that line
    """

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(problem)  # the rest travels in the instance's dict when it is pickled
        self.problem, self.where, self.remedy = problem, where, remedy

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return line_for_people(f"{where}{self.problem}" + (f"; {self.remedy}" if self.remedy else ""))


class RawInputError(DiscoveryError, ValueError):
    """Raw input that no run should go on with: a wrong schema, an empty snapshot, too many bad rows."""


class RawImportError(DiscoveryError, ValueError):
    """An import can't be done as asked; nothing was written."""


class MappingError(RawImportError):
    """The mapping file itself is wrong: an unknown key, a value of the wrong kind, or keys that contradict."""


class SourceError(RawImportError):
    """A source isn't what the mapping says: a file or column is missing, or a value can't become its raw field."""


class JoinError(DiscoveryError, ValueError):
    """Tables handed to a join that don't belong together."""


class EngineError(DiscoveryError, RuntimeError):
    """A step that its engine could not finish: a job failed, or a partition didn't come back."""


class FeatureError(DiscoveryError, ValueError):
    """Tables, pictures or settings handed to a feature that it can't be computed from."""


class TablesDisagreeError(JoinError, FeatureError):
    """An id of one table stands in no row of the other: they are of different versions."""
