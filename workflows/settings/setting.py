"""One line of ``luigi.cfg``, declared once.

From a declaration follow the parameter of Luigi's tasks, the option of our commands, the check of ``luigi.cfg``, the
shipped file and the table of ``docs/running.md``.
"""

from dataclasses import dataclass
from typing import Generic

from workflows.luigi_cfg import read_setting, where_of
from workflows.parameters import (
    FOLDER,
    Allowed,
    CheckedParameter,
    Value_co,
    between,
    checked,
    option,
    refuse_slips,
    written,
)

SHARE = between(0.0, 1.0)
NATURAL = between(0)


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value_co]):
    """One line of ``luigi.cfg``."""

    name: str  # what the file, tasks and commands call it
    default: Value_co  # where no file sets it
    allowed: Allowed[Value_co]
    meaning: str  # as part of a sentence
    unit: str = ""
    section: str = "discovery"  # of the file
    allowed_in_short: str = ""  # for help and manual, where the whole of it is too long
    significant: bool = True  # whether another value makes another task: one whose bytes may differ
    recorded: bool = False  # whether every manifest has it; what shapes some datasets alone stands in theirs
    secret: bool = False  # whether its value is kept out of what is printed and recorded

    def value(self) -> Value_co:
        """Return what the file says, or the default.

        Raises SettingsError if the file says something that isn't allowed.
        """
        text = read_setting(self.section, self.name)
        if text is None:
            return self.default
        if self.allowed is FOLDER:  # of other kinds no text with a slip is allowed, or any is, as in a command
            refuse_slips(self.name, text, self.where, is_secret=self.secret)
        return checked(self.name, self.allowed, text, self.where, is_secret=self.secret)

    @property
    def where(self) -> str:
        """What stands in front of an error about it: the file and line that set it, and its section."""
        return where_of(self.section, self.name)

    def parameter(self) -> CheckedParameter[Value_co]:
        """Return the parameter of a task; a task that is given none takes what the file says."""
        parameter: CheckedParameter[Value_co] = CheckedParameter(
            name=self.name,
            allowed=self.allowed,
            description=self.help,
            read_default=self.value,
            significant=self.significant,
        )
        return parameter

    def option(self, *flags: str) -> object:
        """Return the option of a command; left out, it is what the file says."""
        shown = f"{written(self.default) or 'none'}, or as luigi.cfg says"
        return option(self.name, self.allowed, self.help, *flags, default=self.value, shown_default=shown)

    @property
    def help(self) -> str:
        """What it does, in which unit, and what it may be."""
        unit = f"in {self.unit}" if self.unit else ""
        limits = ", ".join(filter(None, (unit, self.limits)))
        return f"{self.meaning}; {limits}" if limits else self.meaning

    @property
    def limits(self) -> str:
        """What it may be, for help and manual."""
        return self.allowed_in_short or str(self.allowed)
