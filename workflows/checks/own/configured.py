"""A configuration's own checks: a section ``[check NAME]`` of ``luigi.cfg`` each.

A section names the dataset, the level, and a SQL query or a function::

    [check boards have names]
    dataset = board_joins
    level = warn
    sql = SELECT board_id, user_id FROM board_joins WHERE name IS NULL

All of them are read, their queries bound and their functions imported, before anything runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from luigi.configuration import get_config

from storage_tiers.versioned.manifest import Check
from workflows.catalog import DERIVATIONS
from workflows.checks.check_kinds import Level
from workflows.checks.own.functions import function_of, outcome_of_function
from workflows.checks.own.queries import Machine, bind, outcome_of_query
from workflows.checks.staged import StagedDataset
from workflows.derivations import Derivation
from workflows.luigi_cfg import SettingsError, names_in, sections_there, where_of
from workflows.parameters import checked, one_of

SECTION = "check "  # how the name of such a section begins
_LINES = ("dataset", "level", "sql", "function")
_DATASETS = {spec.name: derivation for derivation in DERIVATIONS for spec in derivation.outputs}
_LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """One section: rows that a query finds, or problems that a function returns, are what is wrong with a dataset."""

    name: str
    dataset: str
    level: Level
    sql: str
    function: str  # ``module:function``

    @property
    def derivation(self) -> Derivation:
        """How the dataset is made: what it is made from can be asked, too."""
        return _DATASETS[self.dataset]

    @property
    def section(self) -> str:
        """Where it stands in the file, for people."""
        return f"[{SECTION}{self.name}]"

    def outcome(self, staged: StagedDataset, machine: Machine) -> Check:
        """Ask the query or call the function about a version that is about to be published."""
        if self.function:
            function = function_of(self.function, self.section)
            return outcome_of_function(function, self.name, self.level, staged)
        return outcome_of_query(self.sql, self.name, self.level, staged, self.derivation, machine)


def own_checks(dataset: str | None = None) -> list[OwnCheck]:
    """Return the checks of a configuration, or those of one dataset.

    Raises SettingsError for the first section that can't be used.
    """
    found = [_read(section) for section in sorted(_sections())]
    return [check for check in found if dataset in (None, check.dataset)]


def problems_of_checks() -> Iterator[SettingsError]:
    """Yield what is wrong with the checks of the configuration: an unknown dataset, a wrong query, no such function."""
    for section in sorted(_sections()):
        try:
            _try_out(_read(section))
        except SettingsError as error:
            yield error


def _sections() -> Iterator[str]:
    return (name for name in sections_there() if name.startswith(SECTION) or name == SECTION.strip())


def _read(section: str) -> OwnCheck:
    where, name = where_of(section), section.removeprefix(SECTION).strip()
    if not name or section == name or ":" in name:
        raise SettingsError("a check has no name, or one with a colon", where=where, remedy="write [check NAME]")
    unknown = [line for line in names_in(section) if line not in _LINES]
    if unknown:
        problem = f"a check has no setting {', '.join(unknown)}; allowed: {', '.join(_LINES)}"
        raise SettingsError(problem, where=where_of(section, unknown[0]), remedy="mend the name or remove the line")
    lines = {line: _text(section, line) for line in _LINES}
    if bool(lines["sql"]) == bool(lines["function"]):
        raise SettingsError("a check has either sql or function", where=where, remedy="write one of the two")
    dataset = checked("dataset", one_of(*_DATASETS), lines["dataset"], where=where_of(section, "dataset"))
    level = checked("level", one_of(*_LEVELS), lines["level"] or "error", where=where_of(section, "level"))
    return OwnCheck(name, dataset, level, lines["sql"].rstrip("; \n"), lines["function"])


def _text(section: str, line: str) -> str:
    """Return what a line says as it stands there: ``%`` is part of SQL, and no variable is filled in."""
    read: Callable[..., str | None] = get_config().get  # type: ignore[no-untyped-call]
    return (read(section, line, "", raw=True) or "").strip()


@lru_cache(maxsize=64)  # settings are checked for every task
def _try_out(check: OwnCheck) -> None:
    if check.sql:
        bind(check.sql, check.dataset, check.derivation, where=where_of(f"{SECTION}{check.name}", "sql"))
    else:
        function_of(check.function, where=where_of(f"{SECTION}{check.name}", "function"))
